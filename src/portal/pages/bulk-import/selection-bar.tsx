import { usePage } from '../../components/page-context.ts'
import { Headline } from '../../components/values.tsx'
import type { Selection } from './invoice-table.tsx'
import type { InvoiceView } from './invoice-view.ts'
import { type ListQuery, listHref } from './list-query.ts'
import type { SummaryView } from './summary.tsx'
import { selectionBar as words } from './words.tsx'

const AllSelected = ({
  summary,
  query,
  before,
  taken,
}: {
  summary: SummaryView | undefined
  query: ListQuery
  /** Taken out on other pages. */
  before: number
  taken: number
}) => {
  const { format } = usePage()
  return (
    <>
      <span>
        {words.thatMatchAreSelected(
          <b>{words.allReady(summary && format.count(summary.tabs.eligible.count))}</b>,
          <span data-taken-out aria-live="polite" data-before={before}>
            {taken > 0 && words.takenOut(format.count(taken))}
          </span>,
        )}
        {summary && taken === 0 && (
          <>
            {' · '}
            <Headline sums={summary.tabs.eligible.sums} />
          </>
        )}
      </span>{' '}
      <a href={listHref(query, { cursor: query.cursor, at: query.at })} data-clear>
        {words.clear}
      </a>
    </>
  )
}

/** What is selected, with its sums, and the step that follows. Always there, so that selecting moves nothing. */
export const SelectionBar = ({
  selection,
  summary,
  query,
  rows,
}: {
  selection: Selection
  rows: readonly InvoiceView[]
  summary: SummaryView | undefined
  query: ListQuery
}) => {
  const { format } = usePage()
  const here = new Set(rows.map(({ zohoInvoiceId }) => zohoInvoiceId))
  return (
    <div class="bar" data-selection-bar>
      <div class="bar-text">
        {selection.all ? (
          <AllSelected
            summary={summary}
            query={query}
            taken={selection.except.size}
            before={[...selection.except].filter((id) => !here.has(id)).length}
          />
        ) : (
          <span data-selected aria-live="polite">
            {selection.ids.size === 0
              ? words.selectInvoicesToCollect
              : `${format.count(selection.ids.size)} selected`}
          </span>
        )}{' '}
        <button type="button" class="button button-quiet button-small needs-js" data-clear-selection hidden>
          {words.clear}
        </button>
      </div>
      <button type="submit" class="button button-primary" data-create>
        {words.createCases}
      </button>
    </div>
  )
}
