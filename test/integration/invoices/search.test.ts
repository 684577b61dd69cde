/** Search through the index beside the staging table: complete at any moment, and for one client only. */
import { sql } from 'kysely'
import { asPortalReader } from '../../../db/core/database.ts'
import { searchCandidates } from '../../../db/invoices/invoice-search.repo.ts'
import { builtInPolicy } from '../../../src/eligibility/policy.ts'
import { indexInvoiceSearch } from '../../../src/invoices/index-search.ts'
import { listClientInvoices } from '../../../src/invoices/list-invoices.ts'
import { aConnection, type BuiltConnection } from '../../support/builders.ts'
import { aClock, createTestContext, type TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { stage } from '../../support/staged.ts'

let test: TestDatabase
let ctx: TestContext
let mine: BuiltConnection
let other: BuiltConnection

/** More than the window that is looked through first, so that the index has to answer. */
const many = 1_200

beforeAll(async () => {
  test = await createTestDatabase()
  ctx = createTestContext({ db: test.db, policy: builtInPolicy, clock: aClock() })
  mine = await aConnection(ctx)
  other = await aConnection(ctx)
  for (const connection of [mine, other])
    await stage(
      test.db,
      connection,
      Array.from({ length: many }, (_, at) => ({
        zohoInvoiceId: String(10_000 + at),
        invoice: { debtor: { name: at % 2 === 0 ? 'Acme Ltd' : 'Ørsted & Søn', email: null } },
      })),
    )
})
afterAll(() => test.drop())

const rename = (connection: BuiltConnection, zohoInvoiceId: string, name: string) =>
  test.db
    .updateTable('staged_invoices')
    .set({ debtor_name: name })
    .where('connection_id', '=', connection.id)
    .where('zoho_invoice_id', '=', zohoInvoiceId)
    .execute()

const found = async (q: string, connection = mine) =>
  (await listClientInvoices(ctx, connection.client_id, { filter: { q }, limit: 200 })).items.map(
    (item) => item.zohoInvoiceId,
  )
const backlog = () =>
  sql<{ count: number }>`select count(*) as count from search_backlog`
    .execute(test.db)
    .then(({ rows }) => rows[0]?.count ?? 0)

it('finds what is still in the backlog, what is indexed, and what changed since', async () => {
  await rename(mine, '11199', 'Zebra, Inc.')
  expect(await found('zebra')).toEqual(['11199'])
  expect(await backlog()).toBeGreaterThan(0)

  await indexInvoiceSearch(ctx)
  expect(await backlog()).toBe(0)
  expect(await found('ZEBRA')).toEqual(['11199'])
  expect(await found('ze')).toEqual(['11199'])
  expect(await found('inv-11198')).toEqual(['11198'])
  expect(await found('11197')).toEqual(['11197'])

  await rename(mine, '11199', 'Quagga')
  expect(await found('zebra')).toEqual([])
  expect(await found('quagga')).toEqual(['11199'])
  await indexInvoiceSearch(ctx)
  expect(await found('zebra')).toEqual([])
  expect(await found('uagg')).toEqual(['11199'])
})

it('finds frequent things too, in the order of the list and to the end', async () => {
  const seen: string[] = []
  let cursor: string | null | undefined
  do {
    const page = await listClientInvoices(ctx, mine.client_id, {
      filter: { q: 'ørsted' },
      sort: 'invoiceNumber',
      limit: 170,
      ...(cursor ? { cursor } : {}),
    })
    seen.push(...page.items.map((item) => item.zohoInvoiceId))
    cursor = page.next
  } while (cursor)
  expect(seen).toHaveLength(many / 2 - 1)
  expect(seen).toEqual([...new Set(seen)].sort())
})

it('writes nothing into the backlog when what is searched did not change', async () => {
  await indexInvoiceSearch(ctx)
  await test.db
    .updateTable('staged_invoices')
    .set({ proven_at: sql<Date>`now()` })
    .where('connection_id', '=', mine.id)
    .execute()
  expect(await backlog()).toBe(0)
})

it('has its trigram index, led by the connection', async () => {
  const { rows } = await sql<{ indexdef: string }>`
    select indexdef from pg_indexes where indexname = 'invoice_search_trigrams'`.execute(test.db)
  expect(rows[0]?.indexdef).toMatch(/using gin \(connection_id, search_text gin_trgm_ops\)/i)
})

it('finds a customer by name and number, whichever part the index is asked for', async () => {
  await rename(mine, '10100', 'Müller 248')
  await rename(mine, '10101', 'Mayer 248')
  await indexInvoiceSearch(ctx)
  for (const q of ['müller 248', 'ller 248', 'MÜLLER 24', 'r 248'])
    expect([q, await found(q, mine)]).toEqual([q, q === 'r 248' ? ['10100', '10101'] : ['10100']])
})

it('gives another client nothing: not through the function, not through the table, not through an error', async () => {
  await rename(other, '10500', 'Secret Debtor')
  await indexInvoiceSearch(ctx)
  expect(await found('secret debtor', other)).toEqual(['10500'])
  const asMe = <T>(read: Parameters<typeof asPortalReader<T>>[2]) =>
    asPortalReader(test.db, mine.client_id, read)
  const candidatesOfOther = (text: string) =>
    asMe((trx) =>
      searchCandidates(trx, { connectionId: other.id, pattern: { indexed: text, text }, atMost: 10 }),
    )
  expect(await candidatesOfOther('%secret%')).toEqual([])
  await expect(asMe((trx) => sql`select * from invoice_search`.execute(trx))).rejects.toThrow(
    /permission denied/,
  )
  await expect(asMe((trx) => sql`select * from search_backlog`.execute(trx))).rejects.toThrow(
    /permission denied/,
  )
  await indexInvoiceSearch(ctx)
  await rename(other, '10501', 'Backlog Debtor')
  expect(await candidatesOfOther('%backlog%')).toEqual([])
  // an operator that fails on a value would tell the value: row-level security keeps it from the rows of others
  await expect(
    asMe((trx) =>
      sql`select * from portal_invoices where zoho_invoice_id = '10500' and connection_id = ${other.id} and debtor_name::int > 0`.execute(
        trx,
      ),
    ),
  ).resolves.toMatchObject({ rows: [] })
})

it('forgets what is deleted', async () => {
  await test.db.deleteFrom('staged_invoices').where('connection_id', '=', other.id).execute()
  await indexInvoiceSearch(ctx)
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from invoice_search where connection_id = ${other.id}`.execute(test.db)
  expect(rows[0]?.count).toBe(0)
  expect(await found('secret debtor', other)).toEqual([])
})
