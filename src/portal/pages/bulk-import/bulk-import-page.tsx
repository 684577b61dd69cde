import type { ComponentChildren } from 'preact'
import { EmptyState } from '../../components/empty-state.tsx'
import { Hidden } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { usePage } from '../../components/page-context.ts'
import { ConnectionLine } from '../integrations/connection-line.tsx'
import type { ConnectionView } from '../integrations/connection-view.ts'
import { SyncProgress } from '../integrations/sync-progress.tsx'
import { Filters, PageSize } from './filters.tsx'
import { InvoiceTable, type Selection } from './invoice-table.tsx'
import type { InvoiceView } from './invoice-view.ts'
import {
  apiParameters,
  isFiltered,
  type ListQuery,
  listHref,
  listParameters,
  parseListQuery,
  tabOf,
} from './list-query.ts'
import { SelectionBar } from './selection-bar.tsx'
import { Summary, type SummaryView } from './summary.tsx'
import { bulkImportPage as words } from './words.tsx'

export interface BulkImportView {
  readonly connection: ConnectionView
  readonly query: ListQuery
  readonly rows: readonly InvoiceView[]
  readonly previous: string | null
  readonly next: string | null
  /** Undefined: still being added up. */
  readonly summary: SummaryView | undefined
  readonly selection: Selection
}

const Frame = ({
  children,
  connection,
  actions,
}: {
  children: ComponentChildren
  connection?: ConnectionView
  actions?: ComponentChildren
}) => (
  <Layout
    title={words.bulkImportIntegration}
    section="/bulk-import"
    scripts={['live.js', 'selection.js', 'list.js', 'filters.js']}
    wide
  >
    <div class="stack-s">
      <div class="page-head">
        <div class="head-line">
          <h1 class="h1-small">{words.bulkImportIntegration}</h1>
          {connection ? (
            <ConnectionLine connection={connection} />
          ) : (
            <p>{words.yourUnpaidInvoicesFromZoho}</p>
          )}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </div>
  </Layout>
)

const NotConnected = () => (
  <Frame>
    <div class="card">
      <EmptyState
        icon="ledger"
        title={words.connectZohoBooksFirst}
        actions={
          <a class="button button-primary" href="/integrations">
            {words.goToIntegrations}
          </a>
        }
      >
        {words.yourUnpaidInvoicesAppearHere}
      </EmptyState>
    </div>
  </Frame>
)

const emptyTabs = {
  eligible: {
    title: words.noInvoiceIsReady,
    text: words.aCaseCanBeMade,
  },
  blocked: { title: words.nothingNeedsFixing, text: words.everyUnpaidInvoiceIsReady },
  case: {
    title: words.noCaseYet,
    text: words.selectInvoicesThatAreReady,
  },
} as const

const NothingHere = ({ connection, query }: { connection: ConnectionView; query: ListQuery }) => {
  const tab = tabOf(query)
  if (isFiltered(query) || query.cursor !== undefined)
    return (
      <EmptyState
        icon="search"
        title={words.nothingMatches}
        actions={
          <a class="button" href={listHref(parseListQuery({ eligibility: 'all' }))}>
            {words.showAllUnpaidInvoices}
          </a>
        }
      >
        {words.noUnpaidInvoiceFitsThese}
      </EmptyState>
    )
  if (connection.lastSyncedAt === null)
    return (
      <EmptyState
        icon="inbox"
        title={words.readingYourInvoices}
        actions={connection.progress && <SyncProgress progress={connection.progress} />}
      >
        {words.theFirstUnpaidInvoicesAppear}
      </EmptyState>
    )
  if (tab !== 'all')
    return (
      <EmptyState icon="inbox" title={emptyTabs[tab].title}>
        {emptyTabs[tab].text}
      </EmptyState>
    )
  return (
    <EmptyState icon="done" title={words.noUnpaidInvoices}>
      {words.everythingInIsPaidNew(connection.organization?.name ?? words.yourOrganization)}
    </EmptyState>
  )
}

/** "51–100 of 8,000": the total as long as it is known. */
const Range = ({ view: { query, rows, summary } }: { view: BulkImportView }) => {
  const { format } = usePage()
  if (query.cursor !== undefined && query.at === undefined) return null
  const first = query.at ?? 1
  const last = first + rows.length - 1
  const total = query.reason === undefined ? summary?.tabs[tabOf(query)].count : undefined
  return (
    <span class="small muted">
      {format.count(first)}–{format.count(last)}
      {total !== undefined && total >= last && words.of(format.count(total))}
    </span>
  )
}

/**
 * Without JavaScript the pager is a pair of buttons of the form: what is ticked travels along in the URL. The same while all
 * are selected, for what was taken out.
 */
