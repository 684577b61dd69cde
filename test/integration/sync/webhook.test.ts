import { sql } from 'kysely'
import { findConnection } from '../../../db/connections/connections.repo.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { receiveWebhook } from '../../../src/sync/webhook.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { aGrantedConnection, simulatedContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

let database: TestDatabase
let simulator: Simulator
let ctx: TestContext
let connection: BuiltConnection
let invoiceId: string

beforeAll(async () => {
  database = await createTestDatabase()
  simulator = await startSimulator({ invoices: 40 })
})
beforeEach(async () => {
  simulator.control.clearRules()
  simulator.control.clearLog()
  ctx = simulatedContext(database.db, simulator, { config: { zoho: { requestsPerMinute: 1000 } } })
  connection = await aGrantedConnection(ctx, simulator, { nextSyncAt: new Date(Date.now() + 900_000) })
  await sql`delete from organization_budgets`.execute(ctx.db)
  invoiceId = simulator.control.addInvoice()
})
afterAll(async () => {
  await simulator.close()
  await database.drop()
})

const send = (body: string, contentType = 'application/json', token = connection.webhookToken) =>
  receiveWebhook(ctx, { token, contentType, body: Buffer.from(body) })
const reads = () => simulator.control.requests({ path: '/invoices/' }).length
const staged = () =>
  ctx.db
    .selectFrom('staged_invoices')
    .select(['zoho_invoice_id', 'state', 'debtor_name', 'amount_to_recover'])
    .where('connection_id', '=', connection.id)
    .execute()
const nextSyncInSeconds = async () =>
  ((await findConnection(ctx.db, connection.id))?.next_sync_at?.getTime() ?? 0) / 1000 - Date.now() / 1000

it('re-reads the invoice it names and believes nothing else of it', async () => {
  await send(
    JSON.stringify({ invoice: { invoice_id: invoiceId, customer_name: 'Mallory', balance: 999999 } }),
  )
  expect(reads()).toBe(1)
  const [row] = await staged()
  expect(row).toMatchObject({ zoho_invoice_id: invoiceId, state: 'open' })
  expect(row?.debtor_name).not.toBe('Mallory')
  expect(Number(row?.amount_to_recover)).toBe(Number(simulator.control.invoice(invoiceId)?.balance))
})

it('closes the row of an invoice that was paid', async () => {
  await send(simulator.control.webhookPayload(invoiceId))
  simulator.control.pay(invoiceId)
  await send(simulator.control.webhookPayload(invoiceId))
  expect(await staged()).toMatchObject([{ zoho_invoice_id: invoiceId, state: 'paid' }])
})

it('re-reads every invoice that a payment names', async () => {
  const ids = [invoiceId, simulator.control.addInvoice(), simulator.control.addInvoice()]
  await send(
    JSON.stringify({ payment: { payment_id: '1', invoices: ids.map((id) => ({ invoice_id: id })) } }),
  )
  expect(new Set((await staged()).map((row) => row.zoho_invoice_id))).toEqual(new Set(ids))
})

it('without an invoice, or when it cannot be re-read now, the next run comes sooner', async () => {
  expect(await nextSyncInSeconds()).toBeGreaterThan(800)
  await send('{"deleted":true}')
  expect(reads()).toBe(0)
  expect(await nextSyncInSeconds()).toBeLessThan(31)

  await sql`update connections set next_sync_at = now() + interval '900 s' where id = ${connection.id}`.execute(
    ctx.db,
  )
  simulator.control.fail({ match: { path: '/invoices/' }, action: 'html502', times: 0 })
  await send(simulator.control.webhookPayload(invoiceId))
  expect(await nextSyncInSeconds()).toBeLessThan(31)
})

it('a flood becomes thirty re-reads and one run', async () => {
  const body = simulator.control.webhookPayload(invoiceId)
  for (let at = 0; at < 50; at++) await send(body)
  expect(reads()).toBe(30)
  expect(await nextSyncInSeconds()).toBeLessThan(31)
})

it.each(['', 'x', '../..', 'y'.repeat(43), '\u0000'.repeat(43)])(
  'the unknown token %p does nothing',
  async (token) => {
    await send(simulator.control.webhookPayload(invoiceId), 'application/json', token)
    expect(reads()).toBe(0)
    expect(await nextSyncInSeconds()).toBeGreaterThan(800)
  },
)

it('a connection that is not active does not follow', async () => {
  await sql`update connections set state = 'reconnect_required' where id = ${connection.id}`.execute(ctx.db)
  await send(simulator.control.webhookPayload(invoiceId))
  await send('{}')
  expect(reads()).toBe(0)
  expect(await nextSyncInSeconds()).toBeGreaterThan(800)
})

it('never throws, even when the database does', async () => {
  const logged: string[] = []
  const broken = {
    ...ctx,
    db: database.db.withSchema('no_such_schema'),
    log: createLogger({ level: 'warn', destination: { write: (line) => void logged.push(line) } }),
  }
  await receiveWebhook(broken, {
    token: connection.webhookToken,
    contentType: undefined,
    body: Buffer.from('{}'),
  })
  expect(logged.join('')).toContain('webhook.failed')
})
