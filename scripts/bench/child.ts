/** Processes of the benchmarks: each measurement has one of its own, and the simulator always does. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const program = (file: string) => fileURLToPath(new URL(file, import.meta.url))

/** Runs a TypeScript program with `input` as JSON on stdin; its last line on stdout is the answer, as JSON. */
export const measureInChild = async <Answer>(file: string, input: unknown): Promise<Answer> => {
  const child = spawn(process.execPath, ['--import', 'tsx', program(file)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stdin.end(JSON.stringify(input))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${file} ended with ${code}`)
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Answer
}

export interface SimulatorProcess {
  readonly url: string
  readonly grant: { readonly accessToken: string; readonly refreshToken: string }
  readonly command: <Answer>(name: string, input?: unknown) => Promise<Answer>
  readonly stop: () => Promise<void>
}

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((done, fail) => {
    child.once('exit', (code) => fail(new Error(`the simulator ended with ${code}`)))
    child.stdout?.once('data', (chunk: Buffer) => done(chunk.toString()))
  })

/** Starts the simulator on a free port; it ends with this process, whatever happens. */
export const startSimulatorProcess = async (limits: 'off' | 'real' = 'off'): Promise<SimulatorProcess> => {
  const child = spawn(process.execPath, ['--import', 'tsx', program('./simulator-process.ts'), limits], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const { url, grant } = JSON.parse(await firstLine(child)) as Pick<SimulatorProcess, 'url' | 'grant'>
  return {
    url,
    grant,
    command: async <Answer>(name: string, input: unknown = {}) => {
      const answer = await fetch(`${url}/__control/${name}`, { method: 'POST', body: JSON.stringify(input) })
      if (!answer.ok) throw new Error(`simulator, ${name}: ${answer.status} ${await answer.text()}`)
      return ((await answer.json()) as { result: Answer }).result
    },
    stop: async () => {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}

/** Starts a command of ours that prints `ready`; its log goes to our standard error. */
export const startCommand = async (name: string, env: Record<string, string>): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [program('../../bin/collector.js'), name], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((ready, fail) => {
    child.once('exit', (code) => fail(new Error(`${name} ended with ${code}`)))
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('ready ')) ready()
    })
  })
  return child
}

export const stopCommand = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
