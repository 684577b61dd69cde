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
import { casesPage as words } from './words.tsx'

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
    caption={words.cases}
    rows={rows}
    rowKey={(row) => row.id}
    columns={[
      {
        key: 'reference',
        title: words.case,
        cell: (row) => (
          <>
            <a class="row-link" href={`/cases/${encodeURIComponent(row.id)}`}>
              {row.reference}
            </a>
            {row.creditorReference !== null && (
              <span class="sub nowrap">{words.invoice(row.creditorReference)}</span>
            )}
          </>
        ),
      },
      { key: 'debtor', title: words.debtor, class: 'clip wide', cell: (row) => <bdi>{row.debtorName}</bdi> },
      {
        key: 'due',
        title: words.dueDate,
        label: words.due,
        class: 'nowrap',
        cell: (row) => <Day day={row.dueDate} />,
      },
      {
        key: 'created',
        title: words.created,
        label: words.created,
        class: 'nowrap end',
        cell: (row) => <RelativeTime at={row.createdAt} />,
      },
      {
        key: 'amount',
        title: words.amount,
        class: 'num top',
        cell: (row) => (
          <>
            <Money amount={row.amountToRecover} currencyCode={row.currencyCode} />
            {row.invoiceState === 'partly_paid' && (
              <span class="sub">
                {words.left(<Money amount={row.outstanding} currencyCode={row.currencyCode} />)}
              </span>
            )}
          </>
        ),
      },
      {
        key: 'invoice',
        title: words.invoiceNow,
        cell: (row) => (
          <>
            <InvoiceStatePill state={row.invoiceState} />
            {row.followedUntil !== null && (
              <span class="sub">
                {words.asOf}
                <RelativeTime at={row.followedUntil} />
              </span>
            )}
          </>
        ),
      },
      {
        key: 'status',
        title: words.status,
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
  { value: '', label: words.created },
  { value: 'invoiceStateSince', label: words.lastChangeOfTheInvoice },
  { value: 'amount', label: words.amount },
  { value: 'outstanding', label: words.outstanding },
  { value: 'dueDate', label: words.dueDate },
  { value: 'debtor', label: words.debtor },
]
const statuses = [
  { value: '', label: words.any },
  { value: 'pending_verification', label: words.pendingVerification },
  { value: 'withdrawn', label: words.withdrawn },
]
const evidences = [
  { value: '', label: words.any },
  { value: 'complete', label: words.complete },
  { value: 'incomplete', label: words.missingOrOnItsWay },
]
const orders = [
  { value: '', label: words.descending },
  { value: 'asc', label: words.ascending },
]

/** One link per state of the invoice, with how many there are. */
const StateTabs = ({ totals, query }: { totals: readonly CaseTotalView[]; query: CasesQuery }) => {
  const { format } = usePage()
  const all = totals.reduce((sum, { count }) => sum + count, 0)
  const tabs = [
    { state: undefined, text: words.all, count: all },
    ...totals.map(({ invoiceState, count }) => ({
      state: invoiceState,
      text: invoiceStateWords[invoiceState][1] as string,
      count,
    })),
  ]
  return (
    <nav class="tabs" aria-label={words.byStateOfTheInvoice}>
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
        <span class="muted">{words.nothingOutstanding}</span>
      ) : (
        <>
          <span class="muted">{words.outstanding}</span>
          <Headline sums={owed} value={value}>
            <p class="small muted">{words.atTheRatesOfThe}</p>
          </Headline>
        </>
      )}
    </div>
  )
}

const labelOf = (options: readonly Option[], value: string | undefined) =>
  value === undefined ? undefined : options.find((option) => option.value === value)?.label

const Chips = ({ query, baseCurrency }: { query: CasesQuery; baseCurrency: string | undefined }) => {
  const order = query.order === 'asc' ? words.andAscending : ''
  return (
    <div class="chips">
      <DayRangeChip
        name={words.created}
        from={{ field: 'createdFrom', label: words.createdFrom, value: query.createdFrom }}
        to={{ field: 'createdTo', label: words.createdUntil, value: query.createdTo }}
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
        name={words.status}
        value={labelOf(statuses, query.status)}
        without={casesHref(query, { status: undefined })}
      >
        <Select name="status" label={words.status} options={statuses} value={query.status ?? ''} />
      </Chip>
      <Chip
        name={words.evidence}
        value={labelOf(evidences, query.evidence)}
        without={casesHref(query, { evidence: undefined })}
      >
        <Select name="evidence" label={words.evidence} options={evidences} value={query.evidence ?? ''} />
      </Chip>
      <Chip
        name={words.sort}
        value={
          query.sort === undefined && query.order === undefined
            ? undefined
            : `${labelOf(sorts, query.sort ?? '') ?? 'Created'}${order}`
        }
        without={casesHref(query, { sort: undefined, order: undefined })}
      >
        <Select name="sort" label={words.sortBy} options={sorts} value={query.sort ?? ''} />
        <Select name="order" label={words.order} options={orders} value={query.order ?? ''} />
      </Chip>
      {isNarrowed(query) && (
        <a class="button button-quiet button-small" href="/cases">
          {words.clear}
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
        {words.search}
      </label>
      <input
        id="f-q"
        type="search"
        name="q"
        value={query.q ?? ''}
        maxLength={200}
        placeholder={words.caseInvoiceOrDebtor}
      />
      <button type="submit" class="button">
        {words.apply}
      </button>
    </div>
    <details class="more-filters">
      <summary>{words.filterAndSort}</summary>
      <Chips query={query} baseCurrency={baseCurrency} />
    </details>
    {query.invoiceState !== undefined && <Hidden values={{ invoiceState: query.invoiceState }} />}
  </form>
)

const Nothing = ({ searching }: { searching: boolean }) =>
  searching ? (
    <EmptyState
      icon="search"
      title={words.nothingMatches}
      actions={
        <a class="button" href="/cases">
          {words.showAllCases}
        </a>
      }
    >
      {words.noCaseFitsThisSearch}
    </EmptyState>
  ) : (
    <EmptyState
      icon="case"
      title={words.noCasesYet}
      actions={
        <a class="button button-primary" href="/bulk-import">
          {words.goToBulkImport}
        </a>
      }
    >
      {words.selectUnpaidInvoicesInBulk}
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
    <Layout title={words.cases} section="/cases" scripts={['live.js', 'filters.js']} wide>
      <div class="stack-s">
        <div class="page-head">
          <div class="head-line">
            <h1 class="h1-small">{words.cases}</h1>
            {connection.state === 'not_connected' ? (
              <p>{words.everyCollectionCaseThatWas}</p>
            ) : (
              <ConnectionLine connection={connection} />
            )}
          </div>
          <div class="actions">
            <a class="button button-small" href="/bulk-import/commands">
              {words.pastOrders}
            </a>
            <a class="button button-small" href={casesHref(query, {}, '/api/cases.csv')} download>
              {words.downloadCsv}
            </a>
          </div>
        </div>
        <section class="card list-card" aria-label={words.cases}>
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
