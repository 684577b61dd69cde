import { sql } from 'kysely'
import { restageInvoice } from '../../../src/sync/restage-invoice.ts'
import { afterAnswer } from '../../support/after-answer.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import {
  SIMULATOR_CLIENT_ID,
  SIMULATOR_CLIENT_SECRET,
  type Simulator,
  startSimulator,
} from '../../zoho-simulator/index.ts'
import { connectTo, reload, settle, stagedOf, syncNow } from './support.ts'

let test: TestDatabase
let simulator: Simulator
let ctx: TestContext

beforeAll(async () => {
  test = await createTestDatabase()
  simulator = await startSimulator({ invoices: 0 })
  ctx = createTestContext({
    db: test.db,
    simulator: {
      url: simulator.url,
      clientId: SIMULATOR_CLIENT_ID,
      clientSecret: SIMULATOR_CLIENT_SECRET,
    },
    config: { zoho: { requestsPerMinute: 1_000_000 } },
  })
})
afterEach(() => simulator.control.clearRules())
afterAll(async () => {
  await simulator.close()
  await test.drop()
})

const databaseTime = async () => {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(test.db)
  return rows[0]?.now.getTime() ?? 0
}

const syncedInvoice = async () => {
  const organizationId = simulator.control.addOrganization({ invoices: 0 })
  const invoice = simulator.control.addInvoice({ organization_id: organizationId })
  const connection = await connectTo(ctx, simulator, organizationId)
  await settle(ctx, connection.id)
  const row = async () =>
    (await stagedOf(test.db, connection.id)).find((one) => one.zoho_invoice_id === invoice)
  const restage = () => restageInvoice(ctx, connection, invoice, { priority: 'person' })
  return { organizationId, connection, invoice, row, restage }
}

it('an unpaid invoice is proven as of the request, and nothing else of it changes', async () => {
  const { row, restage } = await syncedInvoice()
  const before = await row()
  expect(before?.looked_at).toBeNull()
  const asked = await databaseTime()
  expect(await restage()).toBe('open')
  const after = await row()
  expect(after?.looked_at?.getTime()).toBeGreaterThanOrEqual(asked)
  expect(after).toEqual({
    ...before,
    proven_at: after?.looked_at,
    looked_at: after?.looked_at,
    zoho_time: after?.zoho_time,
  })
})

it.each([
  ['paid', (id: string) => simulator.control.pay(id)],
  ['void', (id: string) => simulator.control.void(id)],
  ['removed', (id: string) => simulator.control.toDraft(id)],
  ['removed', (id: string) => simulator.control.delete(id)],
] as const)('one that left is %s', async (state, deed) => {
  const { invoice, row, restage } = await syncedInvoice()
  deed(invoice)
  expect(await restage()).toBe(state)
  expect(await row()).toMatchObject({ state })
})

it('a part payment changes the amount; a payment on its way is shown', async () => {
  const { invoice, row, restage } = await syncedInvoice()
  simulator.control.pay(invoice, '90.00')
  expect(await restage()).toBe('open')
  expect(Number((await row())?.amount_to_recover)).toBe(600)
  simulator.control.advanceClock(5_000)
  simulator.control.startPayment(invoice, '600')
  await restage()
  expect(await row()).toMatchObject({ payment_in_progress: true })
})

it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['amount', { balance: 500 }, { amount_to_recover: '500' }],
  ['status', { status: 'viewed' }, { zoho_status: 'viewed' }],
  ['payment under way', { ach_payment_initiated: true }, { payment_in_progress: true }],
  ['expected payment', { payment_expected_date: '2026-09-01' }, { payment_expected_date: '2026-09-01' }],
  ['state that the creditor gave it', { current_sub_status: 'Disputed' }, { zoho_sub_status: 'Disputed' }],
  ['customer’s unused credits', { contact: { unused_customer_credits: 70 } }, { unused_credits: '70' }],
])('another %s is stored although Zoho gives the same modified time', async (_what, detail, columns) => {
  const { invoice, row, restage } = await syncedInvoice()
  const before = await row()
  simulator.control.setRaw(invoice, { detail })
  await restage()
  expect(await row()).toMatchObject({ ...columns, zoho_modified_at: before?.zoho_modified_at })
})

it('a row that could not be read is stored anew as soon as it can, and so is one that was changed and changed back', async () => {
  const { connection, row, restage } = await syncedInvoice()
  await sql`update staged_invoices set unreadable = true where connection_id = ${connection.id}`.execute(
    test.db,
  )
  await restage()
  expect(await row()).toMatchObject({ unreadable: false })
  await sql`update staged_invoices set zoho_modified_at = '2020-01-01', claim_description = 'as it was then'
    where connection_id = ${connection.id}`.execute(test.db)
  await restage()
  expect((await row())?.claim_description).not.toBe('as it was then')
})

it('an invoice that is not staged yet is staged when it is unpaid, and only then', async () => {
  const { organizationId, connection } = await syncedInvoice()
  const unpaid = simulator.control.addInvoice({ organization_id: organizationId })
  const draft = simulator.control.addInvoice({ organization_id: organizationId, status: 'draft' })
  expect(await restageInvoice(ctx, connection, unpaid, { priority: 'background' })).toBe('open')
  expect(await restageInvoice(ctx, connection, draft, { priority: 'background' })).toBe('removed')
  const staged = (await stagedOf(test.db, connection.id)).map((row) => row.zoho_invoice_id)
  expect(staged).toContain(unpaid)
  expect(staged).not.toContain(draft)
})

