import { usePage } from '../../components/page-context.ts'
import { Headline, type Sum } from '../../components/values.tsx'
import { isFiltered, type ListQuery, listHref, tabOf } from './list-query.ts'
import { summary as words } from './words.tsx'

/** What one of the four lists comes to. */
export interface TabTotals {
  readonly count: number
  readonly sums: readonly Sum[]
  /** All of it in the organization's currency; undefined while that is not known. */
  readonly value?: Sum | undefined
}

export type Tab = NonNullable<ListQuery['eligibility']>

export interface ReasonView {
  readonly code: string
  readonly title: string
  readonly count: number
}

/** Totals of everything that matches, not only of this page. */
export interface SummaryView {
  readonly tabs: Readonly<Record<Tab, TabTotals>>
  /** Why no case can be made, the most frequent first; counted only where they are shown. */
  readonly reasons: readonly ReasonView[]
  readonly currencies: readonly string[]
  /** Where the rates came from that turn amounts into the organization's currency. */
  readonly rates?: Rates | undefined
}

export interface Rates {
  readonly sources: readonly ('zoho' | 'policy' | 'none')[]
  /** Day of the reference amounts. */
  readonly asOf: string
}

const rateWords = ({ sources, asOf }: Rates, day: (day: string) => string): string => {
  const reference = words.ourReferenceRatesOf(day(asOf))
  const known = sources.includes('policy')
    ? sources.includes('zoho')
      ? words.atZohosExchangeRatesWhere(reference)
      : words.at(reference)
    : words.atZohosExchangeRates
  return sources.includes('none') ? words.aCurrencyWithoutARate(known) : known
}

/** One line under the amounts of several currencies: what they are turned into, and by which rates. */
const AtWhichRates = ({ rates }: { rates: Rates }) => {
  const { format } = usePage()
  return <p class="small muted">{rateWords(rates, format.day)}</p>
}

const tabs = [
  ['eligible', words.ready],
  ['blocked', words.needsFixing],
  ['case', words.inCollection],
  ['all', words.all],
] as const

const Tabs = ({ summary, query }: { summary: SummaryView | undefined; query: ListQuery }) => {
  const { format } = usePage()
  return (
    <nav class="tabs" aria-label={words.listsOfUnpaidInvoices}>
      {tabs.map(([tab, label]) => (
        <a
          key={tab}
          class="tab"
          href={listHref(query, { eligibility: tab, reason: undefined })}
          aria-current={tabOf(query) === tab ? 'page' : undefined}
        >
          {label} <span class="tab-count">{summary ? format.count(summary.tabs[tab].count) : '…'}</span>
        </a>
      ))}
    </nav>
  )
}

const SelectAll = ({ summary, query, shown }: { summary: SummaryView; query: ListQuery; shown: number }) => {
  const { format } = usePage()
  const { count } = summary.tabs.eligible
  const isWhole = tabOf(query) === 'eligible' || tabOf(query) === 'all'
  if (query.select === 'all' || query.reason !== undefined || !isWhole || count === 0 || count <= shown)
    return null
  return (
    <a
      class="button button-small push"
      href={listHref(query, { cursor: query.cursor, at: query.at, select: 'all' })}
      data-select-all
    >
      {words.selectAllReady(format.count(count), isFiltered(query) ? words.thatMatch : '')}
    </a>
  )
}

/** "12 without a city": each leads to its invoices, where every row has its way to Zoho Books. */
const Reasons = ({ reasons, query }: { reasons: readonly ReasonView[]; query: ListQuery }) => {
  const { format } = usePage()
  if (reasons.length === 0) return null
  return (
    <nav class="reasons" aria-label={words.whatNeedsFixing}>
      {reasons.map(({ code, title, count }) => (
        <a
          key={code}
          class="reason"
          href={
            query.reason === code
              ? listHref(query, { reason: undefined })
              : listHref({ ...query, reason: undefined }, { reason: code as ListQuery['reason'] })
          }
          aria-current={query.reason === code ? 'true' : undefined}
        >
          <b>{format.count(count)}</b> {title}
        </a>
      ))}
    </nav>
  )
}

const TotalsLine = ({ summary, query }: { summary: SummaryView; query: ListQuery }) => {
  const { format } = usePage()
  const tab = tabOf(query)
  const { count, sums, value } = summary.tabs[tab]
  const all = summary.tabs.all.count
  const unpaid = words.unpaid(all, format.count(all))
  const filtered = isFiltered(query)
  return (
    <div class="summary-line">
      {tab !== 'all' && (
        <span>
          <b>{format.count(count)}</b> {words.states[tab](count)}
        </span>
      )}
      {query.reason === undefined && count > 0 && (
        <Headline sums={sums} value={value}>
          {summary.rates && <AtWhichRates rates={summary.rates} />}
        </Headline>
      )}
      <span class={tab === 'all' ? undefined : 'muted'}>
        {tab !== 'all' && 'of '}
        {unpaid}
        {filtered && words.thatMatch}
      </span>
    </div>
  )
}

/**
 * What stands above the table: the four lists with their counts, and what this one comes to. Undefined totals: they take longer than
 * the page may, so the browser fetches them afterwards into the space kept for them; without JavaScript it is one click away.
 */
export const Summary = ({
  summary,
  query,
  shown,
}: {
  summary: SummaryView | undefined
  query: ListQuery
  /** Rows on this page that are ready. */
  shown: number
}) => {
  const here = { cursor: query.cursor, at: query.at, select: query.select, except: query.except }
  return (
    <div
      class={summary ? 'summary' : 'summary summary-late'}
      id="summary"
      data-live="list"
      data-load={summary ? undefined : listHref(query, here, '/bulk-import/summary')}
    >
      <Tabs summary={summary} query={query} />
      <div class="summary-row">
        {summary ? (
          <>
            <TotalsLine summary={summary} query={query} />
            <SelectAll summary={summary} query={query} shown={shown} />
          </>
        ) : (
          <>
            <span class="muted needs-js">{words.addingUp}</span>
            <noscript>
              <a href={listHref(query, here, '/bulk-import/totals')}>{words.showTotals}</a>
            </noscript>
          </>
        )}
      </div>
      {tabOf(query) === 'blocked' && (
        <div class="reasons-row">{summary && <Reasons reasons={summary.reasons} query={query} />}</div>
      )}
    </div>
  )
}
