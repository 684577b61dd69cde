/**
 * Every filter, order and page of the lists with 8,000 invoices, over HTTP with their totals, and what a slow phone sees first
 * (docs/performance.md).
 */
import { sql } from 'kysely'
import { chromium } from 'playwright-core'
import type { Ctx } from '../../src/context.ts'
import { listClientInvoices } from '../../src/invoices/list-invoices.ts'
import { type LargePortal, orderCases, timeAddress, withLargePortal } from './large-portal.ts'
import { type Latency, largeClient, latency, loadMany, withOwnPostgres } from './many-rows.ts'

export interface PortalBenchOptions {
  readonly rows?: number
  /** Requests of each address. */
  readonly requests?: number
  readonly report?: (line: string) => void
}

export interface PhoneVisit {
  /** Milliseconds until the largest part of the first screen stands, of each visit. */
  readonly lcp: readonly number[]
  /** The largest of all visits. */
  readonly cls: number
}

export interface PortalBench {
  readonly rows: number
  /** Milliseconds from the request to the last byte. */
  readonly lists: readonly Latency[]
  /** Undefined without a Chromium. */
  readonly phone: Readonly<Record<string, PhoneVisit>> | undefined
}

const most = 150
const visits = 5
/** 1.6 Mbit/s with 150 ms, and a processor at a quarter of this one. */
const phone = { latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750, offline: false }
const slower = 4

const invoiceLists = (cursor: string): Readonly<Record<string, string>> => {
  const sorts = ['dueDate', 'amount', 'customer', 'invoiceNumber']
  const filters = {
    '0–30 days overdue': 'age=0-30',
    '31–60 days overdue': 'age=31-60',
    '61–90 days overdue': 'age=61-90',
    'more than 90 days overdue': 'age=91-',
    'due date': 'dueFrom=2026-01-01&dueTo=2026-12-31',
    'invoice date': 'invoiceDateFrom=2026-01-01&invoiceDateTo=2026-12-31',
    'amount by value': 'minAmount=500&maxAmount=5000',
    'amount of a currency': 'minAmount=500&currency=USD',
    currency: 'currency=USD',
    'rare currency': 'currency=KWD',
    customer: 'customerId=4711',
    'reason, frequent': 'eligibility=blocked&reason=city_missing',
    'reason, rare': 'eligibility=blocked&reason=currency_unknown',
    'reason, a warning': 'reason=older_than_24_months',
    'search, number': 'q=INV-00000123',
    'search, customer': 'q=nordic',
    'search, amount': 'q=1234.56',
    'search, nothing': 'q=nobody',
    'all filters': 'age=31-60&minAmount=200&currency=EUR&q=acme&reason=city_missing',
  }
  return Object.fromEntries([
    ...['eligible', 'blocked', 'case', 'all'].map((tab) => [`tab ${tab}`, `eligibility=${tab}`]),
    ...sorts.flatMap((sort) => [
      [`sort ${sort}`, `eligibility=all&sort=${sort}`],
      [`sort ${sort}, descending`, `eligibility=all&sort=${sort}&order=desc`],
    ]),
    ['a page in the middle', `eligibility=all&cursor=${encodeURIComponent(cursor)}`],
    ['100 a page', 'eligibility=all&limit=100'],
    ...Object.entries(filters).map(([name, query]) => [
      name,
      query.includes('eligibility') ? query : `eligibility=all&${query}`,
    ]),
    ...Object.entries(filters).map(([name, query]) => [
      `${name}, by amount`,
      `eligibility=all&sort=amount&order=desc&${query.replace('eligibility=blocked&', '')}`,
    ]),
  ]) as Record<string, string>
}

const caseLists: Readonly<Record<string, string>> = {
  all: '',
  'created between': 'createdFrom=2026-01-01&createdTo=2036-01-01',
  amount: 'minAmount=500&maxAmount=5000',
  currency: 'currency=USD',
  status: 'status=withdrawn',
  'invoice state': 'invoiceState=unpaid',
  search: 'q=INV-000001',
  'search, debtor': 'q=nordic',
  ...Object.fromEntries(
    ['createdAt', 'invoiceStateSince', 'amount', 'outstanding', 'dueDate', 'debtor'].map((sort) => [
      `sort ${sort}`,
      `sort=${sort}`,
    ]),
  ),
}

