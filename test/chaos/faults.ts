/** What goes wrong in the rounds of `recovery.test.ts`, each in the middle of orders and of a full run. */
import { pathToFileURL } from 'node:url'
import type { Installation } from '../support/installation.ts'
import type { Script } from '../support/processes.ts'
import { between, type Draw, pick } from '../zoho-simulator/random.ts'

export const latency = { ms: 60 }

/** A row of "How long recovery takes" in docs/operations.md. */
export type Bound = 'a worker' | 'a server' | 'Redis' | 'PostgreSQL' | 'Zoho'

export interface Fault {
  readonly what: string
  readonly bound: Bound
  /** Where it can happen; default: everywhere. */
  readonly where?: (installation: Installation) => boolean
  /** Before the orders of the round. */
  readonly prepare?: (installation: Installation) => Promise<void>
  /** Resolves when it is over, so when recovery begins; or with the time (performance.now) from which that counts. */
  readonly happens: (installation: Installation, draw: Draw) => Promise<number | undefined>
  /** After the recovery. */
  readonly afterwards?: (installation: Installation) => Promise<void>
}

const pause = (ms: number) => new Promise((next) => setTimeout(next, ms))

/** Takes one of a list out of it. */
const takeOne = <T>(draw: Draw, list: T[]): T | undefined =>
  list.splice(Math.floor(draw() * list.length), 1)[0]

const killAll = (workers: Script[]) => Promise.all(workers.splice(0).map((worker) => worker.stop('SIGKILL')))

const signalGroup = (script: Script, signal: NodeJS.Signals) => process.kill(-script.pid, signal)

const lockMs = ({ env }: Installation) => Number(env['JOB_LOCK_SECONDS']) * 1000

const withRedis = ({ redis }: Installation) => redis !== undefined

const shiftedClock = (hours: number) => ({
  NODE_OPTIONS: `--import=${pathToFileURL('test/support/shifted-clock.mjs')}`,
  TEST_CLOCK_SHIFT_MS: String(hours * 3_600_000),
})

/** It works beside the others, then alone, and dies in the middle: what it wrote with its clock others have to bear. */
const wrongClock = (hours: number): Fault => ({
  what: `the clock of a worker is ${Math.abs(hours)} hours ${hours > 0 ? 'ahead' : 'behind'}`,
  bound: 'a worker',
  prepare: async ({ workers, startWorker }) => {
    const [old] = workers.splice(0, 1)
    await startWorker(shiftedClock(hours))
    await old?.stop('SIGKILL')
  },
  happens: async ({ workers, startWorker }, draw) => {
    const [right] = workers.splice(0, 1)
    await right?.stop('SIGKILL')
    await pause(draw() * 1_500)
    const wrong = workers.splice(0)
    await startWorker()
    await killAll(wrong)
    return performance.now()
  },
  afterwards: async ({ startWorker }) => {
    await startWorker()
  },
})

/** It goes on after another has taken its work over, as if nothing had been. */
const frozenWorker = (): Fault => {
  let thawed: Promise<void> = Promise.resolve()
  return {
    what: 'a worker is frozen for longer than its lease',
    bound: 'a worker',
    happens: async (installation, draw) => {
      const { workers } = installation
      const frozen = workers[Math.floor(draw() * workers.length)]
      if (!frozen) return undefined
      signalGroup(frozen, 'SIGSTOP')
      thawed = pause(lockMs(installation) * 1.3).then(() => void signalGroup(frozen, 'SIGCONT'))
      return performance.now()
    },
    afterwards: () => thawed,
  }
}

const badly = (what: string, actions: readonly unknown[]): Fault => ({
  what,
  bound: 'Zoho',
  happens: async ({ control }, draw) => {
    // Far enough from each other that no invoice is asked for twice and answered badly twice: then it is told to fail.
    for (let at = 0; at < 4; at += 1)
      await control('fail', {
        match: { path: '^/books' },
        after: at * between(draw, 12, 14),
        times: 1,
        action: pick(draw, actions as [unknown, ...unknown[]]),
      })
    await pause(300)
    return undefined
  },
  afterwards: async ({ control }) => {
    await control('clearRules')
  },
})

