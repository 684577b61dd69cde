/** The list as the portal sees it: one meaning of every filter in SQL and in TypeScript, on any day, for one client. */
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { asPortalReader } from '../../../db/core/database.ts'
import { indexBacklog } from '../../../db/invoices/invoice-search.repo.ts'
import {
  type Eligibility,
  type InvoiceSort,
  listInvoices,
} from '../../../db/invoices/portal-invoices.repo.ts'
import { assessOn } from '../../../src/eligibility/assess.ts'
import { builtInPolicy, parsePolicy } from '../../../src/eligibility/policy.ts'
import { filterOn, type InvoiceFilter } from '../../../src/invoices/invoice-filter.ts'
import { invoicesCsv } from '../../../src/invoices/invoices-csv.ts'
import {
  countClientReasons,
  getClientInvoice,
  listClientInvoices,
  summariseClientInvoices,
} from '../../../src/invoices/list-invoices.ts'
import { addDays } from '../../../src/values/day.ts'
import { scaled } from '../../../src/values/money.ts'
import { aConnection, type BuiltConnection } from '../../support/builders.ts'
import { aClock, createTestContext, type TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { anInvoice, type InvoiceChanges } from '../../support/invoices.ts'
import { ids, type StagedOptions, stage } from '../../support/staged.ts'

let test: TestDatabase
let ctx: TestContext
let connection: BuiltConnection
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())
beforeEach(async () => {
  ctx = createTestContext({ db: test.db, policy: builtInPolicy, clock: aClock() })
  connection = await aConnection(ctx)
})

const day = fc.integer({ min: -900, max: 60 }).map((days) => addDays('2026-06-10', days))
const invoice = fc.record({
  date: fc.option(day, { freq: 10, nil: null }),
  dueDate: fc.option(day, { freq: 10, nil: null }),
  amountToRecover: fc.constantFrom('0', '50', '89.99', '90.00', '690.00', '1800.5', '9000.01'),
  currencyCode: fc.constantFrom('EUR', 'EUR', 'JPY', 'KWD', 'MNT', null),
  zohoStatus: fc.constantFrom('sent', 'overdue', 'overdue', 'overdue', 'in_dispute'),
  paymentInProgress: fc.boolean(),
  debtor: fc.record({
    name: fc.constantFrom('Muster GmbH', 'Żółć S.A.', 'ÅNGSTRÖM', '100% _real\\', 'muster', null),
    city: fc.constantFrom('Berlin', 'Berlin', 'Berlin', null),
    email: fc.constantFrom('a@b.example', 'A.B@MUSTER.example', null),
  }),
})
const policies = [
  builtInPolicy,
  parsePolicy({ minDaysOverdue: 14 }),
  parsePolicy({ rules: { older_than_24_months: 'blocker', city_missing: 'warning' } }),
  parsePolicy({ rules: { not_overdue: 'warning', payment_in_progress: 'blocker' } }),
]

const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31)

