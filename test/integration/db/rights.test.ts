/**
 * Who may do what with whose rows: every table and view of the schema × role × own and foreign client × select, insert,
 * update, delete. What there is comes from the catalogue, so a new table fails here until its rights are written down.
 */
import { sql } from 'kysely'
import type { Trx } from '../../../db/core/database.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

const roles = ['app_worker', 'portal_views', 'portal_reader', 'audit_retention'] as const
type Role = (typeof roles)[number]
type Rights = Readonly<Partial<Record<Role, string>>>

/** `both`: rows of one's own client and of another; `all`: the rows have no client. A role that is left out may nothing. */
const ofWorkers: Rights = { app_worker: 'select both, insert, update both, delete both' }
const shared: Rights = { app_worker: 'select all, insert, update all, delete all' }
const shown: Rights = { ...ofWorkers, portal_views: 'select own' }
const portalView: Rights = {
  app_worker: 'select own',
  portal_views: 'select own',
  portal_reader: 'select own',
}

const expected: Readonly<Record<string, Rights>> = {
  clients: ofWorkers,
  connections: shown,
  connection_events: ofWorkers,
  oauth_tokens: ofWorkers,
  oauth_states: ofWorkers,
  token_revocations: ofWorkers,
  sync_runs: shown,
  sync_pages: shared,
  set_aside_rows: shown,
  staged_invoices: shown,
  staged_debtors: shown,
  debtor_syncs: shown,
  debtor_types: ofWorkers,
  invoice_search: ofWorkers,
  search_backlog: shared,
  case_commands: shown,
  case_command_attempts: shared,
  case_command_items: shown,
  cases: shown,
  case_events: shown,
  document_files: shown,
  document_chunks: shown,
  loose_objects: shared,
  case_documents: shown,
  zoho_outages: shared,
  organization_budgets: shared,
  portal_sessions: ofWorkers,
  used_sign_in_tokens: shared,
  audit_events: {
    app_worker: 'select both, insert',
    portal_views: 'select own',
    audit_retention: 'select both, update both (actor, ip_address, person_salt), delete both',
  },
  audit_chains: { app_worker: 'select all', audit_retention: 'select all, delete all' },
  live_signals: ofWorkers,
  rate_limits: shared,
  workers: shared,
  schedules: shared,
  events: shown,
  event_feed: shared,
  webhook_endpoints: shared,
  event_deliveries: shared,
  event_delivery_attempts: shared,
  kysely_migration: { app_worker: 'select all' },
  kysely_migration_lock: { app_worker: 'select all' },
  portal_connection: portalView,
  portal_invoices: portalView,
  portal_cases: portalView,
  portal_case_events: portalView,
  portal_case_documents: portalView,
  portal_document_chunks: portalView,
  portal_case_commands: portalView,
  portal_case_command_items: portalView,
  portal_audit_events: portalView,
  portal_events: portalView,
  portal_sync_runs: portalView,
  portal_set_aside_rows: portalView,
}

interface Relation {
  readonly name: string
  readonly isView: boolean
  readonly columns: readonly {
    readonly name: string
    readonly settable: boolean
    readonly value: string | null
  }[]
}

let test: TestDatabase
let relations: readonly Relation[]
beforeAll(async () => {
  test = await createTestDatabase()
  relations = await readCatalogue()
  await fillTables()
})
afterAll(() => test.drop())

/** With, for each column that must be given, a value that its checks allow: the first that they name, or any. */
const readCatalogue = async (): Promise<readonly Relation[]> => {
  const { rows } = await sql<Relation>`
    select r.relname as name, r.relkind = 'v' as "isView", jsonb_agg(jsonb_build_object(
      'name', a.attname,
      'settable', a.attgenerated = '' and a.attidentity = '',
      'value', case when a.attnotnull and not a.atthasdef and a.attgenerated = '' and a.attidentity = '' then coalesce(
        (select quote_literal((regexp_match(pg_get_constraintdef(k.oid), '''([^'']+)'''))[1]) from pg_constraint k
          where k.conrelid = r.oid and k.contype = 'c' and a.attnum = any(k.conkey) and a.atttypid = 'text'::regtype order by cardinality(k.conkey) limit 1),
        case format_type(a.atttypid, null)
          when 'uuid' then 'gen_random_uuid()' when 'boolean' then 'true' when 'jsonb' then '''{}''' when 'text[]' then '''{}''' when 'bytea' then '''%PDF'''
          when 'date' then 'current_date' when 'timestamp with time zone' then 'now()'
          when 'text' then 'gen_random_uuid()::text' when 'character varying' then 'gen_random_uuid()::text'
          else '1 + floor(random() * 1000000)' end) end) order by a.attnum) as columns
    from pg_class r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    where r.relnamespace = 'public'::regnamespace and r.relkind in ('r', 'p', 'v', 'm')
    group by r.oid order by 1`.execute(test.db)
  return rows
}