/** A book in three currencies, an order of a quarter of it, and a cursor from the middle of the list. */
const prepare = async (ctx: Ctx, rows: number): Promise<string> => {
  await loadMany(ctx.db, rows, rows)
  await sql`update connections set organization_currency_code = 'EUR' where client_id = ${largeClient}`.execute(
    ctx.db,
  )
  await sql`
    update staged_invoices set base_rate = case currency_code when 'USD' then 0.9 else 2.9 end,
      base_rate_source = case currency_code when 'USD' then 'zoho' else 'policy' end
    where client_id = ${largeClient} and currency_code <> 'EUR'`.execute(ctx.db)
  await sql`vacuum analyze staged_invoices`.execute(ctx.db)
  await orderCases(ctx, rows / 4)
  await sql`analyze`.execute(ctx.db)
  const half = await listClientInvoices(ctx, largeClient, { filter: {}, limit: 200 })
  return half.next ?? ''
}

const measure = async (
  portal: LargePortal,
  addresses: Readonly<Record<string, string>>,
  { requests, report }: { requests: number; report: (line: string) => void },
): Promise<Latency[]> => {
  const results: Latency[] = []
  for (const [kind, path] of Object.entries(addresses)) {
    const { ms } = await timeAddress(portal, () => path, requests)
    const result = latency(kind, ms)
    results.push(result)
    report(
      `${kind}: p50 ${result.p50} ms, p95 ${result.p95}, max ${result.max}${result.p95 > most ? `  OVER ${most} ms` : ''}`,
    )
  }
  return results
}

const observe = `
  window.seen = { lcp: 0, cls: 0 }
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.seen.lcp = entry.startTime })
    .observe({ type: 'largest-contentful-paint', buffered: true })
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.seen.cls += entry.value })
    .observe({ type: 'layout-shift', buffered: true })`

/** Visits with nothing in the cache, as the first time. */
const visitByPhone = async ({ origin, cookie }: LargePortal, paths: readonly string[]) => {
  const [name = '', value = ''] = cookie.split('=')
  const browser = await chromium.launch({
    executablePath: process.env['TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  try {
    const seen: Record<string, PhoneVisit> = {}
    for (const path of paths) {
      const lcp: number[] = []
      let cls = 0
      for (let visit = 0; visit < visits; visit += 1) {
        const context = await browser.newContext({
          viewport: { width: 412, height: 823 },
          deviceScaleFactor: 1.75,
          isMobile: true,
          hasTouch: true,
        })
        await context.addCookies([{ name, value, url: origin }])
        const page = await context.newPage()
        await page.addInitScript(observe)
        const devtools = await context.newCDPSession(page)
        await devtools.send('Network.enable')
        await devtools.send('Network.emulateNetworkConditions', phone)
        await devtools.send('Emulation.setCPUThrottlingRate', { rate: slower })
        await page.goto(`${origin}${path}`, { waitUntil: 'load' })
        await page.locator('[data-load]').waitFor({ state: 'detached' })
        await page.evaluate(
          'new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(next))))',
        )
        const found = (await page.evaluate('window.seen')) as { lcp: number; cls: number }
        lcp.push(Math.round(found.lcp))
        cls = Math.max(cls, found.cls)
        await context.close()
      }
      seen[path] = { lcp, cls: Math.round(cls * 10_000) / 10_000 }
    }
    return seen
  } finally {
    await browser.close()
  }
}

/** Runs the benchmark in a Postgres of its own. */
export const benchPortal = ({
  rows = 8_000,
  requests = 20,
  report = () => undefined,
}: PortalBenchOptions = {}): Promise<PortalBench> =>
  withOwnPostgres('portal', async (ctx) => {
    report(`loading ${rows} staged rows`)
    const cursor = await prepare(ctx, rows)
    return withLargePortal(ctx, async (portal) => {
      const prefixed = (prefix: string, path: string, lists: Readonly<Record<string, string>>) =>
        Object.fromEntries(
          Object.entries(lists).map(([name, query]) => [`${prefix}: ${name}`, `${path}?${query}`]),
        )
      const lists = await measure(
        portal,
        {
          // with its totals, which a page of so few rows has at once
          ...prefixed('invoices', '/bulk-import/totals', invoiceLists(cursor)),
          ...prefixed('cases', '/cases', caseLists),
        },
        { requests, report },
      )
      const visited = await visitByPhone(portal, ['/bulk-import', '/cases', '/integrations']).catch(
        (error: unknown) => {
          report(`no browser: ${String(error).split('\n')[0]}`)
          return undefined
        },
      )
      for (const [path, { lcp, cls }] of Object.entries(visited ?? {}))
        report(`slow phone, ${path}: LCP ${lcp.join(', ')} ms, CLS ${cls}`)
      return { rows, lists, phone: visited }
    })
  })
