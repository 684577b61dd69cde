/**
 * Rounds of random faults on a whole installation under load. After each the system has to find back by itself: all
 * orders complete, staged is truth, the invariants hold. CHAOS_ROUNDS (20) and TEST_SEED repeat a run's choices;
 * what falls between two lines of the product is up to chance each time.
 */
import { z } from 'zod'
import {
  completed,
  expectInvariantsHold,
  expectStagedIsTruth,
  type Installation,
  order,
  proven,
  stagedInvoices,
  startInstallation,
  telling,
} from '../support/installation.ts'
import { allItems, connectionAnswer } from '../support/main-job.ts'
import { hasRedisServer } from '../support/own-services.ts'
import { killAllScripts } from '../support/processes.ts'
import type { SteadyClient } from '../support/steady-client.ts'
import { waitFor } from '../support/wait-for.ts'
import { createDraw, type Draw, pick } from '../zoho-simulator/random.ts'

const rounds = Number(process.env['CHAOS_ROUNDS'] ?? 20)
const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000)
const roundMs = 180_000
const latency = { ms: 40 }

const pause = (ms: number) => new Promise((next) => setTimeout(next, ms))

interface Fault {
  readonly what: string
  readonly happens: (installation: Installation, draw: Draw) => Promise<void>
}

/** Takes one of a list out of it. */
const takeOne = <T>(draw: Draw, list: T[]): T | undefined =>
  list.splice(Math.floor(draw() * list.length), 1)[0]

const anywhere: readonly Fault[] = [
  {
    what: 'a worker is killed',
    happens: async ({ workers, startWorker }, draw) => {
      await takeOne(draw, workers)?.stop('SIGKILL')
      await startWorker()
    },
  },
  {
    what: 'all workers are killed at once',
    happens: async ({ workers, startWorker }) => {
      await Promise.all(workers.splice(0).map((worker) => worker.stop('SIGKILL')))
      await Promise.all([startWorker(), startWorker()])
    },
  },
  {
    what: 'a server is killed',
    happens: async ({ servers, startServer }, draw) => {
      await takeOne(draw, servers)?.process.stop('SIGKILL')
      await startServer()
    },
  },
  {
    what: 'a worker and a server are replaced',
    happens: async ({ workers, servers, startWorker, startServer }, draw) => {
      await Promise.all([startWorker(), startServer()])
      const [worker, server] = [takeOne(draw, workers), takeOne(draw, servers)]
      expect(await Promise.all([worker?.stop(), server?.process.stop()])).toEqual([0, 0])
    },
  },
  {
    what: 'PostgreSQL is restarted',
    happens: async ({ postgres }, draw) => {
      await postgres.stop()
      await pause(draw() * 2_000)
      await postgres.start()
    },
  },
  {
    what: 'PostgreSQL crashes',
    happens: async ({ postgres }) => {
      await postgres.crash()
      await postgres.start()
    },
  },
  {
    what: 'Zoho is gone for a while',
    happens: async ({ stopSimulator, startSimulator, control }, draw) => {
      await stopSimulator()
      await pause(draw() * 3_000)
      await startSimulator()
      await control('setLatency', latency)
    },
  },
  {
    // Once each: an item that gets no answer in all its attempts, while others do, may be given up.
    what: 'Zoho answers some calls badly',
    happens: async ({ control }, draw) => {
      const action = pick(draw, ['reset', 'truncate', 'empty', 'html502'])
      await control('fail', { match: { path: '^/books' }, times: 1, action })
    },
  },
]
const onRedis: readonly Fault[] = [
  { what: 'Redis is flushed', happens: async ({ redis }) => redis?.flush() },
  {
    what: 'Redis is gone for a while',
    happens: async ({ redis }, draw) => {
      await redis?.kill()
      await pause(draw() * 4_000)
      await redis?.start()
    },
  },
]

