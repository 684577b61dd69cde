/** Redis or PostgreSQL goes away while orders come in: every order that was taken is carried out, once. */
import { z } from 'zod'
import {
  completed,
  expectVerified,
  type Installation,
  proven,
  stagedInvoices,
  startInstallation,
  telling,
} from '../support/installation.ts'
import { keepOrdering } from '../support/keep-ordering.ts'
import { allItems } from '../support/main-job.ts'
import { hasRedisServer } from '../support/own-services.ts'
import { killAllScripts } from '../support/processes.ts'

const pause = (ms: number) => new Promise((next) => setTimeout(next, ms))

interface Outage {
  readonly what: string
  readonly happens: (installation: Installation) => Promise<void>
}

const redisGone: Outage = {
  what: 'Redis is flushed, then killed and off for a minute',
  happens: async ({ redis }) => {
    await redis?.flush()
    await redis?.kill()
    await pause(60_000)
    await redis?.start()
  },
}
const databaseGone: Outage = {
  what: 'PostgreSQL is off for a second, then crashes',
  happens: async ({ postgres }) => {
    await postgres.stop()
    await pause(1_000)
    await postgres.start()
    await pause(1_000)
    await postgres.crash()
    await postgres.start()
  },
}

const installations = [
  { queues: 'Postgres', redis: false, outages: [databaseGone] },
  ...(hasRedisServer ? [{ queues: 'Redis', redis: true, outages: [redisGone, databaseGone] }] : []),
]

afterAll(killAllScripts)

describe.each(installations)('under load (queues in $queues)', ({ redis, outages }) => {
  let installation: Installation
  // One each: the minute's orders leave no invoice that a later test could order.
  beforeEach(async () => {
    installation = await startInstallation({
      redis,
      invoices: 400,
      env: { PROOF_MAX_AGE_SECONDS: '5', ZOHO_REQUESTS_PER_MINUTE: '100000' },
    })
  })
  afterEach(() => installation.stop())

  it.each(outages)('$what: all orders complete', ({ happens }) =>
    telling(installation, async () => {
      await installation.connect('creditor')
      const portal = installation.client('creditor')
      await proven(portal)
      const eligible = (await stagedInvoices(portal)).filter((one) => one.eligible)
      const load = keepOrdering(
        portal,
        eligible.map((one) => one.zohoInvoiceId),
      )
      await happens(installation)
      const taken = load.ordered.length
      await Promise.all([proven(portal), pause(500)])
      const ordered = await load.stop()
      expect(ordered.length).toBeGreaterThan(taken)

      const counts: Awaited<ReturnType<typeof completed>>[] = []
      for (const id of ordered) counts.push(await completed(portal, id))
      expect(counts.filter((one) => one.failed > 0)).toEqual([])
      const created = counts.reduce((sum, one) => sum + one.created, 0)
      expect(created).toBeGreaterThan(0)
      const cases = await allItems(portal, '/api/cases', z.object({ zohoInvoiceId: z.string() }))
      expect(new Set(cases.map((one) => one.zohoInvoiceId)).size).toBe(created)
      await expectVerified(installation)
    }),
  )
})