const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`

export const faults: readonly Fault[] = [
  {
    what: 'a worker is killed',
    bound: 'a worker',
    happens: async ({ workers }, draw) => {
      await takeOne(draw, workers)?.stop('SIGKILL')
      return performance.now()
    },
    afterwards: async ({ startWorker }) => {
      await startWorker()
    },
  },
  {
    what: 'all workers are killed',
    bound: 'a worker',
    happens: async ({ workers, startWorker }) => {
      await killAll(workers)
      await startWorker()
      return undefined
    },
    afterwards: async ({ startWorker }) => {
      await startWorker()
    },
  },
  frozenWorker(),
  wrongClock(2),
  wrongClock(-2),
  {
    what: 'a server is killed',
    bound: 'a server',
    happens: async ({ servers, startServer }, draw) => {
      await pause(draw() * 60)
      await takeOne(draw, servers)?.process.stop('SIGKILL')
      await startServer()
      return undefined
    },
  },
  {
    what: 'Redis is flushed',
    bound: 'Redis',
    where: withRedis,
    happens: async ({ redis }) => {
      await redis?.flush()
      return undefined
    },
  },
  {
    what: 'Redis is down and comes back empty',
    bound: 'Redis',
    where: withRedis,
    happens: async ({ redis }, draw) => {
      await redis?.kill()
      await pause(draw() * 3_000)
      await redis?.start()
      return undefined
    },
  },
  {
    what: 'Redis is full',
    bound: 'Redis',
    where: withRedis,
    happens: async ({ redis }, draw) => {
      const empty = await redis?.fill()
      await pause(500 + draw() * 2_500)
      await empty?.()
      return undefined
    },
  },
  {
    what: 'PostgreSQL is restarted',
    bound: 'PostgreSQL',
    happens: async ({ postgres }, draw) => {
      await postgres.stop()
      await pause(draw() * 2_000)
      await postgres.start()
      return undefined
    },
  },
  {
    what: 'PostgreSQL crashes',
    bound: 'PostgreSQL',
    happens: async ({ postgres }) => {
      await postgres.crash()
      await postgres.start()
      return undefined
    },
  },
  {
    what: 'PostgreSQL is frozen for longer than a lease',
    bound: 'PostgreSQL',
    where: () => process.platform === 'linux',
    happens: async (installation) => {
      const thaw = installation.postgres.freeze()
      await pause(lockMs(installation) * 1.3)
      thaw()
      return undefined
    },
  },
  {
    what: 'PostgreSQL has no room on its disk',
    bound: 'PostgreSQL',
    where: ({ postgres }) => postgres.disk !== undefined,
    prepare: async ({ postgres }) => postgres.disk?.nearlyFill(),
    happens: async ({ postgres }, draw) => {
      await postgres.disk?.fill()
      await pause(500 + draw() * 2_500)
      await postgres.disk?.empty()
      return undefined
    },
  },
  {
    what: 'Zoho is down',
    bound: 'Zoho',
    happens: async ({ stopSimulator, startSimulator, control }, draw) => {
      await stopSimulator()
      await pause(draw() * 3_000)
      await startSimulator()
      await control('setLatency', latency)
      return undefined
    },
  },
  {
    what: 'Zoho is slow',
    bound: 'Zoho',
    happens: async (installation) => {
      await installation.control('setLatency', { ms: lockMs(installation) * 1.2 })
      await pause(1_000)
      await installation.control('setLatency', latency)
      return undefined
    },
  },
  badly('Zoho answers garbage', [
    'reset',
    'truncate',
    'empty',
    'html502',
    'html404',
    { status: 200, body: '<html>hello</html>' },
    { code: 9999 },
  ]),
  badly('Zoho is hostile', [
    'endlessPages',
    'samePageTwice',
    'hasMoreOnEmptyPage',
    { status: 200, body: deep },
    { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
    { status: 503, headers: { 'retry-after': '999999999' } },
    { status: 200, body: '{"code":0}', headers: { 'content-encoding': 'gzip' } },
    { patch: { invoice: { balance: -1e308 } } },
  ]),
]
