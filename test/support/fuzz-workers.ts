/** A crew of worker processes that a test may kill and stop at any moment; another takes the place at once. */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Script, startScript } from './processes.ts'

export interface Crew {
  /** Ends a worker, by default without a word, and puts another in its place. */
  readonly replace: (at: number, signal?: 'SIGKILL' | 'SIGTERM') => void
  /** Stops a worker where it stands; the function returned lets it go on, if there still is one. */
  readonly freeze: (at: number) => () => void
  /** Resolves when every place is filled by a worker that takes jobs. Rejects when one ended by itself. */
  readonly complete: () => Promise<void>
  /** The last that the workers said. */
  readonly output: () => string
  readonly stop: () => Promise<void>
}

// One file instead of thousands: a worker is at work a third of a second after its start.
const bundleWorker = (directory: string): string => {
  const file = join(directory, 'worker.mjs')
  const require = `import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);`
  execFileSync('node_modules/.bin/esbuild', [
    join('scripts', 'collector.ts'),
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--log-level=warning',
    `--banner:js=${require}`,
    `--outfile=${file}`,
  ])
  return file
}

/** Starts so many processes of the worker, bundled, in this environment. */
export const startCrew = async (size: number, env: Readonly<Record<string, string>>): Promise<Crew> => {
  const directory = await mkdtemp(join(tmpdir(), 'crew-'))
  const file = bundleWorker(directory)
  const all = new Set<Script>()
  const told = new Set<Script>()
  const gone = new Set<Script>()
  const start = (): Script => {
    const script = startScript([file, 'worker'], env)
    all.add(script)
    void script.exited.then(() => gone.add(script))
    return script
  }
  const members = Array.from({ length: size }, start)
  const output = () => [...all].map((script) => script.output().slice(-2_000)).join('')
  const end = (script: Script, signal: NodeJS.Signals) => {
    told.add(script)
    return script.stop(signal)
  }
  const signal = (script: Script, name: NodeJS.Signals) => {
    // The number of a process that is gone may be somebody else's by now.
    if (gone.has(script)) return
    try {
      process.kill(script.pid, name)
    } catch {
      // It is just going.
    }
  }
  const complete = async () => {
    await Promise.all(members.map((member) => member.ready))
    for (const script of gone)
      if (!told.has(script)) throw new Error(`a worker ended by itself:\n${script.output()}`)
  }
  await complete()
  return {
    replace: (at, name = 'SIGKILL') => {
      const member = members[at]
      if (member === undefined) throw new RangeError(`there is no worker ${at}`)
      void end(member, name)
      members[at] = start()
    },
    freeze: (at) => {
      const member = members[at]
      if (member === undefined) throw new RangeError(`there is no worker ${at}`)
      signal(member, 'SIGSTOP')
      return () => signal(member, 'SIGCONT')
    },
    complete,
    output,
    stop: async () => {
      await Promise.all([...all].map((script) => end(script, 'SIGKILL')))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
