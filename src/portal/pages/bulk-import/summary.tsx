import { usePage } from '../../components/page-context.ts'
import { type Sum, Sums } from '../../components/values.tsx'
import { isFiltered, type ListQuery, listHref } from './list-query.ts'

/** Totals of everything that matches, not only of this page. */
export interface SummaryView {
  readonly count: number
  readonly sums: readonly Sum[]
  readonly eligible: number
  readonly eligibleSums: readonly Sum[]
  readonly currencies: readonly string[]
}

const SelectAll = ({ summary, query, shown }: { summary: SummaryView; query: ListQuery; shown: number }) => {
  const { format } = usePage()
  if (query.select === 'all' || summary.eligible === 0 || summary.eligible <= shown) return null
  return (
    <a
      class="button button-small push"
      href={listHref(query, { cursor: query.cursor, select: 'all' })}
      data-select-all
    >
      Select all {format.count(summary.eligible)} eligible{isFiltered(query) ? ' that match' : ''}
    </a>
  )
}

/**
 * The lines above the table: what matches, and what of it can become a case. Undefined totals: they take longer than the page may, so the browser fetches them
 * afterwards into the space kept for it; without JavaScript it is one click away.
 */
export const Summary = ({
  summary,
  query,
  shown,
}: {
  summary: SummaryView | undefined
  query: ListQuery
  /** Eligible rows on this page. */
  shown: number
}) => {
  const { format } = usePage()
  if (!summary)
    return (
      <div
        class="summary"
        id="summary"
        data-load={listHref(query, { cursor: query.cursor, select: query.select }, '/bulk-import/summary')}
      >
        <span class="muted needs-js">Adding up…</span>
        <noscript>
          <a href={listHref(query, { cursor: query.cursor, select: query.select }, '/bulk-import/totals')}>
            Show totals
          </a>
        </noscript>
      </div>
    )
  const { count, sums, eligible, eligibleSums } = summary
  const match = count === 1 ? 'unpaid invoice' : 'unpaid invoices'
  return (
    <div class="summary" id="summary">
      <div class="summary-lines">
        <p class="summary-line">
          <span>
            <b>{format.count(count)}</b> {isFiltered(query) ? 'match' : match}
          </span>
          <Sums sums={sums} />
        </p>
        <p class="summary-line">
          <span>
            <b>{format.count(eligible)}</b> eligible
          </span>
          {eligible < count && <Sums sums={eligibleSums} />}
        </p>
      </div>
      <SelectAll summary={summary} query={query} shown={shown} />
    </div>
  )
}
