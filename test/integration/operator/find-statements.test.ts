/** Finding what somebody named on the telephone reads no table from end to end, however much there is. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { createDatabase, type Db } from '../../../db/core/database.ts'
import { findWhatever } from '../../../db/operator/work-history.repo.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

const many = 10_000
const requestId = randomUUID()

let test: TestDatabase
/** One connection, so that it alone counts what it read. */
let single: Db

beforeAll(async () => {
  test = await createTestDatabase()
  single = createDatabase({ url: test.url, poolSize: 1 })
  const connection = await aConnection(createTestContext({ db: test.db }), { organizationId: '700' })
  await sql`
    insert into case_commands (client_id, connection_id, request_id, request_hash, requested_by, confirm_undisputed, selection, total)
    select ${connection.client_id}, ${connection.id}, case n when 1 then ${requestId} else gen_random_uuid()::text end, 'x', 'u', true, '{}', 0
    from generate_series(1, ${many}) n`.execute(test.db)
  await sql`
    insert into cases (reference, client_id, connection_id, command_id, data_center, zoho_organization_id, zoho_invoice_id,
      creditor_reference, invoice_date, due_date, amount_to_recover, currency_code, debtor_name, zoho_status, proven_at, proof,
      created_by, outstanding, invoice_as_of)
    select 'C-' || n, ${connection.client_id}, ${connection.id}, (select id from case_commands limit 1), 'us', '700', (560000 + n)::text,
      'INV-' || n, '2026-01-01', '2026-02-01', 100, 'EUR', 'Nordlys', 'overdue', now(), '{}', 'u', 100, now()
    from generate_series(1, ${many}) n`.execute(test.db)
  await sql`
    insert into staged_invoices (connection_id, zoho_invoice_id, client_id, zoho_organization_id, creditor_reference, invoice_date,
      due_date, amount_to_recover, currency_code, debtor_name, zoho_status, blockers, warnings, policy_version, content_hash, proven_at)
    select ${connection.id}, (760000 + n)::text, ${connection.client_id}, '700', 'NEW-' || n, '2026-01-01', '2026-02-01', 100, 'EUR',
      'Nordlys', 'overdue', '[]', '[]', 'p', n::text, now()
    from generate_series(1, ${many}) n`.execute(test.db)
  await sql`analyze`.execute(test.db)
})
afterAll(async () => {
  await single.destroy()
  await test.drop()
})

/** Rows that were read by going through a whole table. */
const walked = async (): Promise<Record<string, number>> => {
  await sql`select pg_stat_force_next_flush()`.execute(single)
  const { rows } = await sql<{ table: string; rows: number }>`
    select relname as table, seq_tup_read::float8 as rows from pg_stat_user_tables
    where relname in ('cases', 'case_commands', 'staged_invoices', 'case_command_attempts')`.execute(single)
  return Object.fromEntries(rows.map(({ table, rows: read }) => [table, read]))
}

it.each([
  ['the number of an invoice that is a case', 'INV-4711', 1, 0],
  ['the number of an open invoice', 'NEW-4711', 1, 0],
  ["Zoho's id of an invoice", '564711', 1, 0],
  ['the reference of a case', 'c-4711', 1, 0],
  ['the id of a request', requestId, 0, 1],
  ['an id that nobody knows', randomUUID(), 0, 0],
  ['a number that nobody knows', 'INV-0', 0, 0],
])('%s is found without going through a table', async (_what, text, invoices, commands) => {
  const before = await walked()
  const found = await findWhatever(single, text)
  expect(await walked()).toEqual(before)
  expect([found.invoices.length, found.commands.length]).toEqual([invoices, commands])
})
