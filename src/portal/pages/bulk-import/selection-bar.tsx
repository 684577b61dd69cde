import { usePage } from '../../components/page-context.ts'
import { Sums } from '../../components/values.tsx'
import type { Selection } from './invoice-table.tsx'
import { type ListQuery, listHref } from './list-query.ts'
import type { SummaryView } from './summary.tsx'

const AllSelected = ({ summary, query }: { summary: SummaryView | undefined; query: ListQuery }) => {
  const { format } = usePage()
  return (
    <>
      <span>
        <b>All {summary && format.count(summary.eligible)} eligible</b> that match are selected ·{' '}
        {summary && <Sums sums={summary.eligibleSums} />}
      </span>{' '}
      <a href={listHref(query, { cursor: query.cursor })} data-clear>
        Clear
      </a>
    </>
  )
}

/** What is selected, with its sums, and the step that follows. Always there, so that selecting moves nothing. */
export const SelectionBar = ({
  selection,
  summary,
  query,
}: {
  selection: Selection
  summary: SummaryView | undefined
  query: ListQuery
}) => {
  const { format } = usePage()
  return (
    <div class="bar" data-selection-bar>
      <div class="bar-text">
        {selection.all ? (
          <AllSelected summary={summary} query={query} />
        ) : (
          <span data-selected aria-live="polite">
            {selection.ids.size === 0
              ? 'Tick the invoices that you want to collect.'
              : `${format.count(selection.ids.size)} selected`}
          </span>
        )}{' '}
        <button type="button" class="button button-quiet button-small needs-js" data-clear-selection hidden>
          Clear
        </button>
      </div>
      <button type="submit" class="button button-primary" data-create>
        Create Cases
      </button>
    </div>
  )
}
