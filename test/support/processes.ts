/** Our own scripts as real processes, for tests that kill, restart and run several of them. */
import { type ChildProcess, spawn } from 'node:child_process'

export interface Script {
  readonly pid: number
  /** What follows `ready ` on stdout. */
  readonly ready: Promise<string>
  /** All output so far. */
  readonly output: () => string
  /** Sends a signal to the whole process group and waits for its end. @returns the exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>
  readonly exited: Promise<number | null>
}

const running = new Set<ChildProcess>()

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals) => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // Already gone.
  }
}

/** Starts a script in a process group of its own. Only `env` is passed on, plus what Node needs. */
export const startScript = (
  script: string,
  env: Record<string, string>,
  args: readonly string[] = [],
): Script => {
  const loader = script.endsWith('.ts') ? ['--import', 'tsx'] : []
  const child = spawn(process.execPath, [...loader, script, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.add(child)
  let output = ''
  const exited = new Promise<number | null>((done) => {
    child.once('close', (code) => {
      running.delete(child)
      done(code)
    })
  })
  const ready = new Promise<string>((done, fail) => {
    const note = (chunk: Buffer) => {
      output += chunk.toString()
      const line = /^ready (.+)$/m.exec(output)?.[1]
      if (line) done(line)
    }
    child.stdout.on('data', note)
    child.stderr.on('data', note)
    exited
      .then((code) => fail(new Error(`${script} ended with ${code} before it was ready:\n${output}`)))
      .catch(() => {})
  })
  ready.catch(() => {})
  return {
    pid: child.pid ?? 0,
    ready,
    output: () => output,
    exited,
    stop: (signal = 'SIGTERM') => {
      signalGroup(child, signal)
      return exited
    },
  }
}

/** For `afterAll`: no test leaves a process behind, however it ended. */
export const killAllScripts = async (): Promise<void> => {
  for (const child of running) signalGroup(child, 'SIGKILL')
}