/** One row of each client in every table; no trigger and no foreign key has a say. */
const fillTables = () =>
  test.db.transaction().execute(async (trx) => {
    await sql`set local session_replication_role = replica`.execute(trx)
    for (const { name, isView, columns } of relations)
      for (const client of isView ? [] : ['own', 'foreign']) {
        const given = columns.flatMap(({ name: column, value }) =>
          column === ownerColumn(name) ? [[column, `'${client}'`]] : value === null ? [] : [[column, value]],
        )
        const text = `(${given.map(([column]) => column).join(', ')}) select ${given.map(([, value]) => value).join(', ')}`
        await sql
          .raw(`insert into ${name} ${given.length > 0 ? text : 'default values'} on conflict do nothing`)
          .execute(trx)
      }
    await sql`update events set sequence = entry`.execute(trx)
    await sql`update connections set webhook_token_hash = client_id`.execute(trx)
  })

const ownerColumn = (relation: string): string | undefined => {
  if (relation === 'clients') return 'id'
  return relations.find(({ name }) => name === relation)?.columns.some(({ name }) => name === 'client_id')
    ? 'client_id'
    : undefined
}

const denied = (error: unknown): boolean => (error as { code?: unknown }).code === '42501'
/** Allowed, and then stopped by a row that refers to it or by a value that is missing. */
const stoppedLater = (error: unknown): boolean => /^23/.test(String((error as { code?: unknown }).code))

/** In a transaction as this role of client `own`, which is rolled back. @returns undefined when it is denied */
const attempt = async <T>(
  role: Role,
  client: string,
  act: (trx: Trx) => Promise<T>,
): Promise<T | 'stopped' | undefined> => {
  const trx = await test.db.startTransaction().execute()
  try {
    await sql`select set_config('app.client_id', ${client}, true), set_config('role', ${role}, true)`.execute(
      trx,
    )
    return await act(trx)
  } catch (error) {
    if (denied(error)) return undefined
    if (stoppedLater(error)) return 'stopped'
    throw error
  } finally {
    await trx.rollback().execute()
  }
}

const rowsOf = async (trx: Trx, text: string): Promise<readonly string[]> => {
  const { rows } = await sql.raw<{ owner: string }>(text).execute(trx)
  return [...new Set(rows.map(({ owner }) => owner))].sort()
}

const named = (owners: readonly string[]): string =>
  owners.includes('own') && owners.includes('foreign') ? 'both' : (owners[0] ?? 'none')

const rightsOf = async (role: Role, { name, isView, columns }: Relation): Promise<string> => {
  const owner = ownerColumn(name) ?? `'all'`
  const rights: string[] = []
  const seen = await attempt(role, 'own', (trx) => rowsOf(trx, `select ${owner} as owner from ${name}`))
  if (seen !== undefined && seen !== 'stopped') rights.push(`select ${named(seen)}`)

  const inserted = await attempt(role, 'own', (trx) =>
    sql.raw(`insert into ${name} default values`).execute(trx),
  )
  if (inserted !== undefined) rights.push('insert')

  // some columns of a view are computed, which is an error of its own
  const settable = columns.filter((column) => (isView ? column.name === 'client_id' : column.settable))
  const { rows } = await sql<{ name: string }>`
    select name from unnest(${settable.map((column) => column.name)}::text[]) name
    where has_column_privilege(${role}, ${`public.${name}`}, name, 'update')`.execute(test.db)
  const some = rows.map((column) => column.name)
  const changed = await attempt(role, 'own', (trx) =>
    rowsOf(
      trx,
      `update ${name} set ${some.map((column) => `${column} = ${column}`).join(', ') || `${settable[0]?.name} = null`} returning ${owner} as owner`,
    ),
  )
  if (changed !== undefined && changed !== 'stopped')
    rights.push(
      `update ${named(changed)}${some.length === settable.length ? '' : ` (${some.sort().join(', ')})`}`,
    )

  const deletable: string[] = []
  for (const whose of ownerColumn(name) ? ['own', 'foreign'] : ['all']) {
    const gone = await attempt(role, 'own', (trx) =>
      rowsOf(trx, `delete from ${name} where ${owner} = '${whose}' returning ${owner} as owner`),
    )
    if (gone === 'stopped' || (gone?.length ?? 0) > 0) deletable.push(whose)
  }
  if (deletable.length > 0) rights.push(`delete ${named(deletable)}`)
  return rights.join(', ')
}

