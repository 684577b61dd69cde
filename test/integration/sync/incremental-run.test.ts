import { createTestContext, type TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import {
  SIMULATOR_CLIENT_ID,
  SIMULATOR_CLIENT_SECRET,
  type Simulator,
  startSimulator,
} from '../../zoho-simulator/index.ts'
import { connectTo, reload, runsOf, settle, stagedOf, syncNow } from './support.ts'

let test: TestDatabase
let simulator: Simulator
let ctx: TestContext

beforeAll(async () => {
  test = await createTestDatabase()
  simulator = await startSimulator({ invoices: 0, switches: { throttleTokens: false } })
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
// Zoho's times that lie ahead of ours are not believed, and these tests let years go by there.
beforeAll(() => simulator.control.advanceClock(-2_500 * 86_400_000))
afterAll(async () => {
  await simulator.close()
  await test.drop()
})

const minutes = (count: number) => simulator.control.advanceClock(count * 60_000)

/** Books with a first full run behind them. */
const syncedBooks = async (invoices: number, timeZone = 'Europe/Berlin') => {
  const organizationId = simulator.control.addOrganization({ invoices, timeZone })
  const connection = await connectTo(ctx, simulator, organizationId)
  await settle(ctx, connection.id)
  minutes(20)
  return { organizationId, id: connection.id }
}

const statesOf = async (id: string) =>
  new Map((await stagedOf(test.db, id)).map((row) => [row.zoho_invoice_id, row.state]))

it('stages what is new, updates what changed, and closes what was paid, voided or taken back into draft', async () => {
  const { control } = simulator
  const { organizationId, id } = await syncedBooks(6)
  const [paid = '', voided = '', drafted = '', edited = '', kept = ''] = control
    .unpaidTruth(organizationId)
    .map((invoice) => invoice.invoiceId)
  control.pay(paid)
  control.void(voided)
  control.toDraft(drafted)
  control.edit(edited, { reference_number: 'changed in Zoho' })
  const added = control.addInvoice({ organization_id: organizationId })
  const draft = control.addInvoice({ organization_id: organizationId, status: 'draft' })
  await syncNow(ctx, id, 'incremental')

  const states = await statesOf(id)
  expect(states.get(paid)).toBe('paid')
  expect(states.get(voided)).toBe('void')
  expect(states.get(drafted)).toBe('removed')
  expect(states.get(added)).toBe('open')
  expect(states.get(kept)).toBe('open')
  expect(states.has(draft)).toBe(false)
  const rows = await stagedOf(test.db, id)
  expect(rows.find((row) => row.zoho_invoice_id === edited)?.claim_description).toBe('changed in Zoho')
  expect((await runsOf(test.db, id)).at(-1)).toMatchObject({
    kind: 'incremental',
    state: 'completed',
    rows_new: 1,
    rows_changed: 1,
    rows_closed: 3,
  })
})

it('an invoice that becomes unpaid again is opened again', async () => {
  const { control } = simulator
  const { organizationId, id } = await syncedBooks(2)
  const [invoice = ''] = control.unpaidTruth(organizationId).map((one) => one.invoiceId)
  control.pay(invoice)
  await syncNow(ctx, id, 'incremental')
  expect((await statesOf(id)).get(invoice)).toBe('paid')
  minutes(10)
  control.unpay(invoice)
  await syncNow(ctx, id, 'incremental')
  expect((await statesOf(id)).get(invoice)).toBe('open')
})

it('an invoice with a status nobody knows is staged and held by a blocker', async () => {
  const { control } = simulator
  const { organizationId, id } = await syncedBooks(0)
  const odd = control.addInvoice({ organization_id: organizationId, status: 'on_the_moon' })
  await syncNow(ctx, id, 'incremental')
  const [row] = await stagedOf(test.db, id)
  expect(row).toMatchObject({
    zoho_invoice_id: odd,
    state: 'open',
    zoho_status: 'on_the_moon',
    eligible_from: null,
  })
  expect(row?.blockers).toContainEqual(expect.objectContaining({ code: 'status_unknown' }))
})

it.each(['America/St_Johns', 'Asia/Kolkata', 'Pacific/Auckland', 'America/New_York'])(
  'changes around a change of the clocks in %s are neither lost nor taken for older ones',
  async (timeZone) => {
    const { control } = simulator
    const { organizationId, id } = await syncedBooks(3, timeZone)
    const invoices = control.unpaidTruth(organizationId).map((one) => one.invoiceId)
    // a year in steps of some weeks: every offset of the zone comes by
    for (let step = 0; step < 8; step += 1) {
      control.advanceClock(46 * 86_400_000 + 3_600_000)
      const invoice = invoices[step % invoices.length] ?? ''
      control.edit(invoice, { reference_number: `step ${step}` })
      await syncNow(ctx, id, 'incremental')
      const row = (await stagedOf(test.db, id)).find((one) => one.zoho_invoice_id === invoice)
      expect(row?.claim_description).toBe(`step ${step}`)
      expect(row?.zoho_modified_at?.getTime()).toBe(control.invoice(invoice)?.modifiedAt)
    }
  },
)

it('edits within the same second are not lost to the watermark', async () => {
  const { control } = simulator
  const { organizationId, id } = await syncedBooks(1)
  const [invoice = ''] = control.unpaidTruth(organizationId).map((one) => one.invoiceId)
  control.setClockRate(0)
  for (const text of ['first', 'second', 'third']) {
    control.edit(invoice, { reference_number: text })
    await syncNow(ctx, id, 'incremental')
    expect((await stagedOf(test.db, id))[0]?.claim_description).toBe(text)
  }
  control.setClockRate(1)
})

it('the watermark is Zoho’s time, whatever our clock says', async () => {
  const { control } = simulator
  const { id } = await syncedBooks(1)
  control.advanceClock(400 * 86_400_000)
  await syncNow(ctx, id, 'incremental')
  const { watermark } = await reload(test.db, id)
  expect(Math.abs((watermark?.getTime() ?? 0) - control.now())).toBeLessThan(10_000)
})

it('an older answer never overwrites a newer one', async () => {
  const { control } = simulator
  const { organizationId, id } = await syncedBooks(1)
  const [invoice = ''] = control.unpaidTruth(organizationId).map((one) => one.invoiceId)
  control.edit(invoice, { reference_number: 'newer' })
  await syncNow(ctx, id, 'incremental')
  control.setRaw(invoice, {
    list: { reference_number: 'older', last_modified_time: '2020-01-01T00:00:00+0000' },
  })
  await syncNow(ctx, id, 'full')
  control.setRaw(invoice, { list: null })
  expect((await stagedOf(test.db, id))[0]?.claim_description).toBe('newer')
})

it('when many invoices are edited at once, they are changes of one run', async () => {
  const { control } = simulator
  const { organizationId, id } = await syncedBooks(450)
  for (const invoice of control.unpaidTruth(organizationId))
    control.edit(invoice.invoiceId, { invoice_number: `R-${invoice.invoiceNumber}` })
  await syncNow(ctx, id, 'incremental')
  expect((await runsOf(test.db, id)).at(-1)).toMatchObject({ state: 'completed', rows_changed: 450 })
  const rows = await stagedOf(test.db, id)
  expect(rows.every((row) => row.creditor_reference?.startsWith('R-'))).toBe(true)
})