it(`gives exactly what the function says, on any date, under any policy (seed ${seed})`, async () => {
  const today = fc.oneof(
    day,
    fc.integer({ min: 0, max: 1500 }).map((days) => addDays('2026-06-10', days)),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(invoice, fc.boolean()), { minLength: 1, maxLength: 25 }),
      fc.array(today, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...policies),
      fc.record({
        q: fc.constantFrom(
          undefined,
          'muster',
          'MUSTER',
          'żółć',
          'zolc',
          'Angstrom',
          '1800,5',
          '100%',
          '_',
          '\\',
          'inv-1',
          'nobody',
        ),
        minAmount: fc.constantFrom(undefined, '0', '90', '1800.5'),
        maxAmount: fc.constantFrom(undefined, undefined, '690', '8000'),
        dueFrom: fc.constantFrom(undefined, undefined, '2025-06-10'),
        dueTo: fc.constantFrom(undefined, undefined, '2026-06-10'),
        invoiceDateFrom: fc.constantFrom(undefined, undefined, '2025-06-10'),
        invoiceDateTo: fc.constantFrom(undefined, undefined, '2026-06-10'),
        customerId: fc.constantFrom(undefined, undefined, '77', 'other'),
        reason: fc.constantFrom(undefined, undefined, 'city_missing', 'not_overdue', 'email_missing'),
        minDaysOverdue: fc.constantFrom(undefined, 0, 14, 400),
        maxDaysOverdue: fc.constantFrom(undefined, undefined, 30, 500),
        currency: fc.constantFrom(undefined, 'EUR', 'JPY'),
      }),
      fc.constantFrom('none', 'all', 'stale'),
      async (invoices, days, policy, narrowing, indexed) => {
        const mine = await aConnection(ctx)
        const staged = invoices.map(([changes, isCase], at): StagedOptions & { isCase: boolean } => ({
          zohoInvoiceId: String(at),
          invoice: { creditorReference: `INV-${at}`, ...changes },
          caseId: isCase && at % 3 === 0 ? '00000000-0000-4000-8000-000000000000' : null,
          isCase: isCase && at % 3 === 0,
        }))
        await stage(test.db, mine, staged, policy)
        // found in the index, in the backlog, or a part in each
        if (indexed !== 'none') await indexBacklog(test.db, indexed === 'all' ? 1_000 : 1)
        if (indexed === 'stale')
          await test.db
            .updateTable('staged_invoices')
            // no finding hangs on it, for nobody judges the row anew here
            .set({ creditor_reference: 'NEW-INV-1' })
            .where('connection_id', '=', mine.id)
            .where('zoho_invoice_id', '=', '0')
            .execute()
        const first = staged[0]
        if (indexed === 'stale' && first !== undefined)
          staged[0] = {
            ...first,
            invoice: { ...first.invoice, creditorReference: 'NEW-INV-1' },
          }
        for (const on of days)
          for (const eligibility of ['eligible', 'blocked', 'case', 'all'] as const) {
            const filter: InvoiceFilter = { ...narrowing, eligibility }
            const { rows } = await asPortalReader(test.db, mine.client_id, (trx) =>
              listInvoices(trx, {
                connectionId: mine.id,
                today: on,
                filter: filterOn(filter, on, policy),
                sort: 'dueDate',
                order: 'asc',
                limit: 100,
              }),
            )
            const expected = staged.filter((one) =>
              matches({ changes: one.invoice ?? {}, isCase: one.isCase, on, policy, filter, eligibility }),
            )
            expect(rows.map((row) => row.zoho_invoice_id).sort()).toEqual(
              expected.map((one) => one.zohoInvoiceId).sort(),
            )
          }
      },
    ),
    { numRuns: 60, seed },
  )
}, 60_000)

interface Question {
  readonly changes: InvoiceChanges
  readonly isCase: boolean
  readonly on: string
  readonly policy: typeof builtInPolicy
  readonly filter: InvoiceFilter
  readonly eligibility: Eligibility
}

/** Small letters without accents. */
const folded = (text: string) =>
  text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ł', 'l').replaceAll('ø', 'o')

const isBetween = (day: string | null, from: string | undefined, to: string | undefined) =>
  (from === undefined && to === undefined) ||
  (day !== null && (from === undefined || day >= from) && (to === undefined || day <= to))

const matches = ({ changes, isCase, on, policy, filter, eligibility }: Question): boolean => {
  const full = anInvoice(changes)
  const { eligible, blockers, warnings } = assessOn(full, policy, on)
  if (eligibility === 'eligible' && (isCase || !eligible)) return false
  if (eligibility === 'blocked' && (isCase || eligible)) return false
  if (eligibility === 'case' && !isCase) return false
  const parts = [full.creditorReference, full.debtor.name, full.debtor.email, full.claimDescription]
  const searched = folded(` ${parts.map((part) => part ?? '').join(' ')}`)
  if (
    filter.q !== undefined &&
    !searched.includes(filter.q.length < 3 ? ` ${filter.q}` : folded(filter.q)) &&
    !(filter.q === '1800,5' && scaled(full.amountToRecover) === scaled('1800.5'))
  )
    return false
  if (filter.maxAmount !== undefined && scaled(full.amountToRecover) > scaled(filter.maxAmount)) return false
  if (!isBetween(full.dueDate, filter.dueFrom, filter.dueTo)) return false
  if (!isBetween(full.date, filter.invoiceDateFrom, filter.invoiceDateTo)) return false
  if (filter.customerId !== undefined && full.zohoCustomerId !== filter.customerId) return false
  if (filter.reason !== undefined && ![...blockers, ...warnings].some(({ code }) => code === filter.reason))
    return false
  if (filter.currency !== undefined && full.currencyCode !== filter.currency) return false
  if (filter.minAmount !== undefined && scaled(full.amountToRecover) < scaled(filter.minAmount)) return false
  if (
    filter.maxDaysOverdue !== undefined &&
    (full.dueDate === null || full.dueDate < addDays(on, -filter.maxDaysOverdue))
  )
    return false
  return (
    filter.minDaysOverdue === undefined ||
    (full.dueDate !== null && full.dueDate <= addDays(on, -filter.minDaysOverdue))
  )
}

