import { type ControlledTransaction, type RawBuilder, sql } from 'kysely'
import type { Database } from '../../../db/core/schema.ts'
import { claimDueRows, type DueKind } from '../../../db/jobs/due-rows.repo.ts'
import { verifyInvariants } from '../../../src/operator/verify-invariants.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
/** A transaction that is rolled back, dropped constraints and all: a database of its own for each test takes 0.4 s. */
let db: ControlledTransaction<Database>
beforeAll(async () => {
  test = await createTestDatabase()
  // due since the database of all tests was made, which may be long ago
  await sql`update schedules set next_run_at = now() + interval '1 hour'`.execute(test.db)
})
afterAll(() => test.drop())
beforeEach(async () => {
  db = await test.db.startTransaction().execute()
})
afterEach(() => db.rollback().execute())

const numbers = async () => (await verifyInvariants(db)).map((violation) => violation.number)
const connect = () => aConnection(createTestContext({ db }))

const stage = (connection: { id: string; client_id: string }, organizationId: string) =>
  db
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
  expect(await verifyInvariants(db)).toEqual([])
})

it('finds open invoices of a connection that is gone', async () => {
  const connection = await connect()
  await stage(connection, connection.zoho_organization_id)
  await db.updateTable('connections').set({ state: 'disconnected' }).execute()
  expect(await verifyInvariants(db)).toMatchObject([{ number: 4, count: 1, ids: [`${connection.id}/1`] }])
})

it('finds open invoices of another organization than the connection’s', async () => {
  const connection = await connect()
  await stage(connection, 'another')
  expect(await numbers()).toEqual([4])
})

it('finds open invoices whose connection was deleted; closed ones may outlive it', async () => {
  const connection = await connect()
  await stage(connection, connection.zoho_organization_id)
  await sql`alter table staged_invoices drop constraint staged_invoices_connection_id_fkey`.execute(db)
  await sql`delete from connections`.execute(db)
  expect(await verifyInvariants(db)).toMatchObject([{ number: 4, ids: [`${connection.id}/1`] }])
  await sql`update staged_invoices set state = 'paid'`.execute(db)
  expect(await verifyInvariants(db)).toEqual([])
})

it('finds the connection with two active runs', async () => {
  const connection = await connect()
  await sql`drop index sync_runs_one_active`.execute(db)
  for (let times = 0; times < 2; times += 1)
    await db
      .insertInto('sync_runs')
      .values({
        connection_id: connection.id,
        client_id: connection.client_id,
        zoho_organization_id: connection.zoho_organization_id,
        kind: 'full',
        trigger: 'manual',
      })
      .execute()
  expect(await verifyInvariants(db)).toMatchObject([{ number: 3, count: 1, ids: [connection.id] }])
  await sql`update sync_runs set state = 'completed' where id = (select id from sync_runs limit 1)`.execute(
    db,
  )
  expect(await verifyInvariants(db)).toEqual([])
})