it('a 404 that does not come from Books removes nothing and is tried again', async () => {
  const { invoice, row, restage } = await syncedInvoice()
  simulator.control.fail({ match: { path: `/invoices/${invoice}` }, action: 'html404' })
  await expect(restage()).rejects.toMatchObject({ code: 'zoho_unavailable', retry: 'now' })
  expect(await row()).toMatchObject({ state: 'open' })
})

it('a detail that cannot be read is set aside, and the row is held', async () => {
  const { invoice, row, restage } = await syncedInvoice()
  simulator.control.setRaw(invoice, { detail: { balance: 'a lot' } })
  await expect(restage()).rejects.toMatchObject({ code: 'zoho_answer_invalid' })
  expect(await row()).toMatchObject({ state: 'open', unreadable: true, eligible_from: null })
})

it('an answer that was under way while a newer one was staged changes nothing and proves nothing', async () => {
  const { connection, invoice, row } = await syncedInvoice()
  simulator.control.setRaw(invoice, {
    detail: { reference_number: 'older', balance: 1, last_modified_time: '2020-01-01T00:00:00+0000' },
  })
  const looking = afterAnswer(ctx, 'getInvoice', 1, async () => {
    simulator.control.edit(invoice, { reference_number: 'newer' })
    await syncNow(ctx, connection.id, 'incremental')
    expect(await row()).toMatchObject({ claim_description: 'newer' })
  })
  await restageInvoice(looking, connection, invoice, { priority: 'person' })
  expect(await row()).toMatchObject({ claim_description: 'newer', looked_at: null })
  expect(Number((await row())?.amount_to_recover)).toBe(690)
})

it('a later answer by id is taken whatever its modified time says', async () => {
  const { invoice, row, restage } = await syncedInvoice()
  simulator.control.pay(invoice, '90.00')
  simulator.control.setRaw(invoice, { detail: { last_modified_time: '2020-01-01T00:00:00+0000' } })
  await restage()
  expect(Number((await row())?.amount_to_recover)).toBe(600)
  simulator.control.setRaw(invoice, { detail: { last_modified_time: '', updated_time: '' } })
  simulator.control.pay(invoice)
  expect(await restage()).toBe('paid')
  expect(await row()).toMatchObject({ state: 'paid' })
})

it('a modified time in the future is not believed: the next answer counts, from a list or by id', async () => {
  const { connection, invoice, row, restage } = await syncedInvoice()
  const future = { last_modified_time: '2099-01-01T00:00:00+0000' }
  simulator.control.setRaw(invoice, { list: { ...future, balance: 5_000 }, detail: future })
  await syncNow(ctx, connection.id, 'full')
  expect(await row()).toMatchObject({ zoho_modified_at: null, amount_to_recover: '5000' })
  simulator.control.setRaw(invoice, { list: null, detail: future })
  await syncNow(ctx, connection.id, 'full')
  expect(await row()).toMatchObject({ zoho_modified_at: expect.any(Date), amount_to_recover: '690' })
  simulator.control.pay(invoice, '90.00')
  await restage()
  expect(await row()).toMatchObject({ zoho_modified_at: null, amount_to_recover: '600' })
  simulator.control.pay(invoice)
  simulator.control.setRaw(invoice, { list: null, detail: null })
  await syncNow(ctx, connection.id, 'full')
  expect(await row()).toMatchObject({ state: 'paid' })
})

it('what a list says and the staged row contradicts is read by id in the same full run', async () => {
  const { connection, invoice, row, restage } = await syncedInvoice()
  const ahead = new Date(simulator.control.now() + 3 * 60_000).toISOString().slice(0, 19)
  simulator.control.setRaw(invoice, {
    detail: { status: 'paid', balance: 0, last_modified_time: `${ahead}+0000` },
  })
  expect(await restage()).toBe('paid')
  simulator.control.setRaw(invoice, { detail: null })
  simulator.control.edit(invoice, { reference_number: 'still unpaid' })
  await syncNow(ctx, connection.id, 'full')
  expect(await row()).toMatchObject({ state: 'open', claim_description: 'still unpaid' })
})

it('a Date header of 2099 sets no watermark, and deletions are found all the same', async () => {
  const { connection, invoice, row, restage } = await syncedInvoice()
  const { watermark } = await reload(test.db, connection.id)
  expect(watermark).toBeInstanceOf(Date)
  simulator.control.setDateHeader({ at: Date.UTC(2099, 0, 1) })
  await syncNow(ctx, connection.id, 'full')
  await restage()
  simulator.control.setDateHeader(null)
  expect((await reload(test.db, connection.id)).watermark).toEqual(watermark)
  simulator.control.delete(invoice)
  await syncNow(ctx, connection.id, 'full')
  expect(await row()).toMatchObject({ state: 'removed' })
})

it('nothing is staged for a connection that ends while Zoho answers', async () => {
  const { organizationId, connection } = await syncedInvoice()
  const added = simulator.control.addInvoice({ organization_id: organizationId })
  const ending = afterAnswer(ctx, 'getInvoice', 1, () =>
    test.db
      .updateTable('connections')
      .set({ state: 'disconnected', disconnected_at: new Date() })
      .where('id', '=', connection.id)
      .execute(),
  )
  await restageInvoice(ending, connection, added, { priority: 'background' })
  expect((await stagedOf(test.db, connection.id)).map((row) => row.zoho_invoice_id)).not.toContain(added)
})