it('amounts of several currencies are ordered, filtered and added up by value in the organization’s own', async () => {
  const of = (
    zohoInvoiceId: string,
    amountToRecover: string,
    currencyCode: string,
    rate?: StagedOptions['rate'],
  ) => ({
    zohoInvoiceId,
    invoice: { amountToRecover, currencyCode },
    ...(rate && { rate }),
  })
  await stage(test.db, connection, [
    of('1', '500', 'EUR'),
    of('2', '40000', 'JPY', { baseRate: '0.006', source: 'zoho' }),
    of('3', '600', 'USD', { baseRate: '0.9', source: 'policy' }),
    of('4', '900', 'XTS', { baseRate: '0', source: 'none' }),
  ])
  await indexBacklog(test.db, 1_000)
  const listed = async (filter: InvoiceFilter) => {
    const page = await listClientInvoices(ctx, connection.client_id, {
      filter,
      sort: 'amount',
      order: 'desc',
    })
    return page.items.map((item) => item.zohoInvoiceId)
  }
  // 540, 500, 240 and nothing that is known
  expect(await listed({})).toEqual(['3', '1', '2', '4'])
  expect(await listed({ minAmount: '300' })).toEqual(['3', '1'])
  expect(await listed({ maxAmount: '510', minAmount: '1' })).toEqual(['1', '2'])
  // of one currency, its own amounts
  expect(await listed({ minAmount: '40000', currency: 'JPY' })).toEqual(['2'])
  expect(await listed({ minAmount: '590', currency: 'USD' })).toEqual(['3'])
  // a search finds the amount that stands on the invoice
  expect(await listed({ q: '40,000.00' })).toEqual(['2'])
  expect(await listed({ q: '600' })).toEqual(['3'])
  expect(await listed({ q: '540' })).toEqual([])
  const summary = await summariseClientInvoices(ctx, connection.client_id, {})
  expect(summary.value).toMatchObject({
    currencyCode: 'EUR',
    all: '1280.00',
    rateSources: ['none', 'policy', 'zoho'],
  })
  expect(summary.sums.map(({ currencyCode, amount }) => [currencyCode, amount])).toContainEqual([
    'JPY',
    '40000',
  ])
})

it.each(
  (['dueDate', 'amount', 'customer', 'invoiceNumber'] as const).flatMap((sort) =>
    (['asc', 'desc'] as const).map((order): [InvoiceSort, 'asc' | 'desc'] => [sort, order]),
  ),
)('walks by %s %s forth and back over ties and missing values without a gap', async (sort, order) => {
  await stage(
    test.db,
    connection,
    ids(1, 23).map((zohoInvoiceId, at) => ({
      zohoInvoiceId,
      invoice: {
        creditorReference: at % 5 === 0 ? null : `INV-${at % 4}`,
        dueDate: at % 4 === 0 ? null : `2026-05-0${1 + (at % 3)}`,
        amountToRecover: String(100 + (at % 3)),
        debtor: { name: at % 6 === 0 ? null : (['beta', 'Alpha', 'alpha'][at % 3] ?? null) },
      },
    })),
  )
  const page = (cursor?: string) =>
    listClientInvoices(ctx, connection.client_id, { filter: {}, sort, order, limit: 5, cursor })
  const forth: string[][] = []
  let cursor: string | undefined
  let last = await page()
  expect(last.previous).toBeNull()
  for (;;) {
    forth.push(last.items.map((item) => item.zohoInvoiceId))
    if (last.next === null) break
    cursor = last.next
    last = await page(cursor)
  }
  const seen = forth.flat()
  expect([...seen].sort()).toEqual(ids(1, 23).sort())
  const back = [forth.at(-1) as string[]]
  while (last.previous !== null) {
    last = await page(last.previous)
    back.unshift(last.items.map((item) => item.zohoInvoiceId))
  }
  expect(back).toEqual(forth)
  const other = order === 'asc' ? 'desc' : 'asc'
  const reversed = await listClientInvoices(ctx, connection.client_id, {
    filter: {},
    sort,
    order: other,
    limit: 50,
  })
  expect(reversed.items.map((item) => item.zohoInvoiceId)).toEqual([...seen].reverse())
})

it('refuses a cursor that is none', async () => {
  const list = listClientInvoices(ctx, connection.client_id, { filter: {}, cursor: 'nonsense' })
  await expect(list).rejects.toMatchObject({ code: 'invalid_request' })
})

it('shows nobody another client’s invoices, even through a query without a filter', async () => {
  const other = await aConnection(ctx)
  await stage(test.db, connection, [{ zohoInvoiceId: '1' }])
  await stage(test.db, other, [{ zohoInvoiceId: '2' }])
  const seen = await asPortalReader(test.db, other.client_id, (trx) =>
    trx.selectFrom('portal_invoices').select('zoho_invoice_id').execute(),
  )
  expect(seen).toEqual([{ zoho_invoice_id: '2' }])
  const foreign = asPortalReader(test.db, other.client_id, (trx) =>
    listInvoices(trx, {
      connectionId: connection.id,
      today: '2026-06-10',
      filter: {},
      sort: 'amount',
      order: 'asc',
      limit: 10,
    }),
  )
  expect((await foreign).rows).toEqual([])
  await expect(getClientInvoice(ctx, other.client_id, '1')).rejects.toMatchObject({ code: 'not_found' })
})