it('finds a plain token wherever it stands, and names the column, not the token', async () => {
  const token = '1000.0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef'
  await db
    .insertInto('clients')
    .values({ id: 'c', name: `oops ${token}` })
    .execute()
  const violations = await verifyInvariants(db)
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
  'fetch-invoice-pdf': async () => {
    const id = await aCase(() => null)
    return insertedId(sql`insert into case_documents (case_id, client_id, kind, file_name, content_type, added_by, next_attempt_at)
      select id, client_id, 'invoice', 'x.pdf', 'application/pdf', 'zoho', ${aMinuteAgo} from cases where id = ${id} returning id`)
  },
  'revoke-token': async () => {
    const { id, client_id } = await connect()
    return insertedId(sql`insert into token_revocations (connection_id, token_owner, client_id, data_center, next_attempt_at)
      values (${id}, ${id}, ${client_id}, 'us', ${aMinuteAgo}) returning id`)
  },
  retention: () => scheduledAMinuteAgo('retention'),
  reassess: () => scheduledAMinuteAgo('reassess'),
  'publish-events': async () => {
    const { id, client_id } = await connect()
    await sql`insert into events (client_id, type, subject, occurred_at, data)
      values (${client_id}, 'connection.disconnected', ${id}, ${aMinuteAgo}, '{}')`.execute(db)
    return scheduledAMinuteAgo('publish-events')
  },
  'deliver-event': async () => {
    await sql`insert into webhook_endpoints (url, secret_jwe, created_by) values ('https://host.test', 'eyJ', 'host')`.execute(
      db,
    )
    return insertedId(sql`
      insert into event_deliveries (endpoint_id, cause, next_attempt_at) select id, 'test', ${aMinuteAgo} from webhook_endpoints returning id`)
  },
  'index-search': async () => {
    const connection = await connect()
    // its trigger fills the backlog
    await stage(connection, connection.zoho_organization_id)
    return scheduledAMinuteAgo('index-search')
  },
}
const aMinuteAgo = sql`now() - interval '1 minute'`
const insertedId = async (statement: ReturnType<typeof sql>): Promise<string> =>
  (statement as RawBuilder<{ id: string }>).execute(db).then(({ rows }) => rows[0]?.id ?? '')
const scheduledAMinuteAgo = (name: string) =>
  insertedId(sql`update schedules set next_run_at = ${aMinuteAgo} where name = ${name} returning name as id`)

it.each(Object.keys(overdue) as DueKind[])(
  'finds a stuck %s that nobody swept although a worker runs; without a worker there is nobody to blame',
  async (kind) => {
    const id = await overdue[kind]()
    expect(await numbers()).toEqual([])
    await sql`insert into workers (id, host) values (gen_random_uuid(), 'here')`.execute(db)
    expect(await verifyInvariants(db)).toMatchObject([{ number: 7, ids: [`${kind}/${id}`] }])
    const staleSeconds = 10
    expect(await claimDueRows(db, kind, { limit: 10, staleSeconds })).toMatchObject([{ id }])
    expect(await numbers()).toEqual([])
  },
)

it('a row may be due for three sweep intervals, and a worker that has not swept for so long does not count', async () => {
  const { id } = await connect()
  await sql`insert into workers (id, host) values (gen_random_uuid(), 'here')`.execute(db)
  const due = (secondsAgo: number) =>
    sql`update connections set next_sync_at = now() - make_interval(secs => ${secondsAgo})`.execute(db)
  const broken = () => verifyInvariants(db, { sweepIntervalSeconds: 20 })
  await due(50)
  expect(await broken()).toEqual([])
  await due(70)
  expect(await broken()).toMatchObject([{ number: 7, ids: [`sync-connection/${id}`] }])
  await sql`update workers set last_sweep_at = now() - interval '50 seconds'`.execute(db)
  expect(await broken()).toMatchObject([{ number: 7 }])
  await sql`update workers set last_sweep_at = now() - interval '70 seconds'`.execute(db)
  expect(await broken()).toEqual([])
})

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
    select id from made`.execute(db)
  const id = rows[0]?.id ?? ''
  await change(id)?.execute(db)
  return id
}

describe('of a case', () => {
  it('nothing is broken when its proof is later than its command and says what it claims', async () => {
    await aCase(() => null)
    expect(await verifyInvariants(db)).toEqual([])
  })

  it.each([
    ['amount_to_recover', sql`amount_to_recover = 5000`],
    ['currency', sql`currency_code = 'USD'`],
    ['reference', sql`creditor_reference = 'INV-2'`],
    ['description', sql`claim_description = 'Delivery'`],
    ['status', sql`zoho_status = 'paid'`],
    ['modified time', sql`zoho_modified_at = now()`],
  ])('finds a %s that is not the one it was proven with', async (_name, wrong) => {
    const id = await aCase((made) => sql`update cases set ${wrong} where id = ${made}`)
    expect(await verifyInvariants(db)).toMatchObject([{ number: 5, count: 1, ids: [id] }])
  })

  it.each([
    [
      'that was asked for before the command',
      sql`proven_at = ${acceptedAt}, proof = proof || ${JSON.stringify({ requestedAt: acceptedAt })}::jsonb`,
    ],
    ['whose request was at another time', sql`proof = proof || '{"requestedAt": "2026-06-10T11:59:59Z"}'`],
    ['that does not say when Zoho was asked', sql`proof = proof - 'requestedAt'`],
    ['that does not say by which call', sql`proof = proof - 'source'`],
    ['by a call that proves nothing', sql`proof = proof || '{"source": "guess"}'`],
  ])('finds a proof %s', async (_name, wrong) => {
    const id = await aCase((made) => sql`update cases set ${wrong} where id = ${made}`)
    expect(await verifyInvariants(db)).toMatchObject([{ number: 8, count: 1, ids: [id] }])
  })

  it('finds two cases of one invoice, and the one that no item asked for', async () => {
    await sql`alter table cases drop constraint cases_zoho_invoice_id_key`.execute(db)
    const twice = '11111111-1111-4111-8111-111111111111'
    await aCase(() => null)
    // All columns that are not worked out from the others.
    const { rows } = await sql<{ list: string }>`
      select string_agg(quote_ident(column_name), ', ') as list from information_schema.columns
      where table_name = 'cases' and table_schema = current_schema() and is_generated = 'NEVER'`.execute(db)
    const columns = sql.raw(rows[0]?.list ?? '')
    await sql`insert into cases (${columns}) select ${columns} from (
      select (jsonb_populate_record(c, ${JSON.stringify({ id: twice, reference: 'AAAAAAAA' })}::jsonb)).* from cases c) twin`.execute(
      db,
    )
    const { zoho_organization_id: organization } = await db
      .selectFrom('connections')
      .select('zoho_organization_id')
      .executeTakeFirstOrThrow()
    expect(await verifyInvariants(db)).toMatchObject([
      { number: 1, count: 1, ids: [`${organization}/1`] },
      { number: 2, name: 'every case has its item', ids: [twice] },
    ])
  })

  it.each([
    ['no case', sql`case_id = null`, 2],
    ['the case of another invoice', sql`zoho_invoice_id = '2'`, 1],
    ['the case of another organization', sql`zoho_organization_id = 'x'`, 1],
  ])('finds an item that is said to be created and has %s', async (_name, wrong, broken) => {
    await sql`alter table case_command_items drop constraint case_command_items_created_has_case`.execute(db)
    await aCase(() => sql`update case_command_items set ${wrong}`)
    const { id } = await db.selectFrom('case_commands').select('id').executeTakeFirstOrThrow()
    const violations = await verifyInvariants(db)
    expect(violations).toHaveLength(broken)
    expect(violations[0]).toMatchObject({
      number: 2,
      name: 'every created item has its case',
      ids: [`${id}/1`],
    })
  })

  it('finds a case whose item does not say that it created it', async () => {
    const id = await aCase(() => sql`update case_command_items set outcome = 'duplicate'`)
    expect(await verifyInvariants(db)).toMatchObject([
      { number: 2, name: 'every case has its item', ids: [id] },
    ])
  })
})
