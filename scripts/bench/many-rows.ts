/** What the benchmarks of cases and pages share: a database, many staged rows, and latencies. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createDatabase, type Db } from '../../db/core/database.ts'
import { startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { migrateToLatest } from '../../db/core/migrate.ts'
import { createCases } from '../../src/cases/create-cases.ts'
import { loadConfig } from '../../src/config.ts'
import type { Ctx } from '../../src/context.ts'
import { builtInPolicy } from '../../src/eligibility/policy.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { createMetrics } from '../../src/observability/metrics.ts'
import { createZohoClient } from '../../src/zoho/create-client.ts'

/** Milliseconds. */
export interface Latency {
  readonly kind: string
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export const latency = (kind: string, ms: readonly number[]): Latency => {
  const ordered = [...ms].sort((a, b) => a - b)
  const at = (share: number) =>
    Number(
      (ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? Number.NaN).toFixed(2),
    )
  return { kind, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** What the product needs to run on a database, with the queue in it or in a Redis; it tells nobody of due work. */
export const contextOn = (db: Db, databaseUrl: string, redisUrl?: string): Ctx => {
  const config = loadConfig({
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    TOKEN_ENCRYPTION_KEYS: `bench:${Buffer.alloc(32, 1).toString('base64')}`,
    PORTAL_JWT_SECRET: 'a secret of a benchmark, of no value at all',
    ZOHO_CLIENT_ID: 'bench',
    ZOHO_CLIENT_SECRET: 'bench',
    LOG_LEVEL: 'silent',
  })
  const log = createLogger({ level: 'silent' })
  return {
    config,
    log,
    db,
    zoho: createZohoClient({ zoho: config.zoho, log }),
    documentStore: undefined,
    clock: { now: () => new Date() },
    nudge: () => undefined,
    metrics: createMetrics(),
    policy: builtInPolicy,
  }
}

/** Gives `work` a migrated database in a Postgres of its own, which is gone afterwards. */
export const withOwnPostgres = async <T>(name: string, work: (ctx: Ctx) => Promise<T>): Promise<T> => {
  const directory = await mkdtemp(join(tmpdir(), `bench-${name}-`))
  const postgres = await startEmbeddedPostgres({ directory })
  try {
    const url = await postgres.database('bench')
    const db = createDatabase({ url, poolSize: 4 })
    try {
      await migrateToLatest(db)
      return await work(contextOn(db, url))
    } finally {
      await db.destroy()
    }
  } finally {
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

export const connect = async (db: Db, clientId: string, organizationId: string): Promise<string> => {
  await db
    .insertInto('clients')
    .values({ id: clientId, name: clientId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { id } = await db
    .insertInto('connections')
    .values({
      client_id: clientId,
      data_center: 'us',
      zoho_organization_id: organizationId,
      organization_name: clientId,
      connected_by: 'bench',
      webhook_token_hash: `${clientId}-${organizationId}`,
      proven_at: sql<Date>`now()`,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/**
 * Rows as a believable book has them: a tenth lacks a city, a fifth is not due yet, one in a hundred is a case, a
 * few currencies are rare. `connections` is a table of (n, id, client_id, organization).
 */
export const stageRows = (db: Db, source: ReturnType<typeof sql>) =>
  sql`
  insert into staged_invoices (connection_id, zoho_invoice_id, client_id, zoho_organization_id, creditor_reference,
    invoice_date, due_date, amount_to_recover, currency_code, debtor_name, debtor_email, debtor_phone, debtor_address,
    debtor_city, debtor_zip_code, debtor_country, debtor_country_alpha2, claim_description, zoho_customer_id, zoho_status,
    blockers, warnings, eligible_from, policy_version, content_hash, case_id, zoho_modified_at, proven_at)
  select connection_id, (260000000000000000 + i)::text, client_id, organization, 'INV-' || lpad(i::text, 8, '0'),
    due - 30, due, ((hashint8(i + 6) & 1073741823) % 1000000) / 100.0 + 100, currency, (array['Müller','Nordic','Acme','Banner','Café','Delta','Orion','Zeta'])[1 + customer_number % 8] || ' ' || customer_number, 'billing' || customer_number || '@example.com',
    '+49 30 901820', 'Hauptstr. ' || i % 200, city, '10115', 'Germany', 'DE', 'PO ' || (i * 104729 % 1000000), customer_number::text, 'overdue',
    jsonb_build_array(jsonb_build_object('code', 'invoice_date_in_future', 'values', jsonb_build_object('date', due - 30), 'until', due - 30),
      jsonb_build_object('code', 'not_overdue', 'values', jsonb_build_object('dueDate', due), 'until', due))
      || case when city is null then jsonb_build_array(jsonb_build_object('code', 'city_missing')) else '[]' end,
    jsonb_build_array(jsonb_build_object('code', 'older_than_24_months', 'values', jsonb_build_object('months', 24), 'from', due + 700)),
    case when city is not null then due end, ${builtInPolicy.version}, md5(i::text),
    case when is_case then gen_random_uuid() end, now(), now()
  from (
    -- independent of each other, as far as a hash makes them so
    select i, connection_id, client_id, organization,
      current_date - 400 + (hashint8(i) & 511) % 500 as due,
      case when (hashint8(i + 1) & 1023) % 10 <> 3 then 'Berlin' end as city,
      case (hashint8(i + 2) & 1048575) % 1000 when 1 then 'KWD' else case when (hashint8(i + 3) & 1023) % 20 = 0 then 'USD' else 'EUR' end end as currency,
      (hashint8(i + 4) & 1048575) % 20000 as customer_number,
      (hashint8(i + 5) & 1048575) % 100 = 7 as is_case
    from (${source}) wanted
  ) made`.execute(db)

const otherClients = 40
/** Whose rows `loadMany` loads `clientRows` of. */
export const largeClient = 'large'

/** Loading takes longer than any request may. */
const patiently = (db: Db, statements: readonly string[]) =>
  db.connection().execute(async (connection) => {
    await sql`set statement_timeout = 0`.execute(connection)
    for (const statement of statements) await sql.raw(statement).execute(connection)
    await sql`reset statement_timeout`.execute(connection)
  })

/**
 * One client's rows among all, in clumps of a page, as syncs that run at the same time leave them. The search
 * index is filled at once here; in life a job does it behind the sync.
 */
export const loadMany = async (db: Db, clientRows: number, allRows: number): Promise<void> => {
  await sql`create table bench_connections (n int primary key, id uuid, client_id text, organization text)`.execute(
    db,
  )
  for (let n = 0; n <= otherClients; n += 1) {
    const clientId = n === 0 ? largeClient : `other-${n}`
    const id = await connect(db, clientId, `7${n}`)
    await sql`insert into bench_connections values (${n}, ${id}, ${clientId}, ${`7${n}`})`.execute(db)
  }
  // every `share`th clump of 200 belongs to the large client
  const share = Math.max(1, Math.round(allRows / clientRows))
  const step = 50_000
  for (let from = 0; from < allRows; from += step)
    await stageRows(
      db,
      sql`
        select i, c.id as connection_id, c.client_id, c.organization
        from generate_series(${from}::bigint, ${Math.min(allRows, from + step) - 1}::bigint) i
        join bench_connections c on c.n = case when (i / 200) % ${share}::int = 0 then 0 else 1 + (i / 200) % ${otherClients}::int end`,
    )
  await patiently(db, [
    'drop index invoice_search_trigrams',
    'delete from search_backlog',
    `insert into invoice_search
     select connection_id, zoho_invoice_id, client_id, ' ' || trim_scale(amount_to_recover)::text || invoice_search_text(creditor_reference, debtor_name, debtor_email, claim_description)
     from staged_invoices where client_id like '${largeClient}' or client_id like 'other-%'`,
    `set maintenance_work_mem = '1GB'`,
    'create index invoice_search_trigrams on invoice_search using gin (connection_id, search_text gin_trgm_ops)',
    'reset maintenance_work_mem',
    'vacuum analyze staged_invoices',
    'vacuum analyze invoice_search',
    'checkpoint',
  ])
}

/**
 * Runs the job until the order is complete, as after a full run on its behalf: there is no Zoho to ask.
 *
 * @returns how many cases it made.
 */
export const completeOrder = async (ctx: Ctx, commandId: string): Promise<number> => {
  await sql`
    update connections c set proven_at = clock_timestamp() from case_commands m
    where m.id = ${commandId} and c.id = m.connection_id`.execute(ctx.db)
  for (;;) {
    await createCases(ctx, commandId)
    const { state, created } = await ctx.db
      .selectFrom('case_commands')
      .select(['state', 'created'])
      .where('id', '=', commandId)
      .executeTakeFirstOrThrow()
    if (state === 'completed') return created
  }
}
