/** A deploy while people work: servers and workers are replaced one by one, and nobody's order is lost or doubled. */
import { z } from 'zod'
import {
  completed,
  expectVerified,
  type Installation,
  order,
  proven,
  stagedInvoices,
  startInstallation,
  telling,
} from '../support/installation.ts'
import { allItems } from '../support/main-job.ts'
import { hasRedisServer } from '../support/own-services.ts'
import { killAllScripts } from '../support/processes.ts'
import { waitFor } from '../support/wait-for.ts'

const queues = hasRedisServer ? ['Redis'] : ['Postgres']
const perOrder = 3
/** Worth more than a retry's pause: what is longer has waited for a time-out. */
const drainedWithinMs = 10_000

const chunksOf = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.floor(ids.length / perOrder) }, (_, at) =>
    ids.slice(at * perOrder, (at + 1) * perOrder),
  )

/** SIGTERM, and how long the process took to end. */
const drain = async (stop: () => Promise<number | null>) => {
  const started = performance.now()
  const code = await stop()
  expect(code).toBe(0)
  expect(performance.now() - started).toBeLessThan(drainedWithinMs)
}

afterAll(killAllScripts)

describe.each(queues)('a rolling restart under load (queues in %s)', (kind) => {
  let installation: Installation
  beforeAll(async () => {
    installation = await startInstallation({
      redis: kind === 'Redis',
      invoices: 400,
      servers: 2,
      workers: 2,
      // Proofs grow old while it runs, so that workers have calls to Zoho under way when they are told to go.
      env: { PROOF_MAX_AGE_SECONDS: '2', ZOHO_REQUESTS_PER_MINUTE: '100000' },
    })
    await installation.control('setLatency', { ms: 30 })
  })
  afterAll(() => installation.stop())

  it('fails no request, loses no order, makes no case twice', () =>
    telling(installation, async () => {
      const { client, connect, servers, workers, startServer, startWorker } = installation
      await connect('creditor')
      const portal = client('creditor')
      await proven(portal)
      const eligible = (await stagedInvoices(portal)).filter((one) => one.eligible)
      const orders = chunksOf(eligible.map((one) => one.zohoInvoiceId))

      let replaced = false
      const ordered: string[] = []
      const failures: unknown[] = []
      const load = (async () => {
        for (let at = 0; !replaced || at === 0; at += 1) {
          const chunk = orders[at % orders.length] ?? []
          // Every order is brought twice, as a portal does that did not hear the first answer.
          const twice = await Promise.all([
            order(portal, chunk, `order-${at}`),
            order(portal, chunk, `order-${at}`),
          ]).catch((error: unknown) => {
            failures.push(error)
            return []
          })
          expect(new Set(twice.map((one) => one.id)).size).toBeLessThanOrEqual(1)
          ordered.push(...twice.slice(0, 1).map((one) => one.id))
          await stagedInvoices(portal).catch((error: unknown) => failures.push(error))
        }
      })()

      for (const old of [...servers]) {
        await startServer()
        // A load balancer learns of it only now and then; here not until the process is gone.
        await drain(() => old.process.stop())
        servers.splice(servers.indexOf(old), 1)
      }
      for (const old of [...workers]) {
        await startWorker()
        await drain(() => old.stop())
        workers.splice(workers.indexOf(old), 1)
      }
      replaced = true
      await load

      expect(failures).toEqual([])
      expect(ordered.length).toBeGreaterThan(0)
      const counts = await Promise.all([...new Set(ordered)].map((id) => completed(portal, id)))
      expect(counts.filter((one) => one.failed > 0)).toEqual([])
      const created = counts.reduce((sum, one) => sum + one.created, 0)
      const cases = await allItems(portal, '/api/cases', z.object({ zohoInvoiceId: z.string() }))
      expect(cases).toHaveLength(created)
      expect(new Set(cases.map((one) => one.zohoInvoiceId)).size).toBe(created)
      await expectVerified(installation)
    }))

  it('a second signal ends a process at once that still waits for Zoho', () =>
    telling(installation, async () => {
      const { client, control, startWorker, workers } = installation
      await Promise.all(workers.splice(0).map((worker) => worker.stop()))
      const worker = await startWorker({ LOG_LEVEL: 'info' })
      await control('setLatency', { ms: 15_000 })
      await control('clearLog')
      await client('creditor').request(z.object({ runId: z.string() }), '/api/connection/sync', {
        method: 'POST',
        body: { kind: 'full' },
      })
      await waitFor('a call to Zoho', async () => (await control<unknown[]>('requests')).length > 0)

      let ended = false
      const draining = worker.stop().finally(() => {
        ended = true
      })
      await waitFor('the drain to begin', () => worker.output().includes('process.stopping'))
      expect(ended).toBe(false)
      const started = performance.now()
      void worker.stop()
      await draining
      // The call to Zoho takes fifteen.
      expect(performance.now() - started).toBeLessThan(10_000)
    }))
})
