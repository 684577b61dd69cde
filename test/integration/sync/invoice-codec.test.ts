/** The one codec of an invoice: what is staged is what was mapped, whatever characters it holds. */
import fc from 'fast-check'
import { sql } from 'kysely'
import { type Invoice, invoiceFields } from '../../../db/core/invoice.ts'
import type { Connection } from '../../../db/core/schema.ts'
import { findStaged, type StagedRow, stageOne } from '../../../db/sync/staged-invoices.repo.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
let connection: Connection
beforeAll(async () => {
  test = await createTestDatabase()
  connection = await aConnection(createTestContext({ db: test.db }))
})
afterAll(() => test.drop())

// The mapping lets no control character through.
const text = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .map((s) => s.replace(/\p{Cc}|\p{Cs}/gu, '') || 'x')
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const day = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))
const amount = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 15n }).map((n) => {
  const digits = (n < 0n ? -n : n).toString().padStart(3, '0')
  return `${n < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
})

const invoices: fc.Arbitrary<Invoice> = fc.record({
  zohoInvoiceId: fc.bigInt({ min: 1n, max: 10n ** 18n }).map(String),
  creditorReference: maybe(text),
  date: maybe(day),
  dueDate: maybe(day),
  amountToRecover: amount,
  currencyCode: maybe(text),
  claimDescription: maybe(text),
  debtor: fc.record({
    name: maybe(text),
    email: maybe(text),
    phone: maybe(text),
    address: maybe(text),
    city: maybe(text),
    zipCode: maybe(text),
    state: maybe(text),
    country: maybe(text),
    countryAlpha2: maybe(text),
    type: fc.constantFrom('Company', 'Private', null),
    contactPerson: maybe(text),
    companyRegistrationNumber: maybe(text),
    typeSource: fc.constantFrom('contact', 'company_name', null),
    emailSource: fc.constantFrom('contact', null),
    phoneSource: fc.constantFrom('contact', null),
  }),
  zohoCustomerId: maybe(text),
  zohoStatus: text,
  paymentInProgress: fc.boolean(),
  paymentExpectedDate: maybe(day),
  subStatus: maybe(text),
  unusedCredits: maybe(amount),
})

const staged = (invoice: Invoice): StagedRow => ({
  invoice,
  state: 'open',
  contentHash: 'h',
  debtorHash: null,
  baseRate: null,
  baseRateSource: null,
  modifiedAt: new Date('2026-01-01T00:00:00Z'),
  blockers: [],
  warnings: [],
  eligibleFrom: null,
  eligibleUntil: null,
})
const target = () => ({
  connectionId: connection.id,
  clientId: connection.client_id,
  organizationId: connection.zoho_organization_id,
  policyVersion: '1',
  baseCurrency: null,
})

it('an invoice comes back from its row as it went in', async () => {
  await fc.assert(
    fc.asyncProperty(invoices, async (invoice) => {
      await sql`delete from staged_invoices`.execute(test.db)
      await stageOne(test.db, target(), staged(invoice), { requestedAt: new Date(), zohoTime: null })
      expect((await findStaged(test.db, connection.id, invoice.zohoInvoiceId))?.invoice).toEqual(invoice)
    }),
    { numRuns: 100 },
  )
})

it('every field is a column of the staging table, and what a case keeps is a column of the cases', async () => {
  const columnsOf = async (table: string) => {
    const { rows } = await sql<{ column_name: string }>`
      select column_name from information_schema.columns where table_schema = 'public' and table_name = ${table}`.execute(
      test.db,
    )
    return new Set(rows.map((row) => row.column_name))
  }
  const [stagedColumns, caseColumns] = [await columnsOf('staged_invoices'), await columnsOf('cases')]
  expect(invoiceFields.filter(({ column }) => !stagedColumns.has(column))).toEqual([])
  expect(invoiceFields.filter(({ ofCase, column }) => ofCase && !caseColumns.has(column))).toEqual([])
})

it('what only an answer by id says survives a list that does not say it', async () => {
  const [invoice] = fc.sample(invoices, { numRuns: 1, seed: 1 })
  if (invoice === undefined) throw new Error('no sample')
  const look = () => ({ requestedAt: new Date(), zohoTime: null })
  await stageOne(test.db, target(), staged({ ...invoice, unusedCredits: '200.00' }), look())
  await stageOne(test.db, target(), staged({ ...invoice, zohoStatus: 'viewed', unusedCredits: null }), look())
  expect((await findStaged(test.db, connection.id, invoice.zohoInvoiceId))?.invoice).toMatchObject({
    zohoStatus: 'viewed',
    unusedCredits: '200.00',
  })
})