/** Life in the books: some are paid, some are new. */
const change = async ({ control }: Installation, draw: Draw): Promise<void> => {
  const open = await control<{ invoiceId: string }[]>('unpaidTruth')
  for (let at = 0; at < 5; at += 1)
    await control('pay', { invoiceId: open[Math.floor(draw() * open.length)]?.invoiceId })
}

/** Orders at random until told to stop. @returns the ids of the commands. */
const keepOrdering = (portal: SteadyClient, ids: readonly string[], name: string, draw: Draw) => {
  let stopped = false
  const ordered: string[] = []
  const running = (async () => {
    for (let at = 0; !stopped; at += 1) {
      const from = Math.floor(draw() * ids.length)
      ordered.push((await order(portal, ids.slice(from, from + 5), `${name}-${at}`)).id)
      await pause(20)
    }
  })()
  running.catch(() => undefined)
  return async () => {
    stopped = true
    await running
    return ordered
  }
}

/**
 * After an outage a run may have to sit out its backoff of half a minute. Not by `provenAt`: that is Zoho's time, which
 * comes in whole seconds.
 */
const fullRun = async (portal: SteadyClient): Promise<void> => {
  const before = await portal.request(connectionAnswer, '/api/connection')
  await portal.request(z.object({ runId: z.string() }), '/api/connection/sync', {
    method: 'POST',
    body: { kind: 'full' },
  })
  await waitFor(
    'a full run',
    async () => {
      const now = await portal.request(connectionAnswer, '/api/connection')
      return now.state === 'active' && now.lastSyncedAt !== before.lastSyncedAt
    },
    { timeoutMs: 120_000, everyMs: 200 },
  )
}

const installations = [
  { queues: 'Postgres', redis: false, faults: anywhere },
  ...(hasRedisServer ? [{ queues: 'Redis', redis: true, faults: [...anywhere, ...onRedis] }] : []),
]

afterAll(killAllScripts)

it.each(installations)(
  'finds back after each of many random faults (queues in $queues)',
  async ({ redis, faults, queues }) => {
    const draw = createDraw(seed)
    const installation = await startInstallation({
      redis,
      invoices: 1_000,
      servers: 2,
      workers: 2,
      env: { PROOF_MAX_AGE_SECONDS: '5', ZOHO_REQUESTS_PER_MINUTE: '100000' },
    })
    const check = async () => {
      const { control, connect, client } = installation
      // So many refreshes as here do not happen within ten minutes of true life.
      await control('setSwitches', { throttleTokens: false })
      await control('setLatency', latency)
      await connect('creditor')
      const portal = client('creditor')
      await proven(portal)
      for (let round = 1; round <= rounds; round += 1) {
        const started = performance.now()
        const fault = faults[Math.floor(draw() * faults.length)]
        const staged = await stagedInvoices(portal)
        const stop = keepOrdering(
          portal,
          staged.map((one) => one.zohoInvoiceId),
          `round-${round}`,
          createDraw(seed + round),
        )
        const syncing = fullRun(portal)
        syncing.catch(() => undefined)
        await change(installation, draw)
        await pause(draw() * 500)
        await fault?.happens(installation, draw)
        const ordered = await stop()
        await syncing
        const counts = await Promise.all(ordered.map((id) => completed(portal, id, 120_000)))
        expect(counts.filter((one) => one.failed > 0)).toEqual([])
        await fullRun(portal)
        await expectStagedIsTruth(installation, portal)
        await expectInvariantsHold(installation)
        console.log(
          `seed ${seed}, ${queues}, round ${round}: ${fault?.what}; ${ordered.length} orders, ${Math.round(performance.now() - started)} ms`,
        )
      }
      const cases = await allItems(portal, '/api/cases', z.object({ zohoInvoiceId: z.string() }))
      expect(new Set(cases.map((one) => one.zohoInvoiceId)).size).toBe(cases.length)
    }
    await telling(installation, check).finally(installation.stop)
  },
  rounds * roundMs,
)
