/**
 * Staged invoices as the portal reads them: through the view, so limited to one client by row-level security.
 * Run inside `asPortalReader`, or in a transaction after `limitToClient`.
 */
import { type ExpressionBuilder, type ExpressionWrapper, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { likeLiteral } from '../core/like.ts'
import type { CaseStatus, Database, PortalInvoice, RateSource } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'
import { type SearchPattern, searchCall, searchCandidates } from './invoice-search.repo.ts'

export type Eligibility = 'eligible' | 'blocked' | 'case' | 'all'

export interface InvoiceFilter {
  /** Part of number, customer, e-mail or description; neither case nor accents matter. */
  readonly q?: string | undefined
  /** The amount that `q` may mean, a decimal string. */
  readonly qAmount?: string | undefined
  readonly eligibility?: Eligibility | undefined
  /** Latest due date, `yyyy-mm-dd`. */
  readonly dueBy?: string | undefined
  /** By value in the organization's currency; ten-thousandths, as in `value_key`. */
  readonly minValueKey?: string | undefined
  readonly maxValueKey?: string | undefined
  /** In the currency of the invoice itself: where only one is asked for. */
  readonly minAmount?: string | undefined
  readonly maxAmount?: string | undefined
  /** Earliest due date; without one, an invoice does not match. */
  readonly dueFrom?: string | undefined
  readonly invoiceDateFrom?: string | undefined
  readonly invoiceDateTo?: string | undefined
  readonly customerId?: string | undefined
  /** Code of a finding that is in force, blocker or warning. */
  readonly reason?: string | undefined
  /** Invoices that were taken out of a selection by filter. */
  readonly except?: readonly string[] | undefined
  /** These and no others. */
  readonly only?: readonly string[] | undefined
  /** Leaves out what a payment under way holds back. */
  readonly notHeld?: boolean | undefined
  readonly currency?: string | undefined
  /**
   * Latest due date that an eligible invoice can have under the policy. Implied by `eligible`, but it lets the
   * index by due date skip all that is not due yet.
   */
  readonly eligibleDueBy?: string | undefined
}

export type InvoiceSort = 'dueDate' | 'amount' | 'customer' | 'invoiceNumber'
export type Order = 'asc' | 'desc'

/** A place in the list: everything after it, or before it. */
export interface InvoiceCursor {
  readonly direction: 'next' | 'previous'
  readonly key: string
  readonly id: string
}

export interface InvoiceScope {
  readonly connectionId: string
  /** The organization's date. */
  readonly today: string
  readonly filter: InvoiceFilter
}

export interface InvoiceQuery extends InvoiceScope {
  readonly sort: InvoiceSort
  readonly order: Order
  readonly limit: number
  readonly cursor?: InvoiceCursor | undefined
}

/** `own_case_id` is null when the case belongs to another client of the same organization. */
export type ListedInvoiceRow = PortalInvoice & {
  readonly own_case_id: string | null
  readonly own_case_reference: string | null
  readonly own_case_status: CaseStatus | null
}

export interface InvoicePageRows {
  readonly rows: readonly ListedInvoiceRow[]
  readonly next: InvoiceCursor | null
  readonly previous: InvoiceCursor | null
}

/** From here to the end of the transaction the portal's views show this client only. */
export const limitToClient = async (trx: Trx, clientId: string): Promise<void> => {
  await sql`select set_config('app.client_id', ${clientId}, true)`.execute(trx)
}

type Builder = ExpressionBuilder<Database & { i: PortalInvoice }, 'i'>

/**
 * What a search looks for. Three characters or more: anywhere. One or two: at the beginning of a word, since no index
 * finds them elsewhere. The text it is compared with has a blank before each field.
 */
const likePattern = (q: string): string => {
  const literal = likeLiteral(q)
  return [...q].length < 3 ? `% ${literal}%` : `%${literal}%`
}

/** Whether trigrams can be taken from it: three letters or digits in a row, or a word's beginning. */
const isIndexable = (q: string): boolean =>
  [...q].length < 3 ? /^[\p{L}\p{N}]+$/u.test(q) : /[\p{L}\p{N}]{3}/u.test(q)

/** What no blocker is in force for on that day, whether it is a case or not. */
export const isEligible = (today: string) =>
  sql<SqlBool>`(i.eligible_from <= ${today}::date and (i.eligible_until is null or ${today}::date < i.eligible_until))`

const matchesText = (q: string) => sql<SqlBool>`(
  invoice_search_text(i.creditor_reference, i.debtor_name, i.debtor_email, i.claim_description) like fold_text(${likePattern(q)}))`

const hasAmount = (amount: string) => sql<SqlBool>`(i.amount_to_recover = ${amount}::numeric)`

/**
 * A finding is in force on days from <= day < until; days are compared as texts, which order alike. One walk through the
 * list in C: while it was taken apart in SQL, a warning that each of 8,000 invoices has took 0.8 s instead of 0.05.
 */
const inForce =
  '$[*] ? (@.code == $code && (!exists(@.from) || @.from <= $day) && (!exists(@.until) || @.until > $day))'

const hasFinding = (code: string, day: string) => {
  const among = (findings: string) =>
    sql`jsonb_path_exists(${sql.ref(findings)}, ${sql.lit(inForce)}::jsonpath, ${JSON.stringify({ code, day })}::jsonb)`
  return sql<SqlBool>`(${among('i.blockers')} or ${among('i.warnings')})`
}

/** The one meaning of a filter in SQL; it gives exactly what `assess` says on the same day. */
export const invoiceFilter =
  ({ connectionId, today, filter }: InvoiceScope) =>
  (eb: Builder): ExpressionWrapper<Database & { i: PortalInvoice }, 'i', SqlBool> => {
    const all = [eb('i.connection_id', '=', connectionId), eb('i.state', '=', 'open')]
    if (filter.eligibility === 'case') all.push(eb('i.case_id', 'is not', null))
    if (filter.eligibility === 'eligible') {
      // the second says no more than the third, but an index understands it
      all.push(
        eb('i.case_id', 'is', null),
        eb('i.eligible_from', '<=', today),
        eb(isEligible(today), 'is', sql<SqlBool>`true`),
      )
      if (filter.eligibleDueBy !== undefined) all.push(eb('i.due_key', '<=', filter.eligibleDueBy))
    }
    if (filter.eligibility === 'blocked')
      all.push(eb('i.case_id', 'is', null), eb(isEligible(today), 'is not', sql<SqlBool>`true`))
    if (filter.dueBy !== undefined) all.push(eb('i.due_key', '<=', filter.dueBy))
    if (filter.minValueKey !== undefined)
      all.push(eb('i.value_key', '>=', sql<number>`${filter.minValueKey}::bigint`))
    if (filter.maxValueKey !== undefined)
      all.push(eb('i.value_key', '<=', sql<number>`${filter.maxValueKey}::bigint`))
    if (filter.minAmount !== undefined)
      all.push(eb('i.amount_to_recover', '>=', sql<string>`${filter.minAmount}::numeric`))
    if (filter.maxAmount !== undefined)
      all.push(eb('i.amount_to_recover', '<=', sql<string>`${filter.maxAmount}::numeric`))
    if (filter.dueFrom !== undefined)
      all.push(eb('i.due_key', '>=', filter.dueFrom), eb('i.due_key', '<', 'infinity'))
    if (filter.invoiceDateFrom !== undefined) all.push(eb('i.invoice_date', '>=', filter.invoiceDateFrom))
    if (filter.invoiceDateTo !== undefined) all.push(eb('i.invoice_date', '<=', filter.invoiceDateTo))
    if (filter.customerId !== undefined) all.push(eb('i.zoho_customer_id', '=', filter.customerId))
    if (filter.reason !== undefined)
      all.push(
        filter.reason === 'already_a_case'
          ? eb('i.case_id', 'is not', null)
          : eb(hasFinding(filter.reason, today), 'is', sql<SqlBool>`true`),
      )
    if (filter.currency !== undefined) all.push(eb('i.currency_code', '=', filter.currency))
    if (filter.except !== undefined && filter.except.length > 0)
      all.push(eb('i.zoho_invoice_id', 'not in', filter.except))
    if (filter.only !== undefined)
      all.push(eb(sql<SqlBool>`(i.zoho_invoice_id = any(${filter.only}::text[]))`, 'is', sql<SqlBool>`true`))
    if (filter.notHeld) all.push(eb('i.payment_in_progress', '=', false))
    if (filter.q !== undefined) {
      const text = eb(matchesText(filter.q), 'is', sql<SqlBool>`true`)
      all.push(
        filter.qAmount === undefined
          ? text
          : eb.or([text, eb(hasAmount(filter.qAmount), 'is', sql<SqlBool>`true`)]),
      )
    }
    return eb.and(all)
  }

const sortKeys = {
  dueDate: { column: 'due_key', type: sql`date` },
  amount: { column: 'value_key', type: sql`bigint` },
  customer: { column: 'customer_key', type: sql`text` },
  invoiceNumber: { column: 'number_key', type: sql`text` },
} as const satisfies Record<InvoiceSort, unknown>

const allRows = (db: Db | Trx) => db.selectFrom('portal_invoices as i').selectAll('i')

const listed = (db: Db | Trx, from: ReturnType<typeof allRows> = allRows(db)) =>
  db
    .selectFrom(from.as('i'))
    .selectAll('i')
    .select((eb) => [
      eb.selectFrom('portal_cases as c').select('c.id').whereRef('c.id', '=', 'i.case_id').as('own_case_id'),
      eb
        .selectFrom('portal_cases as c')
        .select('c.reference')
        .whereRef('c.id', '=', 'i.case_id')
        .as('own_case_reference'),
      eb
        .selectFrom('portal_cases as c')
        .select('c.status')
        .whereRef('c.id', '=', 'i.case_id')
        .as('own_case_status'),
    ])

/**
 * A filtered list looks through so many rows in its own order: what is frequent is found there, at a cost that has a
 * limit. Only then all matches are collected and sorted. Left alone, the planner bets on the order whenever it takes
 * a filter for frequent, and walks a million rows when that is wrong: 5 s.
 */
const windows = { probe: 600, first: 1_500, last: 7_500 }
/** So many matches in the probe promise a full page within the last window. */
const promising = 3
/** Filters after which the matches may be so few that walking the list for them takes long. */
const collectableBy = [
  'currency',
  'dueBy',
  'dueFrom',
  'minValueKey',
  'maxValueKey',
  'invoiceDateFrom',
  'invoiceDateTo',
  'customerId',
  'reason',
] as const satisfies readonly (keyof InvoiceFilter)[]
/** More candidates than this stay in the database. */
const maxCandidates = 3_000

/**
 * One page by keyset: the same speed at any depth. Ties are broken by Zoho's id; no due date sorts as the latest.
 * Measured on 1,000,000 rows of one client among 5,000,000: docs/performance.md.
 */
export const listInvoices = async (db: Db | Trx, query: InvoiceQuery): Promise<InvoicePageRows> => {
  const { q, eligibility = 'all', only, ...narrowing } = query.filter
  if (only !== undefined) return asPage(query, await find(db, query, { candidates: only }))
  if (q !== undefined && isIndexable(q)) {
    // A number is rare; a word may stand in every invoice.
    const early = /\p{N}/u.test(q) ? [] : await lookThrough(db, query, windows.first)
    return asPage(query, early.length > query.limit ? early : await search(db, query, q))
  }
  const collectable = collectableBy.some((name) => narrowing[name] !== undefined)
  // cases have indexes of their own in each order; where no index helps, walking is the only way
  if (eligibility === 'case' || !collectable || q !== undefined)
    return asPage(query, await find(db, query, {}))
  return asPage(query, (await findEarly(db, query)) ?? (await find(db, query, { byIndex: true })))
}

/** The page when its rows are frequent enough to be met on a short walk. */
const findEarly = async (db: Db | Trx, query: InvoiceQuery): Promise<ListedInvoiceRow[] | undefined> => {
  const first = await lookThrough(db, query, windows.probe)
  if (first.length > query.limit) return first
  if (first.length < promising) return undefined
  const more = await lookThrough(db, query, windows.last)
  return more.length > query.limit ? more : undefined
}

const search = async (db: Db | Trx, query: InvoiceQuery, q: string): Promise<ListedInvoiceRow[]> => {
  const { connectionId } = query
  const text = likePattern(q)
  const pattern = { indexed: likePattern(mostTelling(q)), text }
  const amount = query.filter.qAmount === undefined ? undefined : amountPattern(query.filter.qAmount)
  const candidates = await searchCandidates(db, { connectionId, pattern, atMost: maxCandidates })
  if (amount !== undefined && candidates.length < maxCandidates)
    candidates.push(...(await searchCandidates(db, { connectionId, pattern: amount, atMost: maxCandidates })))
  if (candidates.length < maxCandidates) return find(db, query, { candidates })
  const all = searchCall(connectionId, { indexed: text, text }, null)
  return find(db, query, {
    candidates: amount === undefined ? all : sql`${all} union all ${searchCall(connectionId, amount, null)}`,
  })
}

/** The indexed text begins with the amount, between blanks and without zeros that say nothing. */
const amountPattern = (decimal: string): SearchPattern => {
  const plain = decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
  const text = `% ${plain.replace(/^0+(?=\d)/, '')} %`
  return { indexed: text, text }
}

/**
 * What the index is asked for: a short stretch with a digit, where there is one. Trigrams like `inv` and `000` stand
 * in every number, and those of a name in all its invoices; intersecting them takes up to ten times as long as
 * `012005` alone, which says as much. Of fewer digits, some letters before them are needed too.
 */
const mostTelling = (q: string): string => {
  const runs = [...q.matchAll(/[\p{L}\p{N}]+/gu)].filter(([run]) => /\p{N}/u.test(run))
  const [longest] = runs.sort(([a], [b]) => b.length - a.length)
  if (longest === undefined) return q
  const [run] = longest
  return [...run].length >= 4
    ? [...run].slice(-6).join('')
    : q.slice(Math.max(0, longest.index - 4), longest.index + run.length)
}

const anything = sql<SqlBool>`true`

/** Where a page begins and how it is ordered, as SQL. */
const walk = (query: InvoiceQuery) => {
  const { column: name, type } = sortKeys[query.sort]
  const column = sql.ref(`i.${name}`)
  const descending = isDescending(query)
  const direction = descending ? sql`desc` : sql`asc`
  const comparison = descending ? sql`<` : sql`>`
  return {
    order: sql`${column} ${direction}, i.zoho_invoice_id ${direction}`,
    after:
      query.cursor === undefined
        ? anything
        : sql<SqlBool>`(${column}, i.zoho_invoice_id) ${comparison} (${query.cursor.key}::${type}, ${query.cursor.id}::text)`,
  }
}

/** Filters the next so many rows of the list; stops as soon as the page is full. */
const lookThrough = (db: Db | Trx, query: InvoiceQuery, window: number): Promise<ListedInvoiceRow[]> => {
  const { order, after } = walk(query)
  const { minValueKey, maxValueKey, eligibility, dueBy, dueFrom } = query.filter
  // conditions that the index of this order knows are part of the walk
  const own = {
    ...(eligibility === 'eligible' ? { eligibility } : {}),
    ...(query.sort === 'dueDate' ? { dueBy, dueFrom, eligibleDueBy: query.filter.eligibleDueBy } : {}),
    ...(query.sort === 'amount' ? { minValueKey, maxValueKey } : {}),
  }
  const next = allRows(db)
    .where(invoiceFilter({ ...query, filter: own }))
    .where(after)
    .orderBy(order)
    .limit(window)
  return listed(db, next)
    .where(invoiceFilter(query))
    .orderBy(order)
    .limit(query.limit + 1)
    .execute()
}

interface Narrowing {
  readonly candidates?: readonly string[] | RawBuilder<unknown>
  /** Collect all matches and sort them, instead of walking the list in its order. */
  readonly byIndex?: boolean
}

const find = (
  db: Db | Trx,
  query: InvoiceQuery,
  { candidates, byIndex = false }: Narrowing,
): Promise<ListedInvoiceRow[]> => {
  const { order, after } = walk(query)
  const among =
    candidates === undefined
      ? anything
      : 'toOperationNode' in candidates
        ? sql<SqlBool>`i.zoho_invoice_id in (${candidates})`
        : sql<SqlBool>`i.zoho_invoice_id = any(${candidates}::text[])`
  const matches = allRows(db).where(invoiceFilter(query)).where(among).where(after)
  // `offset 0` keeps the planner from mixing the order of the page into how the matches are found
  return listed(db, byIndex || candidates !== undefined ? matches.offset(0) : matches)
    .orderBy(order)
    .limit(query.limit + 1)
    .execute()
}

const isDescending = ({ order, cursor }: InvoiceQuery) =>
  (order === 'desc') !== (cursor?.direction === 'previous')

const asPage = (query: InvoiceQuery, found: readonly ListedInvoiceRow[]): InvoicePageRows => {
  const { column } = sortKeys[query.sort]
  const back = query.cursor?.direction === 'previous'
  const more = found.length > query.limit
  const rows = found.slice(0, query.limit)
  if (back) rows.reverse()
  const at = (row: ListedInvoiceRow | undefined, to: InvoiceCursor['direction']): InvoiceCursor | null =>
    row === undefined ? null : { direction: to, key: String(row[column]), id: row.zoho_invoice_id }
  const hasNext = back || more
  const hasPrevious = back ? more : query.cursor !== undefined
  return {
    rows,
    next: hasNext ? at(rows.at(-1), 'next') : null,
    previous: hasPrevious ? at(rows[0], 'previous') : null,
  }
}

/** One staged invoice, also a closed one. */
export const findInvoice = (
  db: Db | Trx,
  { connectionId, zohoInvoiceId }: { connectionId: string; zohoInvoiceId: string },
): Promise<ListedInvoiceRow | undefined> =>
  listed(db)
    .where('i.connection_id', '=', connectionId)
    .where('i.zoho_invoice_id', '=', zohoInvoiceId)
    .executeTakeFirst()

export interface InvoiceSummaryRow {
  readonly currency_code: string | null
  readonly total: number
  readonly amount: string
  readonly eligible: number
  readonly eligible_amount: string
  readonly with_case: number
  readonly case_amount: string
  readonly blocked_amount: string
  /** The same four in the organization's currency. */
  readonly value: string
  readonly eligible_value: string
  readonly case_value: string
  readonly blocked_value: string
  readonly rate_sources: readonly RateSource[]
}

/** Counts and sums per currency of all that match. Reads every matching row: some 0.3 s for a million. */
export const summariseInvoices = async (
  db: Db | Trx,
  scope: InvoiceScope,
): Promise<readonly InvoiceSummaryRow[]> => {
  const eligible = sql`i.case_id is null and ${isEligible(scope.today)}`
  const value = (of: RawBuilder<unknown>) =>
    sql<string>`round(coalesce(sum(i.value_key) filter (where ${of}), 0) / 10000, 4)`
  return db
    .selectFrom('portal_invoices as i')
    .select('i.currency_code')
    .select([
      sql<number>`count(*)`.as('total'),
      sql<string>`sum(i.amount_to_recover)`.as('amount'),
      sql<number>`count(*) filter (where ${eligible})`.as('eligible'),
      sql<string>`coalesce(sum(i.amount_to_recover) filter (where ${eligible}), 0)`.as('eligible_amount'),
      sql<number>`count(i.case_id)`.as('with_case'),
      sql<string>`coalesce(sum(i.amount_to_recover) filter (where i.case_id is not null), 0)`.as(
        'case_amount',
      ),
      sql<string>`coalesce(sum(i.amount_to_recover) filter (where i.case_id is null and ${isEligible(scope.today)} is not true), 0)`.as(
        'blocked_amount',
      ),
      value(sql`true`).as('value'),
      value(eligible).as('eligible_value'),
      value(sql`i.case_id is not null`).as('case_value'),
      value(sql`i.case_id is null and ${isEligible(scope.today)} is not true`).as('blocked_value'),
      sql<
        RateSource[]
      >`coalesce(array_agg(distinct i.base_rate_source) filter (where i.base_rate_source is not null), '{}')`.as(
        'rate_sources',
      ),
    ])
    .where(invoiceFilter(scope))
    .groupBy('i.currency_code')
    .orderBy(sql`count(*) desc, i.currency_code`)
    .execute()
}

export interface ReasonRow {
  readonly code: string
  readonly count: number
}

export interface UntypedDebtor {
  readonly zohoCustomerId: string
  readonly name: string | null
  readonly invoices: number
}

/** Debtors of matching invoices of whom nobody knows whether they are a company, those with most invoices first. */
export const findUntypedDebtors = async (
  db: Db | Trx,
  scope: InvoiceScope,
  limit: number,
): Promise<readonly UntypedDebtor[]> => {
  const matching = db
    .selectFrom('portal_invoices as i')
    .select(['i.zoho_customer_id', 'i.debtor_name'])
    .where(invoiceFilter(scope))
    .where('i.debtor_type', 'is', null)
    .where('i.zoho_customer_id', 'is not', null)
  const { rows } = await sql<UntypedDebtor>`${named('select portal_invoices')}
    select zoho_customer_id as "zohoCustomerId", min(debtor_name) as name, count(*)::int as invoices
    from ${matching.as('i')} group by 1 order by 3 desc, 1 limit ${limit}`.execute(db)
  return rows
}

/** How many of the invoices that match have which finding; an invoice with two counts in both. */
export const countFindings = async (
  db: Db | Trx,
  scope: InvoiceScope,
  kind: 'blockers' | 'warnings',
): Promise<readonly ReasonRow[]> => {
  const matching = db
    .selectFrom('portal_invoices as i')
    .select(`i.${kind} as findings`)
    .where(invoiceFilter(scope))
  const { rows } = await sql<ReasonRow>`${named('select portal_invoices')}
    select finding->>'code' as code, count(*) as count
    from ${matching.as('i')} cross join jsonb_array_elements(findings_in_force(i.findings, ${scope.today}::date)) finding
    group by 1 order by 2 desc, 1`.execute(db)
  return rows
}
