/**
 * The benchmarks of the cases (docs/performance.md): how fast the job makes cases against a bare insert … select of
 * the same rows, and how long list and filter requests take on a million staged rows among five. Postgres is the
 * embedded one with its default durability.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createDatabase, type Db } from '../../db/database.ts'
import { startEmbeddedPostgres } from '../../db/embedded-postgres.ts'
import { migrateToLatest } from '../../db/migrate.ts'
import { createCases } from '../../src/cases/create-cases.ts'
import { builtInPolicy } from '../../src/cases/policy.ts'
import { submitCommand } from '../../src/cases/submit-command.ts'
import { loadConfig } from '../../src/config.ts'
import type { Ctx } from '../../src/context.ts'
import type { InvoiceFilter } from '../../src/invoices/invoice-filter.ts'
import { type ListQuery, listClientInvoices } from '../../src/invoices/list-invoices.ts'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics.ts'
import { createZohoClient } from '../../src/zoho/create-client.ts'

export interface CasesBenchOptions {
  /** Items of a command. */
  readonly items?: number
  readonly rounds?: number
  /** Staged rows of one client, and of all; 0 leaves the measurement out. */
  readonly clientRows?: number
  readonly allRows?: number
  /** Requests of each kind. */
  readonly requests?: number
  readonly report?: (line: string) => void
}