const ListPager = ({ view }: { view: BulkImportView }) => {
  const { previous, next, query, rows } = view
  const at = query.cursor === undefined ? 1 : query.at
  const link = (cursor: string | null, rel: string, text: string, first: number | undefined) => {
    if (cursor === null)
      return (
        <span class="button button-small" aria-disabled="true">
          {text}
        </span>
      )
    const button = (
      <button
        class="button button-small"
        type="submit"
        formaction="/bulk-import"
        name="cursor"
        value={first === undefined ? cursor : `${cursor}~${first}`}
      >
        {text}
      </button>
    )
    return view.selection.all ? (
      button
    ) : (
      <>
        <a class="button button-small needs-js" rel={rel} href={listHref(query, { cursor, at: first })}>
          {text}
        </a>
        <noscript>{button}</noscript>
      </>
    )
  }
  return (
    <nav class="pager" aria-label={words.pages}>
      <PageSize query={query} />
      <div class="actions">
        <Range view={view} />
        {link(previous, 'prev', words.previous, at === undefined ? undefined : Math.max(1, at - query.limit))}
        {link(next, 'next', words.next, at === undefined ? undefined : at + rows.length)}
      </div>
    </nav>
  )
}

/** Ids ticked on other pages, carried along by the form. */
const Elsewhere = ({ view }: { view: BulkImportView }) => {
  const here = new Set(view.rows.map((row) => row.zohoInvoiceId))
  if (view.selection.all) {
    const shown = view.rows.filter((row) => row.eligible).map((row) => row.zohoInvoiceId)
    return <input type="hidden" name="shown" value={shown.join(',')} />
  }
  const elsewhere = [...view.selection.ids].filter((id) => !here.has(id))
  return elsewhere.length === 0 ? null : (
    <input type="hidden" name="ids" value={elsewhere.join(',')} data-elsewhere />
  )
}

const List = ({ view }: { view: BulkImportView }) => {
  const { csrfToken } = usePage()
  const { query, rows, selection, summary } = view
  return (
    <form
      id="selection"
      method="get"
      action="/bulk-import/review"
      data-scope={view.connection.organization?.id ?? ''}
      data-csrf={csrfToken}
      data-mode={selection.all ? 'all' : 'ids'}
    >
      {/* What Enter on a row's box presses: the first button of a form, which would be one of the pager. */}
      <button type="submit" hidden />
      <Hidden values={listParameters({ ...query, cursor: undefined, at: undefined })} />
      <Elsewhere view={view} />
      <InvoiceTable rows={rows} query={query} selection={selection} />
      <ListPager view={view} />
      <SelectionBar selection={selection} summary={summary} query={query} rows={rows} />
    </form>
  )
}

/** Nothing to list yet: watched, so that the first invoices appear by themselves. */
const Waiting = ({ view: { connection, query } }: { view: BulkImportView }) => (
  <section class="card" aria-label={words.unpaidInvoices} id="list" data-live="connection" data-until-filled>
    <NothingHere connection={connection} query={query} />
  </section>
)

const Actions = ({ query }: { query: ListQuery }) => {
  const csv = new URLSearchParams(apiParameters(query)).toString()
  return (
    <>
      <a class="button button-small" href="/bulk-import/commands">
        {words.pastOrders}
      </a>
      <a class="button button-small" href={`/api/invoices.csv${csv === '' ? '' : `?${csv}`}`} download>
        {words.downloadCsv}
      </a>
    </>
  )
}

export const BulkImportPage = ({ view }: { view: BulkImportView }) => {
  const { connection, query, rows, summary } = view
  if (connection.state === 'not_connected') return <NotConnected />
  const waiting =
    rows.length === 0 &&
    !isFiltered(query) &&
    query.cursor === undefined &&
    (tabOf(query) === 'all' || connection.lastSyncedAt === null)
  return (
    <Frame connection={connection} actions={<Actions query={query} />}>
      {waiting ? (
        <Waiting view={view} />
      ) : (
        <section class="card list-card" aria-label={words.unpaidInvoices} id="list">
          <Summary summary={summary} query={query} shown={rows.filter((row) => row.eligible).length} />
          <Filters
            query={query}
            currencies={summary?.currencies ?? []}
            baseCurrency={summary?.tabs.all.value?.currencyCode ?? undefined}
            customer={query.customerId === undefined ? undefined : (rows[0]?.debtor.name ?? undefined)}
          />
          {rows.length === 0 ? <NothingHere connection={connection} query={query} /> : <List view={view} />}
        </section>
      )}
    </Frame>
  )
}
