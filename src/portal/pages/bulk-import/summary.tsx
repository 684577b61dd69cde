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
 * The line above the table. Undefined totals: they take longer than the page may, so the browser fetches this line
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
  return (
    <div class="summary" id="summary">
      <span>
        <b>{format.count(summary.count)}</b>{' '}
        {isFiltered(query)
          ? summary.count === 1
            ? 'match'
            : 'match'
          : summary.count === 1
            ? 'unpaid invoice'
            : 'unpaid invoices'}
      </span>
      <span>
        <b>{format.count(summary.eligible)}</b> eligible
      </span>
      <Sums sums={summary.sums} />
      <SelectAll summary={summary} query={query} shown={shown} />
    </div>
  )
}
