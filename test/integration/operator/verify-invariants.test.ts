import { type RawBuilder, sql } from 'kysely'
import { claimDueRows, type DueKind } from '../../../db/jobs/due-rows.repo.ts'
import { verifyInvariants } from '../../../src/operator/verify-invariants.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
beforeEach(async () => {
  test = await createTestDatabase()
  // due since the database of all tests was made, which may be long ago
  await sql`update schedules set next_run_at = now() + interval '1 hour'`.execute(test.db)
})
afterEach(() => test.drop())

const numbers = async () => (await verifyInvariants(test.db)).map((violation) => violation.number)
const connect = () => aConnection(createTestContext({ db: test.db }))

const stage = (connection: { id: string; client_id: string }, organizationId: string) =>
  test.db
    .insertInto('staged_invoices')
    .values({
      connection_id: connection.id,
      client_id: connection.client_id,
      zoho_organization_id: organizationId,
      zoho_invoice_id: '1',
      amount_to_recover: '1',
      zoho_status: 'sent',
      policy_version: '1',
      content_hash: '1',
      zoho_modified_at: new Date(),
      proven_at: new Date(),
    })
    .execute()

it('a sound database breaks nothing', async () => {
  const connection = await connect()
  await stage(connection, connection.zoho_organization_id)
  expect(await verifyInvariants(test.db)).toEqual([])
})

it('finds open invoices of a connection that is gone', async () => {
  const connection = await connect()
  await stage(connection, connection.zoho_organization_id)
  await test.db.updateTable('connections').set({ state: 'disconnected' }).execute()
  expect(await verifyInvariants(test.db)).toMatchObject([
    { number: 4, count: 1, ids: [`${connection.id}/1`] },
  ])
})

it('finds open invoices of another organization than the connection’s', async () => {
  const connection = await connect()
  await stage(connection, 'another')
  expect(await numbers()).toEqual([4])
})

it('finds two active runs, cases twice, and cases without an item, when the constraints were dropped', async () => {
  const connection = await connect()
  await sql`drop index sync_runs_one_active`.execute(test.db)
  for (let times = 0; times < 2; times += 1)
    await test.db
      .insertInto('sync_runs')
      .values({
        connection_id: connection.id,
        client_id: connection.client_id,
        zoho_organization_id: connection.zoho_organization_id,
        kind: 'full',
        trigger: 'manual',
      })
      .execute()
  expect(await numbers()).toEqual([3])
})

it('finds a plain token wherever it stands, and names the column, not the token', async () => {
  const token = '1000.0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef'
  await test.db
    .insertInto('clients')
    .values({ id: 'c', name: `oops ${token}` })
    .execute()
  const violations = await verifyInvariants(test.db)
  expect(violations).toMatchObject([{ number: 6, ids: ['public.clients.name'] }])
  expect(JSON.stringify(violations)).not.toContain(token)
})

/** Makes a row of each kind that has been due for a minute. @returns the id by which it is reported. */
const overdue: Readonly<Record<DueKind, () => Promise<string>>> = {
  'connection-event': async () => {
    const { id, client_id } = await connect()
    return insertedId(sql`insert into connection_events (connection_id, client_id, kind, next_attempt_at)
      values (${id}, ${client_id}, 'connected', ${aMinuteAgo}) returning id`)
  },
  'sync-connection': async () => {
    const { id } = await connect()
    return insertedId(sql`update connections set next_sync_at = ${aMinuteAgo} where id = ${id} returning id`)
  },
  'refresh-token': async () => {
    const { id } = await connect()
    return insertedId(sql`update oauth_tokens set next_refresh_at = ${aMinuteAgo} where connection_id = ${id}
      returning connection_id as id`)
  },
  'create-cases': async () => {
    const { id, client_id } = await connect()
    return insertedId(sql`insert into case_commands (client_id, connection_id, request_hash, requested_by, confirm_undisputed,
      selection, total, next_attempt_at) values (${client_id}, ${id}, 'x', 'u', true, '{}', 1, ${aMinuteAgo}) returning id`)
  },
  'follow-cases': async () => {
    const { id } = await connect()
    return insertedId(
      sql`update connections set next_case_follow_at = ${aMinuteAgo} where id = ${id} returning id`,
    )
  },
  'sync-debtors': async () => {
    const { id, client_id } = await connect()
    return insertedId(sql`insert into debtor_syncs (connection_id, client_id, next_sync_at)
      values (${id}, ${client_id}, ${aMinuteAgo}) returning connection_id as id`)
  },
  'revoke-token': async () => {
    const { id, client_id } = await connect()
    return insertedId(sql`insert into token_revocations (connection_id, token_owner, client_id, data_center, next_attempt_at)
      values (${id}, ${id}, ${client_id}, 'us', ${aMinuteAgo}) returning id`)
  },
  retention: () => scheduledAMinuteAgo('retention'),
  reassess: () => scheduledAMinuteAgo('reassess'),
  'index-search': async () => {
    const connection = await connect()
    // its trigger fills the backlog
    await stage(connection, connection.zoho_organization_id)
    return scheduledAMinuteAgo('index-search')
  },
}
const aMinuteAgo = sql`now() - interval '1 minute'`
const insertedId = async (statement: ReturnType<typeof sql>): Promise<string> =>
  (statement as RawBuilder<{ id: string }>).execute(test.db).then(({ rows }) => rows[0]?.id ?? '')
