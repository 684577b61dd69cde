import { addAmounts } from '../../../values/money.ts'
import { AmountChip, Chip, CurrencyChip, DayRangeChip } from '../../components/chip.tsx'
import { DataTable } from '../../components/data-table.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Hidden, type Option, Select } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { usePage } from '../../components/page-context.ts'
import { Pager, type PagerLinks } from '../../components/pager.tsx'
import {
  CasePill,
  type CaseStatusName,
  type InvoiceStateName,
  InvoiceStatePill,
  invoiceStateWords,
} from '../../components/state-pill.tsx'
import { Day, Headline, Money, RelativeTime, type Sum } from '../../components/values.tsx'
import { ConnectionLine } from '../integrations/connection-line.tsx'
import type { ConnectionView } from '../integrations/connection-view.ts'
import { type CasesQuery, casesHref, isNarrowed } from './cases-query.ts'
import { type EvidenceView, EvidenceWord } from './documents-card.tsx'

export interface CaseRowView {
  readonly id: string
  readonly reference: string
  readonly creditorReference: string | null
  readonly debtorName: string | null
  readonly amountToRecover: string
  readonly currencyCode: string
  readonly dueDate: string
  readonly status: CaseStatusName
  readonly createdAt: Date
  readonly invoiceState: InvoiceStateName
  readonly outstanding: string
  readonly invoiceStateSince: Date
  /** Null while the invoice is followed. */
  readonly followedUntil: Date | null
  readonly evidence: EvidenceView
}

/** Cases by state of their invoice, and what is left of them. */
export interface CaseTotalView {
  readonly invoiceState: InvoiceStateName
  readonly count: number
  readonly outstanding: readonly Sum[]
}

const CasesTable = ({ rows }: { rows: readonly CaseRowView[] }) => (
  <DataTable
    class="compact"
    caption="Cases"
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
            {row.creditorReference !== null && (
              <span class="sub nowrap">Invoice {row.creditorReference}</span>
            )}
          </>
        ),
      },
      { key: 'debtor', title: 'Debtor', class: 'clip wide', cell: (row) => <bdi>{row.debtorName}</bdi> },
      {
        key: 'due',
        title: 'Due date',
        label: 'Due',
        class: 'nowrap',
        cell: (row) => <Day day={row.dueDate} />,
      },
      {
        key: 'created',
        title: 'Created',
        label: 'Created',
        class: 'nowrap end',
        cell: (row) => <RelativeTime at={row.createdAt} />,
      },
      {
        key: 'amount',
        title: 'Amount',
        class: 'num top',
        cell: (row) => (
          <>
            <Money amount={row.amountToRecover} currencyCode={row.currencyCode} />
            {row.invoiceState === 'partly_paid' && (
              <span class="sub">
                <Money amount={row.outstanding} currencyCode={row.currencyCode} /> left
              </span>
            )}
          </>
        ),
      },
      {
        key: 'invoice',
        title: 'Invoice now',
        cell: (row) => (
          <>
            <InvoiceStatePill state={row.invoiceState} />
            {row.followedUntil !== null && (
              <span class="sub">
                as of <RelativeTime at={row.followedUntil} />
              </span>
            )}
          </>
        ),
      },
      {
        key: 'status',
        title: 'Status',
        cell: (row) => (
          <>
            <CasePill status={row.status} />
            {!row.evidence.complete && (
              <span class="sub">
                <EvidenceWord evidence={row.evidence} />
              </span>
            )}
          </>
        ),
      },
    ]}
  />
)

const sorts = [
  { value: '', label: 'Created' },
  { value: 'invoiceStateSince', label: 'Last change of the invoice' },
  { value: 'amount', label: 'Amount' },
  { value: 'outstanding', label: 'Outstanding' },
  { value: 'dueDate', label: 'Due date' },
  { value: 'debtor', label: 'Debtor' },
]
const statuses = [
  { value: '', label: 'Any' },
  { value: 'pending_verification', label: 'Pending verification' },
  { value: 'withdrawn', label: 'Withdrawn' },
]
const evidences = [
  { value: '', label: 'Any' },
  { value: 'complete', label: 'Complete' },
  { value: 'incomplete', label: 'Missing or on its way' },
]
const orders = [
  { value: '', label: 'Descending' },
  { value: 'asc', label: 'Ascending' },
]

/** One link per state of the invoice, with how many there are. */
const StateTabs = ({ totals, query }: { totals: readonly CaseTotalView[]; query: CasesQuery }) => {
  const { format } = usePage()
  const all = totals.reduce((sum, { count }) => sum + count, 0)
  const tabs = [
    { state: undefined, text: 'All', count: all },
    ...totals.map(({ invoiceState, count }) => ({
      state: invoiceState,
      text: invoiceStateWords[invoiceState][1] as string,
      count,
    })),
  ]
  return (
    <nav class="tabs" aria-label="By state of the invoice">
      {tabs.map(({ state, text, count }) => (
        <a
          key={text}
          class="tab"
          href={casesHref(query, { invoiceState: state })}
          aria-current={query.invoiceState === state ? 'page' : undefined}
        >
          {text} <span class="tab-count">{format.count(count)}</span>
        </a>
      ))}
    </nav>
  )
}

