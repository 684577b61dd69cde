/** `npm run verify -- --sample N`: some cases and open rows held against Zoho Books. */
import { sql } from 'kysely'
import { compareSample } from '../../../src/cases/compare-sample.ts'
import { submitCommand } from '../../../src/cases/submit-command.ts'
import { builtInPolicy } from '../../../src/eligibility/policy.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { simulatedContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { connectTo, syncNow } from '../sync/support.ts'
import { settle } from './support.ts'

let test: TestDatabase
let simulator: Simulator
beforeEach(async () => {
  test = await createTestDatabase()
  simulator = await startSimulator({ invoices: 0 })
})
afterEach(async () => {
  await simulator.close()
  await test.drop()
})

const booksWithACase = async () => {
  const ctx = simulatedContext(test.db, simulator, {
    policy: builtInPolicy,
    config: { zoho: { requestsPerMinute: 1_000_000 } },
  })
  const organizationId = simulator.control.addOrganization({ invoices: 0 })
  const [chosen, open] = [0, 1].map(() =>
    simulator.control.addInvoice({ organization_id: organizationId }),
  ) as [string, string]
  const connection = await connectTo(ctx, simulator, organizationId)
  await syncNow(ctx, connection.id, 'full')
  const { id } = await submitCommand(ctx, {
    clientId: connection.client_id,
    subject: 'user-1',
    selection: { zohoInvoiceIds: [chosen] },
    confirmUndisputed: true,
  })
  await settle(ctx, id)
  return { ctx, chosen, open }
}

it('finds nothing where all is true', async () => {
  const { ctx } = await booksWithACase()
  // the case, its row and the other row
  expect(await compareSample(ctx, 10)).toEqual({ compared: 3, differences: [], unread: new Map() })
})

it('what Zoho changed later is told, and explained; what is wrong here is told as such', async () => {
  const { ctx, chosen, open } = await booksWithACase()
  await sql`update staged_invoices set amount_to_recover = 5000 where zoho_invoice_id = ${open}`.execute(
    test.db,
  )
  simulator.control.advanceClock(2_000)
  simulator.control.pay(chosen)
  const { compared, differences } = await compareSample(ctx, 10)
  expect(compared).toBe(3)
  const byKind = (a: { kind: string; zohoInvoiceId: string }, b: { kind: string; zohoInvoiceId: string }) =>
    `${a.kind}${a.zohoInvoiceId}` < `${b.kind}${b.zohoInvoiceId}` ? -1 : 1
  expect([...differences].sort(byKind)).toMatchObject([
    { kind: 'case', zohoInvoiceId: chosen, here: 'open, 690 EUR', atZoho: 'paid', explained: true },
    { kind: 'row', zohoInvoiceId: chosen, atZoho: 'paid', explained: true },
    { kind: 'row', zohoInvoiceId: open, here: 'open, 5000 EUR', atZoho: 'open, 690 EUR', explained: false },
  ])
})

it('a deleted invoice is told, and what could not be read is counted', async () => {
  const { ctx, chosen, open } = await booksWithACase()
  simulator.control.delete(chosen)
  simulator.control.fail({ match: { path: `/invoices/${open}$` }, times: 0, action: 'html502' })
  const { compared, differences, unread } = await compareSample(ctx, 10)
  expect(compared).toBe(2)
  expect(differences).toMatchObject([
    { zohoInvoiceId: chosen, atZoho: 'no longer there', explained: true },
    { zohoInvoiceId: chosen, atZoho: 'no longer there', explained: true },
  ])
  expect(unread).toEqual(new Map([['zoho_unavailable', 1]]))
})

it('a change that Zoho had made before it was asked explains nothing', async () => {
  const { ctx, chosen, open } = await booksWithACase()
  simulator.control.advanceClock(2_000)
  for (const id of [chosen, open]) simulator.control.pay(id)
  const paidAt = simulator.control.now()
  // a case on an answer that came after the payment, and rows that a full run saw well after it
  await sql`update cases set proof = proof || ${JSON.stringify({ zohoTime: new Date(paidAt + 1_000) })}::jsonb`.execute(
    test.db,
  )
  const explained = async () =>
    (await compareSample(ctx, 10)).differences.map((one) => `${one.kind} ${one.explained}`).sort()
  expect(await explained()).toEqual(['case false', 'row true', 'row true'])
  const startAt = (at: number) =>
    sql`update sync_runs set zoho_started_at = ${new Date(at)} where kind = 'full'`.execute(test.db)
  await startAt(paidAt + 4 * 60_000)
  expect(await explained()).toEqual(['case false', 'row true', 'row true'])
  await startAt(paidAt + 6 * 60_000)
  expect(await explained()).toEqual(['case false', 'row false', 'row false'])
})
