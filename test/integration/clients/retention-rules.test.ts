/** What outlives its time is deleted, and nothing a day earlier. */
import { type RawBuilder, sql } from 'kysely'
import { deleteExpired } from '../../../db/clients/retention.repo.ts'
import { spendSignInToken } from '../../../db/portal/used-sign-in-tokens.repo.ts'
import { aConnection, type BuiltConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { stage } from '../../support/staged.ts'

let test: TestDatabase
let connection: BuiltConnection
beforeAll(async () => {
  test = await createTestDatabase()
  connection = await aConnection(createTestContext({ db: test.db }))
})
afterAll(() => test.drop())

const days = 90
const left = async (table: string): Promise<number> => {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(
    test.db,
  )
  return rows[0]?.n ?? 0
}
const run = (statement: RawBuilder<unknown>) => statement.execute(test.db)
const own = () => sql`${connection.id}, ${connection.client_id}`

/** Makes a row that ended at this time. */
const rows: Readonly<Record<string, (at: RawBuilder<unknown>) => Promise<unknown>>> = {
  staged_invoices: async (at) => {
    await stage(test.db, connection, [{ zohoInvoiceId: '1', state: 'paid' }])
    await run(sql`update staged_invoices set changed_at = ${at}`)
  },
  sync_runs: (at) =>
    run(sql`insert into sync_runs (connection_id, client_id, zoho_organization_id, kind, trigger, state, finished_at)
      values (${own()}, '1', 'full', 'manual', 'completed', ${at})`),
  set_aside_rows: (at) =>
    run(sql`insert into set_aside_rows (connection_id, client_id, row_key, problems, last_seen_at)
      values (${own()}, 'x', '[]', ${at})`),
  connection_events: (at) =>
    run(
      sql`insert into connection_events (connection_id, client_id, kind, processed_at) values (${own()}, 'connected', ${at})`,
    ),
  token_revocations: (at) =>
    run(sql`insert into token_revocations (connection_id, client_id, data_center, token_owner, revoked_at)
      values (${own()}, 'us', ${connection.id}, ${at})`),
  oauth_states: (at) =>
    run(sql`insert into oauth_states (state_hash, session_id, client_id, created_by, expires_at)
      values ('s', 's', ${connection.client_id}, 'u', ${at})`),
  portal_sessions: (at) =>
    run(sql`insert into portal_sessions (id_hash, client_id, subject, role, expires_at)
      values ('h', ${connection.client_id}, 'u', 'client', ${at})`),
  used_sign_in_tokens: (at) =>
    run(sql`insert into used_sign_in_tokens (token_hash, expires_at) values ('t', ${at})`),
  document_files: (at) =>
    run(sql`insert into document_files (client_id, created_at) values (${connection.client_id}, ${at})`),
  workers: (at) =>
    run(sql`insert into workers (id, host, last_sweep_at) values (gen_random_uuid(), 'h', ${at})`),
}
const ago = (interval: string) => sql`now() - ${interval}::interval`
const ninety = ['89 days 23 hours', '90 days 1 hour'] as const
const lifetimes: Readonly<Record<string, readonly [kept: string, deleted: string]>> = {
  staged_invoices: ninety,
  sync_runs: ninety,
  set_aside_rows: ninety,
  connection_events: ninety,
  token_revocations: ninety,
  oauth_states: ['23 hours', '25 hours'],
  portal_sessions: ['-1 minute', '1 minute'],
  used_sign_in_tokens: ['-1 minute', '1 minute'],
  document_files: ['59 minutes', '61 minutes'],
  workers: ['23 hours', '25 hours'],
}

it.each(Object.entries(lifetimes))('a row of %s stays for %p', async (table, [kept, deleted]) => {
  const make = rows[table]
  await make?.(ago(kept))
  await deleteExpired(test.db, days)
  expect(await left(table)).toBe(1)
  await run(sql`delete from ${sql.table(table)}`)
  await make?.(ago(deleted))
  expect(await deleteExpired(test.db, days)).toContainEqual({ what: table, rows: 1 })
  expect(await left(table)).toBe(0)
})

it('what is open, under way or undone stays however old it is', async () => {
  await stage(test.db, connection, [{ zohoInvoiceId: '2' }])
  await run(sql`update staged_invoices set changed_at = '2020-01-01'`)
  await run(sql`insert into sync_runs (connection_id, client_id, zoho_organization_id, kind, trigger, started_at, finished_at)
    values (${own()}, '1', 'full', 'manual', '2020-01-01', '2020-01-01')`)
  await run(
    sql`insert into connection_events (connection_id, client_id, kind, created_at) values (${own()}, 'connected', '2020-01-01')`,
  )
  await deleteExpired(test.db, days)
  expect([await left('staged_invoices'), await left('sync_runs'), await left('connection_events')]).toEqual([
    1, 1, 1,
  ])
})

it('more than a batch is deleted too', async () => {
  for (const number of ['1', '2', '3', '4', '5'])
    await run(sql`insert into used_sign_in_tokens (token_hash, expires_at) values (${number}, '2020-01-01')`)
  expect(await deleteExpired(test.db, days, 2)).toContainEqual({ what: 'used_sign_in_tokens', rows: 5 })
})

it('a spent sign-in token is kept for as long as it would be good, so that it opens nothing a second time', async () => {
  const token = { tokenHash: 'spent', expiresAt: new Date(Date.now() + 60_000) }
  expect(await spendSignInToken(test.db, token)).toBe(true)
  await deleteExpired(test.db, days)
  expect(await spendSignInToken(test.db, token)).toBe(false)
})
