/**
 * How long the portal's pages take with a million staged rows, and how large their HTML is (docs/performance.md): the
 * whole server over HTTP, one request after the other, as one person reads. Postgres is the embedded one.
 */
import type { Ctx } from '../../src/context.ts'
import { listClientInvoices } from '../../src/invoices/list-invoices.ts'
import { headersOf, orderCases, timeAddress, withLargePortal } from './large-portal.ts'
import { type Latency, largeClient, latency, loadMany, timed, withOwnPostgres } from './many-rows.ts'

export interface PagesBenchOptions {
  /** Staged rows of the client. */
  readonly rows?: number
  /** Requests of each page. */
  readonly requests?: number
  readonly report?: (line: string) => void
}

export interface PagesBench {
  readonly rows: number
  /** How long the totals of all rows take, which arrive after the page. */
  readonly totalsMs: number
  /** Milliseconds from the request to the last byte, and the size of the largest answer in kB. */
  readonly pages: readonly (Latency & { readonly kB: number })[]
}

/** A command as large as one may be. */
const ordered = 10_000

/** Each page with the addresses that a person would follow on it. */
const addresses = async (ctx: Ctx, commandId: string): Promise<Record<string, (n: number) => string>> => {
  const cases = await ctx.db.selectFrom('cases').select('id').limit(200).execute()
  const invoices = await ctx.db
    .selectFrom('staged_invoices')
    .select('zoho_invoice_id as id')
    .where('client_id', '=', largeClient)
    .limit(200)
    .execute()
  const next: string[] = []
  for (let cursor: string | undefined, page = 0; page < 100; page += 1) {
    const list = await listClientInvoices(ctx, largeClient, { filter: {}, limit: 50, cursor })
    cursor = list.next ?? undefined
    if (cursor === undefined) break
    next.push(`/bulk-import?cursor=${encodeURIComponent(cursor)}`)
  }
  const sorts = ['dueDate', 'amount', 'customer', 'invoiceNumber']
  const some = <T>(list: readonly T[], n: number): T => list[n % list.length] as T
  const chosen = invoices.slice(0, 50).map(({ id }) => id)
  return {
    integrations: () => '/integrations',
    'bulk import': () => '/bulk-import',
    'bulk import, sorted': (n) => `/bulk-import?sort=${some(sorts, n)}&order=${n % 8 < 4 ? 'asc' : 'desc'}`,
    'bulk import, next pages': (n) => some(next, n),
    'bulk import, 100 a page': () => '/bulk-import?limit=100',
    'bulk import, eligible': () => '/bulk-import?eligibility=eligible',
    'bulk import, blocked': () => '/bulk-import?eligibility=blocked',
    'bulk import, search': (n) => `/bulk-import?q=${encodeURIComponent(`müller ${(n * 8) % 20_000}`)}`,
    'bulk import, amount': (n) => `/bulk-import?minAmount=${100 + ((n * 977) % 9_990)}`,
    'bulk import, currency': () => '/bulk-import?currency=USD',
    'an invoice': (n) => `/bulk-import/invoices/${some(invoices, n).id}`,
    'review of 50': () => `/bulk-import/review?ids=${chosen.join(',')}`,
    'review of some 10,000': (n) => `/bulk-import/review?select=all&minAmount=${10_000 - (n % 9)}`,
    'result of a command': () => `/bulk-import/commands/${commandId}`,
    cases: () => '/cases',
    'cases, search': (n) => `/cases?q=INV-${String(n).padStart(8, '0')}`,
    'a case': (n) => `/cases/${some(cases, n).id}`,
  }
}

/** Runs the benchmark in a Postgres of its own. */
export const benchPages = async ({
  rows = 1_000_000,
  requests = 100,
  report = () => undefined,
}: PagesBenchOptions = {}): Promise<PagesBench> =>
  withOwnPostgres('pages', async (ctx) => {
    report(`loading ${rows} staged rows`)
    await loadMany(ctx.db, rows, rows)
    return measurePages(ctx, { rows, requests, report })
  })

/** Needs what `loadMany` loaded. */
const measurePages = (
  ctx: Ctx,
  { rows, requests, report }: Required<PagesBenchOptions>,
): Promise<PagesBench> =>
  withLargePortal(ctx, async (portal) => {
    // The totals of so many rows are not part of a page: it asks for them once it stands.
    const totalsMs = await timed(() =>
      fetch(`${portal.origin}/bulk-import/totals`, { headers: headersOf(portal) }),
    )
    report(`totals of all: ${Math.round(totalsMs)} ms`)
    const pages: (Latency & { kB: number })[] = []
    for (const [kind, address] of Object.entries(await addresses(ctx, await orderCases(ctx, ordered)))) {
      const { ms, bytes } = await timeAddress(portal, address, requests)
      const page = { ...latency(kind, ms), kB: Math.round(bytes / 1000) }
      pages.push(page)
      report(`${kind}: p50 ${page.p50} ms, p95 ${page.p95}, p99 ${page.p99}, max ${page.max}; ${page.kB} kB`)
    }
    return { rows, totalsMs, pages }
  })
