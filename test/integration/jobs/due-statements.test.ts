/** What is due, by kind: when a row is claimed, and what takes it out. */
import { type RawBuilder, sql } from 'kysely'
import {
  claimDueRows,
  type DueKind,
  dueKinds,
  findWork,
  oldestDueSeconds,
} from '../../../db/jobs/due-rows.repo.ts'
import type { Queues } from '../../../jobs/queues.ts'
import { sweepOnce } from '../../../jobs/sweep.ts'
import { aClient, aConnection, type BuiltConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { stage } from '../../support/staged.ts'
import { aCase } from '../events/facts.ts'

let test: TestDatabase
let connection: BuiltConnection
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())
beforeEach(async () => {
  await sql`truncate cases, case_commands cascade`.execute(test.db)
  await sql`delete from connections`.execute(test.db)
  await sql`delete from webhook_endpoints`.execute(test.db)
  await sql`update schedules set next_run_at = now() + interval '1 day', enqueued_at = null`.execute(test.db)
  connection = await aConnection(createTestContext({ db: test.db }))
})

const run = (statement: RawBuilder<unknown>) => statement.execute(test.db)
const claim = async (kind: DueKind, staleSeconds = 60) =>
  (await claimDueRows(test.db, kind, { limit: 100, staleSeconds })).map(({ id }) => id)
const command = async (clientId = connection.client_id, secondsAgo = 60): Promise<string> => {
  const { rows } = await sql<{ id: string }>`
    insert into case_commands (client_id, connection_id, request_hash, requested_by, confirm_undisputed, selection, total, next_attempt_at)
    values (${clientId}, ${connection.id}, 'x', 'u', true, '{}', 0, now() - make_interval(secs => ${secondsAgo})) returning id`.execute(
    test.db,
  )
  return rows[0]?.id ?? ''
}

/** Each kind: its time, where it stands, what made it due, and what takes it out although its time has come. */
const kinds: readonly [
  DueKind,
  string,
  string,
  () => Promise<unknown>,
  Readonly<Record<string, RawBuilder<unknown>>>,
][] = [
  [
    'connection-event',
    'connection_events',
    'next_attempt_at',
    () =>
      run(
        sql`insert into connection_events (connection_id, client_id, kind) values (${connection.id}, ${connection.client_id}, 'connected')`,
      ),
    { 'it was processed': sql`processed_at = now()` },
  ],
  [
    'sync-connection',
    'connections',
    'next_sync_at',
    () => run(sql`update connections set next_sync_at = now()`),
    {
      'the connection is paused': sql`state = 'paused'`,
      'a new consent is needed': sql`state = 'reconnect_required'`,
      'the connection has ended': sql`state = 'disconnected'`,
    },
  ],
  [
    'refresh-token',
    'oauth_tokens',
    'next_refresh_at',
    () => run(sql`update oauth_tokens set next_refresh_at = now()`),
    {},
  ],
  [
    'create-cases',
    'case_commands',
    'next_attempt_at',
    () => command(),
    {
      'a worker has it': sql`lease_until = now() + interval '1 minute'`,
      'it is completed': sql`state = 'completed'`,
    },
  ],
  [
    'follow-cases',
    'connections',
    'next_case_follow_at',
    () => run(sql`update connections set next_case_follow_at = now()`),
    { 'the connection is paused': sql`state = 'paused'` },
  ],
  [
    'sync-debtors',
    'debtor_syncs',
    'next_sync_at',
    () =>
      run(
        sql`insert into debtor_syncs (connection_id, client_id, next_sync_at) values (${connection.id}, ${connection.client_id}, now())`,
      ),
    { 'a worker has it': sql`lease_until = now() + interval '1 minute'` },
  ],
  [
    'fetch-invoice-pdf',
    'case_documents',
    'next_attempt_at',
    async () => {
      const caseId = await aCase(test.db, { clientId: connection.client_id })
      await run(sql`
        insert into case_documents (case_id, client_id, kind, file_name, content_type, added_by, next_attempt_at)
        values (${caseId}, ${connection.client_id}, 'invoice', 'x.pdf', 'application/pdf', 'zoho', now())`)
    },
    {},
  ],
  [
    'revoke-token',
    'token_revocations',
    'next_attempt_at',
    () =>
      run(
        sql`insert into token_revocations (connection_id, client_id, data_center, token_owner) values (${connection.id}, ${connection.client_id}, 'us', ${connection.id})`,
      ),
    { 'it was revoked': sql`revoked_at = now()` },
  ],
  [
    'deliver-event',
    'event_deliveries',
    'next_attempt_at',
    () =>
      run(sql`
        with endpoint as (
          insert into webhook_endpoints (url, secret_jwe, created_by) values ('https://host.test', 'eyJ', 'host') returning id)
        insert into event_deliveries (endpoint_id, cause) select id, 'test' from endpoint`),
    {
      'a worker has it': sql`lease_until = now() + interval '1 minute'`,
      'it was delivered': sql`state = 'delivered'`,
    },
  ],
  [
    'retention',
    'schedules',
    'next_run_at',
    () => run(sql`update schedules set next_run_at = now() where name = 'retention'`),
    {},
  ],
  [
    'reassess',
    'schedules',
    'next_run_at',
    () => run(sql`update schedules set next_run_at = now() where name = 'reassess'`),
    {},
  ],
  [
    'publish-events',
    'schedules',
    'next_run_at',
    async () => {
      await run(sql`insert into events (client_id, type, subject, occurred_at, data)
        values (${connection.client_id}, 'connection.disconnected', ${connection.id}, now() - interval '1 minute', '{}')`)
      await run(sql`update schedules set next_run_at = now() where name = 'publish-events'`)
    },
    {},
  ],
  [
    'index-search',
    'schedules',
    'next_run_at',
    async () => {
      await stage(test.db, connection, [{ zohoInvoiceId: '1' }])
      await run(sql`update schedules set next_run_at = now() where name = 'index-search'`)
    },
    {},
  ],
]