it('every table and view is in the list, and every table has rows of both clients', async () => {
  expect(relations.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort())
  for (const { name, isView } of relations) {
    if (isView) continue
    const { rows } = await sql
      .raw<{ owner: string }>(`select ${ownerColumn(name) ?? `'all'`} as owner from ${name}`)
      .execute(test.db)
    expect([name, named(rows.map(({ owner }) => owner).sort())]).toEqual([
      name,
      ownerColumn(name) ? 'both' : 'all',
    ])
  }
})

it.each(Object.entries(expected))(
  '%s: each role may do what is written, and nothing else',
  async (name, rights) => {
    const relation = relations.find((one) => one.name === name)
    if (relation === undefined) throw new Error(`there is no ${name}`)
    const found = await Promise.all(
      roles.map(async (role) => [role, await rightsOf(role, relation)] as const),
    )
    expect(Object.fromEntries(found.filter(([, text]) => text !== ''))).toEqual(rights)
  },
)

it('a reader of the portal who is no client’s sees nothing', async () => {
  for (const { name, isView } of relations)
    if (isView)
      expect([
        name,
        await attempt('portal_reader', '', (trx) => rowsOf(trx, `select client_id as owner from ${name}`)),
      ]).toEqual([name, []])
})

it('to change the trail is not even granted to workers; its trigger is a second bolt', async () => {
  const { rows } = await sql`
    select has_any_column_privilege('app_worker', 'audit_events', 'update') as update,
      has_table_privilege('app_worker', 'audit_events', 'delete') as delete`.execute(test.db)
  expect(rows).toEqual([{ update: false, delete: false }])
})

it('nothing is granted to everybody', async () => {
  const { rows } = await sql`
    select relname from pg_class, aclexplode(relacl) a where relnamespace = 'public'::regnamespace and a.grantee = 0`.execute(
    test.db,
  )
  expect(rows).toEqual([])
})

it('what runs with the rights of its owner, or tells the portal, is for workers; only the search is for the portal too', async () => {
  const { rows } = await sql<{ name: string; may: readonly string[] }>`
    select proname as name, array(
      select role from unnest(${[...roles]}::text[]) role where has_function_privilege(role, p.oid, 'execute') order by 1) as may
    from pg_proc p
    where pronamespace = 'public'::regnamespace and (prosecdef or proname = 'tell_portal') and prorettype <> 'trigger'::regtype
    order by 1`.execute(test.db)
  expect(Object.fromEntries(rows.map(({ name, may }) => [name, may.join(' ')]))).toEqual({
    delete_client_from_audit: 'app_worker audit_retention',
    erase_people_from_audit: 'app_worker audit_retention',
    portal_search: 'app_worker portal_reader',
    tell_portal: 'app_worker',
  })
})

it('the search finds nothing in the index or the backlog of another client', async () => {
  await sql`update invoice_search set search_text = ' needle'`.execute(test.db)
  await sql`update search_backlog b set zoho_invoice_ids = '{new}', connection_id = (select id from connections where client_id = 'foreign')`.execute(
    test.db,
  )
  const { rows } = await sql<{ connection: string; client: string }>`
    select connection_id as connection, client_id as client from invoice_search
    union select id, client_id from connections`.execute(test.db)
  const foundOwn: unknown[] = []
  for (const { connection, client } of rows) {
    const found = await attempt('portal_reader', 'own', async (trx) => {
      const result =
        await sql`select * from portal_search(${connection}::uuid, '%needle%', '%needle%', 10)`.execute(trx)
      return result.rows.length > 0
    })
    if (client === 'own') foundOwn.push(found)
    else expect([client, found]).toEqual([client, false])
  }
  expect(foundOwn).toContain(true)
})