const scheduledAMinuteAgo = (name: string) =>
  insertedId(sql`update schedules set next_run_at = ${aMinuteAgo} where name = ${name} returning name as id`)

it.each(Object.keys(overdue) as DueKind[])(
  'finds a stuck %s that nobody swept although a worker runs; without a worker there is nobody to blame',
  async (kind) => {
    const id = await overdue[kind]()
    expect(await numbers()).toEqual([])
    await sql`insert into workers (id, host) values (gen_random_uuid(), 'here')`.execute(test.db)
    expect(await verifyInvariants(test.db)).toMatchObject([{ number: 7, ids: [`${kind}/${id}`] }])
    const staleSeconds = 10
    expect(await claimDueRows(test.db, kind, { limit: 10, staleSeconds })).toMatchObject([{ id }])
    expect(await numbers()).toEqual([])
  },
)

describe('of a case', () => {
  const acceptedAt = '2026-06-10T12:00:00.123456Z'
  const askedAt = '2026-06-10T12:00:01.000Z'

  /** A case as it should be; `change` is what went wrong with it. @returns its id. */
  const aCase = async (change: (id: string) => ReturnType<typeof sql> | null): Promise<string> => {
    const connection = await connect()
    const { rows } = await sql<{ id: string }>`
      with command as (
        insert into case_commands (client_id, request_hash, requested_by, confirm_undisputed, selection, total, created, state, created_at)
        values (${connection.client_id}, 'x', 'user-1', true, '{}', 1, 1, 'completed', ${acceptedAt}) returning id
      ), made as (
        insert into cases (reference, client_id, command_id, data_center, zoho_organization_id, zoho_invoice_id,
          invoice_date, due_date, amount_to_recover, currency_code, debtor_name, zoho_status, zoho_modified_at, proven_at, proof,
          created_by, created_at, outstanding, invoice_as_of)
        select 'K7M2X9QP', ${connection.client_id}, id, 'us', ${connection.zoho_organization_id}, '1', '2026-03-01', '2026-03-31',
          690, 'EUR', 'Muster AG', 'overdue', '2026-05-01T08:00:00Z', ${askedAt}::timestamptz,
          jsonb_build_object('amount', '690.00', 'currencyCode', 'EUR', 'creditorReference', null, 'claimDescription', null,
            'zohoStatus', 'overdue', 'zohoModifiedAt', '2026-05-01T08:00:00Z', 'zohoTime', null,
            'requestedAt', ${askedAt}::text, 'source', 'invoice'),
          'user-1', '2026-06-10T12:00:02Z', 690, ${askedAt}::timestamptz
        from command returning id, command_id
      ), item as (
        insert into case_command_items (command_id, ordinal, client_id, zoho_organization_id, zoho_invoice_id, outcome, case_id)
        select command_id, 1, ${connection.client_id}, ${connection.zoho_organization_id}, '1', 'created', id from made
      )
      select id from made`.execute(test.db)
    const id = rows[0]?.id ?? ''
    await change(id)?.execute(test.db)
    return id
  }

  it('nothing is broken when its proof is later than its command and says what it claims', async () => {
    await aCase(() => null)
    expect(await verifyInvariants(test.db)).toEqual([])
  })

  it.each([
    ['amount_to_recover', sql`amount_to_recover = 5000`],
    ['currency', sql`currency_code = 'USD'`],
    ['reference', sql`creditor_reference = 'INV-2'`],
    ['status', sql`zoho_status = 'paid'`],
    ['modified time', sql`zoho_modified_at = now()`],
  ])('finds a %s that is not the one it was proven with', async (_name, wrong) => {
    const id = await aCase((made) => sql`update cases set ${wrong} where id = ${made}`)
    expect(await verifyInvariants(test.db)).toMatchObject([{ number: 5, count: 1, ids: [id] }])
  })

  it.each([
    [
      'that was asked for before the command',
      sql`proven_at = ${acceptedAt}, proof = proof || ${JSON.stringify({ requestedAt: acceptedAt })}::jsonb`,
    ],
    ['whose request was at another time', sql`proof = proof || '{"requestedAt": "2026-06-10T11:59:59Z"}'`],
    ['that does not say when Zoho was asked', sql`proof = proof - 'requestedAt'`],
    ['that does not say by which call', sql`proof = proof - 'source'`],
  ])('finds a proof %s', async (_name, wrong) => {
    const id = await aCase((made) => sql`update cases set ${wrong} where id = ${made}`)
    expect(await verifyInvariants(test.db)).toMatchObject([{ number: 8, count: 1, ids: [id] }])
  })
})
