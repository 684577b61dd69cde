import { DataTable } from '../../components/data-table.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Layout } from '../../components/layout.tsx'
import { Pager, type PagerLinks } from '../../components/pager.tsx'
import { CasePill } from '../../components/state-pill.tsx'
import { Day, Money, RelativeTime } from '../../components/values.tsx'
import { type CasesQuery, isNarrowed } from './cases-query.ts'

export interface CaseRowView {
  readonly id: string
  readonly reference: string
  readonly creditorReference: string | null
  readonly debtorName: string | null
  readonly amountToRecover: string
  readonly currencyCode: string
  readonly dueDate: string
  readonly status: string
  readonly createdAt: Date
}

const CasesTable = ({ rows }: { rows: readonly CaseRowView[] }) => (
  <DataTable
    caption="Cases, newest first"
    rows={rows}
    rowKey={(row) => row.id}
    columns={[
      {
        key: 'reference',
        title: 'Case',
        cell: (row) => (
          <>
            <a class="row-link" href={`/cases/${encodeURIComponent(row.id)}`}>
              {row.reference}
            </a>
            {row.creditorReference !== null && <span class="sub">Invoice {row.creditorReference}</span>}
          </>
        ),
      },
      { key: 'debtor', title: 'Debtor', class: 'clip wide', cell: (row) => row.debtorName },
      {
        key: 'due',
        title: 'Due date',
        label: 'Due',
        class: 'wide',
        cell: (row) => <Day day={row.dueDate} />,
      },
      {
        key: 'amount',
        title: 'Amount',
        class: 'num top',
        cell: (row) => <Money amount={row.amountToRecover} currencyCode={row.currencyCode} />,
      },
      { key: 'status', title: 'Status', cell: (row) => <CasePill status={row.status} /> },
      { key: 'created', title: 'Created', cell: (row) => <RelativeTime at={row.createdAt} /> },
    ]}
  />
)

const Search = ({ query }: { query: CasesQuery }) => (
  <form class="filters filters-cases" method="get" action="/cases">
    <div class="field whole">
      <label for="f-q">Search</label>
      <input
        id="f-q"
        type="search"
        name="q"
        value={query.q ?? ''}
        maxLength={200}
        placeholder="Case, invoice number or debtor"
      />
    </div>
    <div class="field">
      <label for="f-createdFrom">Created from</label>
      <input id="f-createdFrom" type="date" name="createdFrom" value={query.createdFrom ?? ''} />
    </div>
    <div class="field">
      <label for="f-createdTo">Created until</label>
      <input id="f-createdTo" type="date" name="createdTo" value={query.createdTo ?? ''} />
    </div>
    <div class="field">
      <label for="f-currency">Currency</label>
      <input
        id="f-currency"
        type="text"
        name="currency"
        value={query.currency ?? ''}
        maxLength={3}
        placeholder="Any"
        autoComplete="off"
      />
    </div>
    <div class="actions">
      <button type="submit" class="button">
        Apply
      </button>
      {isNarrowed(query) && (
        <a class="button button-quiet" href="/cases">
          Clear
        </a>
      )}
    </div>
  </form>
)

const Nothing = ({ searching }: { searching: boolean }) =>
  searching ? (
    <EmptyState
      icon="search"
      title="Nothing matches"
      actions={
        <a class="button" href="/cases">
          Show all cases
        </a>
      }
    >
      No case fits this search.
    </EmptyState>
  ) : (
    <EmptyState
      icon="case"
      title="No cases yet"
      actions={
        <a class="button button-primary" href="/bulk-import">
          Go to Bulk Import
        </a>
      }
    >
      Select unpaid invoices in Bulk Import (Integration) and press Create Cases. Each becomes one case here.
    </EmptyState>
  )

export const CasesPage = ({
  rows,
  query,
  pager,
}: {
  rows: readonly CaseRowView[]
  query: CasesQuery
  pager: PagerLinks
}) => {
  const searching = isNarrowed(query)
  return (
    <Layout title="Cases" section="/cases">
      <div class="stack">
        <div class="page-head">
          <div>
            <h1>Cases</h1>
            <p>Every collection case that was created from your invoices.</p>
          </div>
        </div>
        <section class="card" aria-label="Cases">
          {(rows.length > 0 || searching) && <Search query={query} />}
          {rows.length === 0 ? (
            <Nothing searching={searching || query.cursor !== undefined} />
          ) : (
            <CasesTable rows={rows} />
          )}
          <Pager {...pager} />
        </section>
      </div>
    </Layout>
  )
}
