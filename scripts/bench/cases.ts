/**
 * The benchmarks of the cases (docs/performance.md): how fast the job makes cases against a bare insert … select of
 * the same rows, and how long list and filter requests take on a million staged rows among five. Postgres is the
 * embedded one with its default durability.
 */
import { sql } from 'kysely'
import type { Db } from '../../db/core/database.ts'
import { submitCommand } from '../../src/cases/submit-command.ts'
import type { Ctx } from '../../src/context.ts'
import type { InvoiceFilter } from '../../src/invoices/invoice-filter.ts'
import { type ListQuery, listClientInvoices } from '../../src/invoices/list-invoices.ts'
import {
  completeOrder,
  connect,
  type Latency,
  largeClient,
  latency,
  loadMany,
  stageRows,
  timed,
  withOwnPostgres,
} from './many-rows.ts'

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
    /** Over the requests of all kinds but the searches. */
    readonly overall: Latency
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

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
      const created = await completeOrder(ctx, id)
      if (created !== items) throw new Error(`${created} of ${items} cases were created`)
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
      const took = await timed(() => listClientInvoices(ctx, largeClient, wanted))
      // the first ones warm the caches
      if (n >= 8) ms.push(took)
    }
    if (!kind.startsWith('search')) all.push(...ms)
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
          await listClientInvoices(ctx, largeClient, {
            filter: { eligibility: 'eligible' },
            sort,
            limit: 200,
            cursor,
          })
        ).next ?? undefined
    }
  }
  await measure('next pages', (n) => cursors[n])
  return { clientRows, allRows, kinds: results, overall: latency('lists and filters', all) }
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
  return withOwnPostgres('cases', async (ctx) => {
    const creation = await benchCreation(ctx, { items, rounds, report })
    if (clientRows === 0) return { creation }
    report(`loading ${allRows} staged rows, ${clientRows} of one client`)
    const loadMs = await timed(() => loadMany(ctx.db, clientRows, allRows))
    report(`loaded in ${Math.round(loadMs / 1000)} s`)
    return { creation, lists: await measureLists(ctx, { clientRows, allRows, requests, report }) }
  })
}