export interface Latency {
  readonly kind: string
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export interface CasesBench {
  readonly creation: {
    readonly items: number
    readonly casesPerSecond: readonly number[]
    readonly bareRowsPerSecond: readonly number[]
    /** Median of ours ÷ median of the bare insert's. */
    readonly ratio: number
  }
  readonly lists?: {
    readonly clientRows: number
    readonly allRows: number
    /** Milliseconds. */
    readonly kinds: readonly Latency[]
    /** Over the requests of all kinds. */
    readonly overall: Latency
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const contextOn = (db: Db, databaseUrl: string): Ctx => {
  const config = loadConfig({
    DATABASE_URL: databaseUrl,
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
    clock: { now: () => new Date() },
    nudge: () => undefined,
    metrics: createMetrics(),
    policy: builtInPolicy,
  }
}

const connect = async (db: Db, clientId: string, organizationId: string): Promise<string> => {
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
      webhook_token: `${clientId}-${organizationId}`,
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
const stageRows = (db: Db, source: ReturnType<typeof sql>) =>
  sql`
  insert into staged_invoices (connection_id, zoho_invoice_id, client_id, zoho_organization_id, creditor_reference,
    invoice_date, due_date, amount_to_recover, currency_code, debtor_name, debtor_email, debtor_phone, debtor_address,
    debtor_city, debtor_zip_code, debtor_country, debtor_country_alpha2, claim_description, zoho_customer_id, zoho_status,
    blockers, warnings, eligible_from, policy_version, content_hash, case_id, zoho_modified_at, proven_at)
  select connection_id, (260000000000000000 + i)::text, client_id, organization, 'INV-' || lpad(i::text, 8, '0'),
    due - 30, due, ((hashint8(i + 6) & 1073741823) % 1000000) / 100.0 + 100, currency, (array['Müller','Nordic','Acme','Banner','Café','Delta','Orion','Zeta'])[1 + customer_number % 8] || ' ' || customer_number, 'billing' || customer_number || '@example.com',
    '+49 30 901820', 'Hauptstr. ' || i % 200, city, '10115', 'Germany', 'DE', 'PO ' || (i * 104729 % 1000000), customer_number::text, 'overdue',
    jsonb_build_array(jsonb_build_object('code', 'invoice_date_in_future', 'message', 'The invoice is dated in the future.', 'field', 'date', 'until', due - 30),
      jsonb_build_object('code', 'not_overdue', 'message', 'It can become a case when it is due.', 'field', 'dueDate', 'until', due))
      || case when city is null then jsonb_build_array(jsonb_build_object('code', 'city_missing', 'message', 'The billing address has no city.', 'field', 'debtor.city')) else '[]' end,
    jsonb_build_array(jsonb_build_object('code', 'older_than_24_months', 'message', 'The invoice is older than 24 months.', 'field', 'date', 'from', due + 700)),
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

const insertBare = (db: Db, connectionId: string, commandId: string) =>
  sql`
  insert into cases (reference, client_id, connection_id, command_id, data_center, zoho_organization_id, zoho_invoice_id,
    creditor_reference, invoice_date, due_date, amount_to_recover, currency_code, debtor_name, debtor_email, debtor_phone,
    debtor_address, debtor_city, debtor_zip_code, debtor_state, debtor_country_alpha2, claim_description, zoho_status,
    zoho_customer_id, zoho_modified_at, proven_at, proof, created_by)
  select md5(zoho_organization_id || zoho_invoice_id), client_id, connection_id, ${commandId}, 'us', zoho_organization_id, zoho_invoice_id,
    creditor_reference, invoice_date, due_date, amount_to_recover, currency_code, debtor_name, debtor_email, debtor_phone,
    debtor_address, debtor_city, debtor_zip_code, debtor_state, debtor_country_alpha2, claim_description, zoho_status,
    zoho_customer_id, zoho_modified_at, proven_at, jsonb_build_object('amount', amount_to_recover::text), 'bench'
  from staged_invoices where connection_id = ${connectionId}`.execute(db)

const emptyCommand = async (db: Db, clientId: string): Promise<string> =>
  (
    await db
      .insertInto('case_commands')
      .values({
        client_id: clientId,
        request_hash: '',
        requested_by: 'bench',
        confirm_undisputed: true,
        selection: '{}',
        state: 'completed',
        total: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
  ).id

const eligibleRows = (connectionId: string, clientId: string, organization: string, items: number) => sql`
  select (i * 10 + 4)::bigint as i, ${connectionId}::uuid as connection_id, ${clientId} as client_id, ${organization} as organization
  from generate_series(1, ${items}) i`

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return performance.now() - started
}

const benchCreation = async (
  ctx: Ctx,
  { items, rounds, report }: Required<Pick<CasesBenchOptions, 'items' | 'rounds' | 'report'>>,
): Promise<CasesBench['creation']> => {
  const casesPerSecond: number[] = []
  const bareRowsPerSecond: number[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const prepare = async (kind: string) => {
      const [clientId, organization] = [`${kind}-${round}`, `${kind}${round}`]
      const connectionId = await connect(ctx.db, clientId, organization)
      await stageRows(ctx.db, eligibleRows(connectionId, clientId, organization, items))
      await sql`update staged_invoices set debtor_city = 'Berlin', invoice_date = current_date - 40, due_date = current_date - 10, eligible_from = current_date - 10, case_id = null where connection_id = ${connectionId}`.execute(
        ctx.db,
      )
      return { clientId, connectionId }
    }
    const bare = await prepare('bare')
    const ours = await prepare('ours')
    await sql`vacuum analyze staged_invoices`.execute(ctx.db)
    const bareCommand = await emptyCommand(ctx.db, bare.clientId)
    const { id } = await submitCommand(ctx, {
      clientId: ours.clientId,
      subject: 'bench',
      selection: { filter: {} },
      confirmUndisputed: true,
    })
    await sql`checkpoint`.execute(ctx.db)
    const bareMs = await timed(() => insertBare(ctx.db, bare.connectionId, bareCommand))
    await sql`checkpoint`.execute(ctx.db)
    const oursMs = await timed(async () => {
      for (let done = false; !done; ) {
        await createCases(ctx, id)
        const row = await ctx.db
          .selectFrom('case_commands')
          .select(['state', 'created'])
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
        done = row.state === 'completed'
        if (done && row.created !== items) throw new Error(`${row.created} of ${items} cases were created`)
      }
    })
    bareRowsPerSecond.push((items / bareMs) * 1000)
    casesPerSecond.push((items / oursMs) * 1000)
    report(
      `round ${round}: ${Math.round(items / (oursMs / 1000))} cases/s, bare ${Math.round(items / (bareMs / 1000))} rows/s`,
    )
  }
  return {
    items,
    casesPerSecond,
    bareRowsPerSecond,
    ratio: median(casesPerSecond) / median(bareRowsPerSecond),
  }
}

const otherClients = 40

/** Loading takes longer than any request may. */
const patiently = (db: Db, statements: readonly string[]) =>
  db.connection().execute(async (connection) => {
    await sql`set statement_timeout = 0`.execute(connection)
    for (const statement of statements) await sql.raw(statement).execute(connection)
    await sql`reset statement_timeout`.execute(connection)
  })

/**
 * One client's million among five, in clumps of a page, as syncs that run at the same time leave them. The search
 * index is filled at once here; in life a job does it behind the sync.
 */
const loadMany = async (db: Db, clientRows: number, allRows: number): Promise<void> => {
  await sql`create table bench_connections (n int primary key, id uuid, client_id text, organization text)`.execute(
    db,
  )
  for (let n = 0; n <= otherClients; n += 1) {
    const clientId = n === 0 ? 'large' : `other-${n}`
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
     select connection_id, zoho_invoice_id, client_id, invoice_search_text(creditor_reference, debtor_name, debtor_email, claim_description)
     from staged_invoices where client_id like 'large' or client_id like 'other-%'`,
    `set maintenance_work_mem = '1GB'`,
    'create index invoice_search_trigrams on invoice_search using gin (connection_id, search_text gin_trgm_ops)',
    'reset maintenance_work_mem',
    'vacuum analyze staged_invoices',
    'vacuum analyze invoice_search',
    'checkpoint',
  ])
}

const kinds = (
  clientRows: number,
): Record<string, (n: number) => Omit<ListQuery, 'filter'> & { filter: InvoiceFilter }> => {
  const sorts = ['dueDate', 'amount', 'customer', 'invoiceNumber'] as const
  const sorted = (n: number) => ({
    sort: sorts[n % 4],
    order: n % 8 < 4 ? ('asc' as const) : ('desc' as const),
  })
  return {
    'first page': (n) => ({ ...sorted(n), filter: {} }),
    eligible: (n) => ({ ...sorted(n), filter: { eligibility: 'eligible' } }),
    blocked: (n) => ({ ...sorted(n), filter: { eligibility: 'blocked' } }),
    'with a case': (n) => ({ ...sorted(n), filter: { eligibility: 'case' } }),
    'days overdue': (n) => ({
      ...sorted(n),
      filter: { eligibility: 'eligible', minDaysOverdue: (n * 37) % 420 },
    }),
    amount: (n) => ({ ...sorted(n), filter: { minAmount: String(100 + ((n * 977) % 9990)) } }),
    'rare amount': (n) => ({ ...sorted(n), filter: { minAmount: '10099.5' } }),
    currency: (n) => ({ ...sorted(n), filter: { currency: 'USD' } }),
    'rare currency': (n) => ({ ...sorted(n), filter: { currency: 'KWD', eligibility: 'eligible' } }),
    'search: number': (n) => ({
      ...sorted(n),
      filter: {
        q: `inv-${String(Math.floor(((n * 7919) % clientRows) / 200) * 1000 + (n % 200)).padStart(8, '0')}`,
      },
    }),
    'search: customer': (n) => ({ ...sorted(n), filter: { q: `MÜLLER ${(n * 8) % 20000}` } }),
    'search: common': (n) => ({ ...sorted(n), filter: { q: 'acme' } }),
    'search: e-mail, eligible': (n) => ({
      ...sorted(n),
      filter: { q: `ng${(n * 13) % 20000}@exam`, eligibility: 'eligible' },
    }),
    'search: nothing': (n) => ({ ...sorted(n), filter: { q: `nobody ${n}` } }),
    'search: two letters': (n) => ({ ...sorted(n), filter: { q: ['or', 'ze', 'qx', 'de'][n % 4] } }),
  }
}

const latency = (kind: string, ms: readonly number[]): Latency => {
  const ordered = [...ms].sort((a, b) => a - b)
  const at = (share: number) =>
    Number(
      (ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? Number.NaN).toFixed(2),
    )
  return { kind, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

/** Needs what `loadMany` loaded. */
const measureLists = async (
  ctx: Ctx,
  {
    clientRows,
    allRows,
    requests,
    report,
  }: Required<Pick<CasesBenchOptions, 'clientRows' | 'allRows' | 'requests' | 'report'>>,
): Promise<NonNullable<CasesBench['lists']>> => {
  const all: number[] = []
  const results: Latency[] = []
  const measure = async (kind: string, query: (n: number) => ListQuery | undefined) => {
    const ms: number[] = []
    for (let n = 0; n < requests + 8; n += 1) {
      const wanted = query(n)
      if (wanted === undefined) continue
      const took = await timed(() => listClientInvoices(ctx, 'large', wanted))
      // the first ones warm the caches
      if (n >= 8) ms.push(took)
    }
    all.push(...ms)
    const result = latency(kind, ms)
    results.push(result)
    report(`${kind}: p50 ${result.p50} ms, p95 ${result.p95}, p99 ${result.p99}, max ${result.max}`)
  }
  for (const [kind, query] of Object.entries(kinds(clientRows))) await measure(kind, query)
  const cursors: ListQuery[] = []
  for (const sort of ['dueDate', 'amount', 'customer', 'invoiceNumber'] as const) {
    let cursor: string | undefined
    for (let page = 0; page < Math.ceil(requests / 4) + 2; page += 1) {
      cursors.push({ filter: { eligibility: 'eligible' }, sort, limit: 50, cursor })
      cursor =
        (
          await listClientInvoices(ctx, 'large', {
            filter: { eligibility: 'eligible' },
            sort,
            limit: 200,
            cursor,
          })
        ).next ?? undefined
    }
  }
  await measure('next pages', (n) => cursors[n])
  return { clientRows, allRows, kinds: results, overall: latency('all', all) }
}

/** Runs the benchmarks in a Postgres of their own. */
export const benchCases = async (options: CasesBenchOptions = {}): Promise<CasesBench> => {
  const {
    items = 10_000,
    rounds = 3,
    clientRows = 1_000_000,
    allRows = 5_000_000,
    requests = 200,
    report = () => undefined,
  } = options
  const directory = await mkdtemp(join(tmpdir(), 'bench-cases-'))
  const postgres = await startEmbeddedPostgres({ directory })
  try {
    const url = await postgres.database('bench')
    const db = createDatabase({ url, poolSize: 4 })
    try {
      await migrateToLatest(db)
      const ctx = contextOn(db, url)
      const creation = await benchCreation(ctx, { items, rounds, report })
      if (clientRows === 0) return { creation }
      report(`loading ${allRows} staged rows, ${clientRows} of one client`)
      const loadMs = await timed(() => loadMany(db, clientRows, allRows))
      report(`loaded in ${Math.round(loadMs / 1000)} s`)
      return { creation, lists: await measureLists(ctx, { clientRows, allRows, requests, report }) }
    } finally {
      await db.destroy()
    }
  } finally {
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