it('every kind of due work is in the list', () => {
  expect(kinds.map(([kind]) => kind).sort()).toEqual([...dueKinds].sort())
})

it.each(kinds)(
  '%s is claimed once it is due, again when nobody took it, and then not before',
  async (kind, table, dueAt, make) => {
    await make()
    const set = (at: RawBuilder<unknown>) =>
      run(sql`update ${sql.table(table)} set ${sql.ref(dueAt)} = ${at}`)
    await set(sql`now() + interval '1 minute'`)
    expect(await claim(kind)).toEqual([])
    await set(sql`now() - interval '1 second'`)
    expect(await claim(kind)).toHaveLength(1)
    expect(await claim(kind)).toEqual([])
    expect(await claim(kind, 0)).toHaveLength(1)
  },
)

it.each(
  kinds.flatMap(([kind, table, , make, outs]) =>
    Object.entries(outs).map(([why, set]) => [kind, why, table, make, set] as const),
  ),
)('%s is not claimed when %s', async (kind, _why, table, make, set) => {
  await make()
  await run(sql`update ${sql.table(table)} set ${set}`)
  expect(await claim(kind)).toEqual([])
  expect((await oldestDueSeconds(test.db)).get(kind)).toBe(0)
})

it('the search is indexed only when there is something to index', async () => {
  await run(sql`delete from search_backlog`)
  await run(sql`update schedules set next_run_at = now()`)
  expect(await claim('index-search')).toEqual([])
})

it('of a client two commands are in the queue at once: those that a worker has, then the oldest; another client waits for none', async () => {
  await aClient(test.db, { id: 'another' })
  const [first, second, third] = [
    await command(undefined, 30),
    await command(undefined, 20),
    await command(undefined, 10),
  ]
  const other = await command('another', 5)
  expect((await claim('create-cases')).sort()).toEqual([first, second, other].sort())
  await run(
    sql`update case_commands set lease_until = now() + interval '1 minute', enqueued_at = null where id = ${third}`,
  )
  await run(sql`update case_commands set enqueued_at = null`)
  expect((await claim('create-cases')).sort()).toEqual([first, other].sort())
  await run(
    sql`update case_commands set state = 'completed', lease_until = null where id in (${first}, ${third})`,
  )
  expect(await claim('create-cases', 0)).toContain(second)
})

it('with the id of one, only the commands of its client are claimed', async () => {
  await aClient(test.db, { id: 'another' })
  const mine = await command()
  await command('another')
  const rows = await claimDueRows(test.db, 'create-cases', { limit: 10, staleSeconds: 60, ownerOf: mine })
  expect(rows.map(({ id }) => id)).toEqual([mine])
})

it('what was claimed and could not be enqueued is claimed again at once, by the next sweep', async () => {
  await run(sql`update connections set next_sync_at = now()`)
  const unreachable = {
    queue: () => ({ addBulk: () => Promise.reject(new Error('no queue')) }),
  } as unknown as Queues
  await expect(sweepOnce(createTestContext({ db: test.db }), unreachable)).rejects.toThrow('no queue')
  expect(await claim('sync-connection')).toEqual([connection.id])
})

it('the oldest of what is due comes first', async () => {
  const second = await aConnection(createTestContext({ db: test.db }))
  await run(
    sql`update connections set next_sync_at = now() - interval '1 minute' where id = ${connection.id}`,
  )
  await run(sql`update connections set next_sync_at = now() - interval '2 minutes' where id = ${second.id}`)
  const rows = await claimDueRows(test.db, 'sync-connection', { limit: 1, staleSeconds: 60 })
  expect(rows.map(({ id }) => id)).toEqual([second.id])
})

it('what an operator would retry is told with its client: open, or done in the meantime', async () => {
  await run(sql`update connections set sync_failures = 1`)
  const work = () => findWork(test.db, 'sync-connection', [connection.id, connection.id])
  expect(await work()).toEqual([
    { id: connection.id, clientId: connection.client_id, connectionId: connection.id, open: true },
  ])
  await run(sql`update connections set sync_failures = 0`)
  expect(await work()).toMatchObject([{ open: false }])
  expect(await findWork(test.db, 'retention', [connection.id])).toEqual([])
  expect(await findWork(test.db, 'unknown', [connection.id])).toEqual([])
})
