/** Our own scripts as real processes, for tests that kill, restart and run several of them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { watchEnvironment } from './secrets/known.ts'
import { environmentOfChild, look, preload } from './secrets/watch.ts'

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

const levels: Readonly<Record<string, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
}

/** A command of ours as `npm run build` leaves it; end-to-end tests find it built. */
export const built = (name: string): readonly string[] => ['dist/scripts/collector.js', name]

/** Starts a script, or a script with its command, in a process group of its own. Only `env` is passed on, plus what Node and the search for secrets need. */
export const startScript = (
  program: string | readonly string[],
  env: Record<string, string>,
  args: readonly string[] = [],
): Script => {
  const [file = '', ...first] = typeof program === 'string' ? [program] : program
  const script = [file, ...first].join(' ')
  const loader = file.endsWith('.ts') ? ['--import', 'tsx'] : []
  watchEnvironment(env)
  // Everything is logged and looked through; what the test did not ask for is not shown to it.
  const shownFrom = levels[env['LOG_LEVEL'] ?? 'info'] ?? Number.POSITIVE_INFINITY
  const child = spawn(process.execPath, [...loader, ...preload(), file, ...first, ...args], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      ...env,
      LOG_LEVEL: 'trace',
      ...environmentOfChild(),
    },
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
    const note = (line: string) => {
      look('output', script, line)
      const level = /^\{"level":(\d+)/.exec(line)?.[1]
      if (level === undefined || Number(level) >= shownFrom) output += `${line}\n`
      const said = /^ready (.+)$/.exec(line)?.[1]
      if (said === undefined) return
      // By now a bare machine has made its secrets.
      watchEnvironment(env)
      look('output', script, output)
      done(said)
    }
    for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', note)
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