it('presents money in the currency’s decimals, what is in force, and where to fix it', async () => {
  await stage(test.db, connection, [
    { zohoInvoiceId: '1', invoice: { amountToRecover: '20000', currencyCode: 'JPY' } },
    { zohoInvoiceId: '2', invoice: { amountToRecover: '31.5', currencyCode: 'KWD' } },
    { zohoInvoiceId: '3', invoice: { dueDate: '2026-06-12', debtor: { city: null, email: null } } },
  ])
  const { items } = await listClientInvoices(ctx, connection.client_id, { filter: {}, sort: 'invoiceNumber' })
  expect(items.map((item) => item.amountToRecover)).toEqual(['20000', '31.500', '690.00'])
  expect(items[0]).toMatchObject({
    eligible: true,
    daysOverdue: 40,
    caseId: null,
    blockers: [],
    warnings: [],
  })
  const [city, due] = items[2]?.blockers ?? []
  expect(items[2]).toMatchObject({ eligible: false, daysOverdue: 0 })
  expect(city).toMatchObject({
    code: 'city_missing',
    message: 'The billing address has no city.',
    field: 'debtor.city',
    fixUrl: expect.stringContaining('/invoices/3'),
  })
  expect(due).toMatchObject({
    code: 'not_overdue',
    message: 'Due on 2026-06-12; it can become a case from that day on.',
    until: '2026-06-12',
  })
  expect(items[2]?.warnings).toMatchObject([{ code: 'email_missing', fixUrl: expect.stringContaining('77') }])
})

it('gives all that match as CSV, page after page, and no cell is a formula', async () => {
  await stage(
    test.db,
    connection,
    ids(1, 1_203).map((zohoInvoiceId) => ({
      zohoInvoiceId,
      invoice: {
        debtor: { name: '=HYPERLINK("x")', city: Number(zohoInvoiceId) % 2 === 0 ? null : 'Berlin' },
      },
    })),
  )
  const lines = (
    await text(
      invoicesCsv(ctx, connection.client_id, {
        filter: { reason: 'city_missing' },
        sort: 'invoiceNumber',
      }),
    )
  )
    .trim()
    .split('\r\n')
  expect(lines).toHaveLength(1 + 601)
  expect(new Set(lines).size).toBe(1 + 601)
  expect(lines[1]).toContain(`"'=HYPERLINK(""x"")"`)
  expect(lines[1]).toContain('city_missing: ')
})

it('says how many lack what, among those of which no case can be made', async () => {
  await stage(test.db, connection, [
    { zohoInvoiceId: '1', invoice: { debtor: { city: null, address: null } } },
    { zohoInvoiceId: '2', invoice: { debtor: { city: null } } },
    {
      zohoInvoiceId: '3',
      invoice: { debtor: { city: null } },
      caseId: '00000000-0000-4000-8000-000000000000',
    },
    { zohoInvoiceId: '4' },
  ])
  expect(await countClientReasons(ctx, connection.client_id, {})).toEqual([
    { code: 'city_missing', title: 'No city in the billing address', count: 2 },
    { code: 'address_missing', title: 'No street in the billing address', count: 1 },
  ])
})

it('sums up what matches', async () => {
  await stage(test.db, connection, [
    ...ids(1, 3).map((zohoInvoiceId) => ({ zohoInvoiceId })),
    { zohoInvoiceId: '4', invoice: { debtor: { city: null } } },
    { zohoInvoiceId: '5', invoice: { amountToRecover: '20000', currencyCode: 'JPY' } },
  ])
  expect(await summariseClientInvoices(ctx, connection.client_id, {})).toEqual({
    total: 5,
    eligible: 4,
    withCase: 0,
    value: expect.objectContaining({ currencyCode: 'EUR' }),
    sums: [
      {
        currencyCode: 'EUR',
        count: 4,
        amount: '2760.00',
        eligibleCount: 3,
        eligibleAmount: '2070.00',
        caseCount: 0,
        caseAmount: '0.00',
        blockedCount: 1,
        blockedAmount: '690.00',
      },
      {
        currencyCode: 'JPY',
        count: 1,
        amount: '20000',
        eligibleCount: 1,
        eligibleAmount: '20000',
        caseCount: 0,
        caseAmount: '0',
        blockedCount: 0,
        blockedAmount: '0',
      },
    ],
  })
})
