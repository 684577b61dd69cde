/** Whatever breaks in the middle of a full run: it ends correct, and nobody has to do anything about it. */
import {
  expectInvariantsHold,
  expectStagedIsTruth,
  type Installation,
  proven,
  runReaches,
  startInstallation,
  telling,
} from '../support/installation.ts'
import { hasRedisServer } from '../support/own-services.ts'
import { killAllScripts } from '../support/processes.ts'

const pages = 8
const latency = { ms: 120 }

interface Fault {
  readonly what: string
  readonly happens: (installation: Installation) => Promise<void>
}

const restart: Fault = {
  what: 'PostgreSQL is restarted',
  happens: async ({ postgres }) => {
    await postgres.stop()
    await postgres.start()
  },
}
const crash: Fault = {
  what: 'PostgreSQL crashes',
  happens: async ({ postgres }) => {
    await postgres.crash()
    await postgres.start()
  },
}
const flush: Fault = { what: 'Redis is flushed', happens: async ({ redis }) => redis?.flush() }
const emptied: Fault = {
  what: 'Redis is killed and comes back empty',
  happens: async ({ redis }) => {
    await redis?.kill()
    await redis?.start()
  },
}
const reset: Fault = {
  what: 'Zoho resets connections',
  happens: async ({ control }) => {
    await control('fail', { match: { path: '^/books' }, times: 2, action: 'reset' })
  },
}
const gone: Fault = {
  what: 'Zoho is gone and comes back, knowing no access token of before',
  happens: async ({ stopSimulator, startSimulator, control }) => {
    await stopSimulator()
    await startSimulator()
    await control('setLatency', latency)
  },
}

// A killed worker is in ../black-box/kill-worker.test.ts, on either backend.
const installations = [
  { name: 'queues in Postgres', redis: false, faults: [restart, crash, gone] },
  ...(hasRedisServer
    ? [{ name: 'queues in Redis', redis: true, faults: [flush, emptied, restart, reset] }]
    : []),
]

afterAll(killAllScripts)

describe.each(installations)('in the middle of a full run ($name)', ({ redis, faults }) => {
  let installation: Installation
  beforeAll(async () => {
    installation = await startInstallation({ redis, invoices: pages * 200 })
    await installation.control('setLatency', latency)
  })
  afterAll(() => installation.stop())

  it.each(faults.map((fault, at) => ({ ...fault, client: `client-${at}` })))(
    '$what: the run ends correct by itself',
    ({ happens, client: clientId }) =>
      telling(installation, async () => {
        const { control, connect, client } = installation
        await connect(clientId)
        const portal = client(clientId)
        const before = await runReaches(portal, 2)
        expect(before.page).toBeLessThan(pages - 1)
        const open = await control<{ invoiceId: string }[]>('unpaidTruth')
        await control('pay', { invoiceId: open[Math.floor(Math.random() * open.length)]?.invoiceId })

        await happens(installation)

        await proven(portal)
        await expectStagedIsTruth(installation, portal)
        await expectInvariantsHold(installation)
      }),
  )
})
