import { createTestContext, type TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import {
  SIMULATOR_CLIENT_ID,
  SIMULATOR_CLIENT_SECRET,
  type Simulator,
  startSimulator,
} from '../../zoho-simulator/index.ts'
import { connectTo, openOf, reload, runsOf, settle, stagedOf } from './support.ts'

let test: TestDatabase
let simulator: Simulator
let ctx: TestContext
let organizationId: string

beforeAll(async () => {
  test = await createTestDatabase()
  simulator = await startSimulator({ invoices: 2_000 })
  ctx = createTestContext({
    db: test.db,
    simulator: { url: simulator.url, clientId: SIMULATOR_CLIENT_ID, clientSecret: SIMULATOR_CLIENT_SECRET },
    config: { zoho: { requestsPerMinute: 1_000_000 } },
  })
  organizationId = simulator.control.organizations()[0]?.organizationId ?? ''
})
afterAll(async () => {
  await simulator.close()
  await test.drop()
})

it('stages every unpaid invoice once, page by page', async () => {
  const connection = await connectTo(ctx, simulator, organizationId)
  expect(await settle(ctx, connection.id)).toEqual([])
  const truth = simulator.control.unpaidTruth(organizationId)
  const open = await openOf(test.db, connection.id)
  expect(open).toHaveLength(2_000)
  expect(open.map((row) => row.zoho_invoice_id)).toEqual(truth.map((invoice) => invoice.invoiceId).sort())
  const [run] = await runsOf(test.db, connection.id)
  expect(run).toMatchObject({
    kind: 'full',
    trigger: 'connected',
    state: 'completed',
    rows_new: 2_000,
    total: 2_000,
  })
  const after = await reload(test.db, connection.id)
  expect(after.proven_at).toEqual(run?.zoho_started_at)
  expect(after.next_sync_at?.getTime()).toBeGreaterThan(Date.now())
  expect(await stagedOf(test.db, connection.id)).toHaveLength(2_000)
})