/** What is still owed, of the state that is shown. */
const Outstanding = ({
  totals,
  value,
  query,
}: {
  totals: readonly CaseTotalView[]
  value: Sum | undefined
  query: CasesQuery
}) => {
  const sums = new Map<string | null, Sum>()
  for (const { invoiceState, outstanding } of totals) {
    if (query.invoiceState !== undefined && query.invoiceState !== invoiceState) continue
    for (const { amount, currencyCode } of outstanding)
      sums.set(currencyCode, { currencyCode, amount: addAmounts(sums.get(currencyCode)?.amount, amount) })
  }
  const owed = [...sums.values()].filter(({ amount }) => /[1-9]/.test(amount))
  return (
    <div class="summary-row">
      {owed.length === 0 ? (
        <span class="muted">Nothing outstanding</span>
      ) : (
        <>
          <span class="muted">Outstanding</span>
          <Headline sums={owed} value={value}>
            <p class="small muted">at the rates of the invoices when the cases were made</p>
          </Headline>
        </>
      )}
    </div>
  )
}

const labelOf = (options: readonly Option[], value: string | undefined) =>
  value === undefined ? undefined : options.find((option) => option.value === value)?.label

const Chips = ({ query, baseCurrency }: { query: CasesQuery; baseCurrency: string | undefined }) => {
  const order = query.order === 'asc' ? ', ascending' : ''
  return (
    <div class="chips">
      <DayRangeChip
        name="Created"
        from={{ field: 'createdFrom', label: 'Created from', value: query.createdFrom }}
        to={{ field: 'createdTo', label: 'Created until', value: query.createdTo }}
        without={casesHref(query, { createdFrom: undefined, createdTo: undefined })}
      />
      <AmountChip
        min={query.minAmount}
        max={query.maxAmount}
        currencyCode={query.currency ?? baseCurrency}
        without={casesHref(query, { minAmount: undefined, maxAmount: undefined })}
      />
      <CurrencyChip value={query.currency} without={casesHref(query, { currency: undefined })} />
      <Chip
        name="Status"
        value={labelOf(statuses, query.status)}
        without={casesHref(query, { status: undefined })}
      >
        <Select name="status" label="Status" options={statuses} value={query.status ?? ''} />
      </Chip>
      <Chip
        name="Evidence"
        value={labelOf(evidences, query.evidence)}
        without={casesHref(query, { evidence: undefined })}
      >
        <Select name="evidence" label="Evidence" options={evidences} value={query.evidence ?? ''} />
      </Chip>
      <Chip
        name="Sort"
        value={
          query.sort === undefined && query.order === undefined
            ? undefined
            : `${labelOf(sorts, query.sort ?? '') ?? 'Created'}${order}`
        }
        without={casesHref(query, { sort: undefined, order: undefined })}
      >
        <Select name="sort" label="Sort by" options={sorts} value={query.sort ?? ''} />
        <Select name="order" label="Order" options={orders} value={query.order ?? ''} />
      </Chip>
      {isNarrowed(query) && (
        <a class="button button-quiet button-small" href="/cases">
          Clear
        </a>
      )}
    </div>
  )
}

/** A plain GET form: the address holds the filters. On a narrow screen all but the search folds away. */
const Search = ({ query, baseCurrency }: { query: CasesQuery; baseCurrency: string | undefined }) => (
  <form class="toolbar" method="get" action="/cases" data-filters>
    <div class="search">
      <label for="f-q" class="visually-hidden">
        Search
      </label>
      <input
        id="f-q"
        type="search"
        name="q"
        value={query.q ?? ''}
        maxLength={200}
        placeholder="Case, invoice or debtor"
      />
      <button type="submit" class="button">
        Apply
      </button>
    </div>
    <details class="more-filters">
      <summary>Filter and sort</summary>
      <Chips query={query} baseCurrency={baseCurrency} />
    </details>
    {query.invoiceState !== undefined && <Hidden values={{ invoiceState: query.invoiceState }} />}
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
  connection,
  rows,
  totals,
  value,
  query,
  pager,
}: {
  connection: ConnectionView
  rows: readonly CaseRowView[]
  totals: readonly CaseTotalView[]
  /** What is left to pay in the organization's currency. */
  value?: Sum | undefined
  query: CasesQuery
  pager: PagerLinks
}) => {
  const searching = isNarrowed(query)
  return (
    <Layout title="Cases" section="/cases" scripts={['live.js', 'filters.js']} wide>
      <div class="stack-s">
        <div class="page-head">
          <div class="head-line">
            <h1 class="h1-small">Cases</h1>
            {connection.state === 'not_connected' ? (
              <p>
                Every collection case that was created from your invoices, and what became of the invoice.
              </p>
            ) : (
              <ConnectionLine connection={connection} />
            )}
          </div>
          <div class="actions">
            <a class="button button-small" href="/bulk-import/commands">
              Past orders
            </a>
            <a class="button button-small" href={casesHref(query, {}, '/api/cases.csv')} download>
              Download CSV
            </a>
          </div>
        </div>
        <section class="card list-card" aria-label="Cases">
          {(totals.length > 0 || searching) && <StateTabs totals={totals} query={query} />}
          {totals.length > 0 && <Outstanding totals={totals} value={value} query={query} />}
          {(rows.length > 0 || searching) && (
            <Search query={query} baseCurrency={value?.currencyCode ?? undefined} />
          )}
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
