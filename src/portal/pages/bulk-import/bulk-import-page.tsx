import type { ComponentChildren } from 'preact'
import { EmptyState } from '../../components/empty-state.tsx'
import { Hidden } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import { usePage } from '../../components/page-context.ts'
import { RelativeTime } from '../../components/values.tsx'
import { connectionNotice } from '../integrations/connection-notice.tsx'
import type { ConnectionView } from '../integrations/connection-view.ts'
import { SyncProgress } from '../integrations/sync-progress.tsx'
import { Filters, PageSize } from './filters.tsx'
import { InvoiceTable, type Selection } from './invoice-table.tsx'
import type { InvoiceView } from './invoice-view.ts'
import { isFiltered, type ListQuery, listHref, listParameters } from './list-query.ts'
import { SelectionBar } from './selection-bar.tsx'
import { Summary, type SummaryView } from './summary.tsx'

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

const Frame = ({ children, lede }: { children: ComponentChildren; lede?: ComponentChildren }) => (
  <Layout title="Bulk Import (Integration)" section="/bulk-import" scripts={['live.js', 'selection.js']}>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>Bulk Import (Integration)</h1>
          <p>{lede ?? 'Your unpaid invoices from Zoho Books.'}</p>
        </div>
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
        title="Connect Zoho Books first"
        actions={
          <a class="button button-primary" href="/integrations">
            Go to Integrations
          </a>
        }
      >
        Your unpaid invoices appear here once your organization is connected.
      </EmptyState>
    </div>
  </Frame>
)

/** How current the list is, or why it is not. */
const Freshness = ({ connection }: { connection: ConnectionView }) => {
  const notice = connectionNotice(connection)
  const firstSync = notice?.tone === 'info' && connection.lastSyncedAt === null
  return (
    <div data-live="connection" data-state={connection.state} id="freshness" class="stack-s">
      {notice && !firstSync && (
        <Notice
          tone={notice.tone}
          title={notice.title}
          action={{ label: 'Open Integrations', href: '/integrations' }}
        >
          {notice.text}
        </Notice>
      )}
      {connection.progress && (
        <div class="card card-body">
          <SyncProgress progress={connection.progress} />
        </div>
      )}
    </div>
  )
}

const NothingHere = ({ connection, query }: { connection: ConnectionView; query: ListQuery }) => {
  if (isFiltered(query) || query.cursor !== undefined)
    return (
      <EmptyState
        icon="search"
        title="Nothing matches"
        actions={
          <a class="button" href="/bulk-import">
            Show all unpaid invoices
          </a>
        }
      >
        No unpaid invoice fits these filters. An invoice that you miss here may be paid, a draft, or not read
        yet.
      </EmptyState>
    )
  if (connection.lastSyncedAt === null)
    return (
      <EmptyState icon="inbox" title="Reading your invoices">
        The first unpaid invoices appear here in a moment. You may leave this page: it goes on by itself.
      </EmptyState>
    )
  return (
    <EmptyState icon="done" title="No unpaid invoices">
      Everything in {connection.organization?.name ?? 'your organization'} is paid. New invoices appear here
      by themselves.
    </EmptyState>
  )
}

/** Without JavaScript the pager is a pair of buttons of the form: what is ticked travels along in the URL. */
const ListPager = ({ view }: { view: BulkImportView }) => {
  const { previous, next, query } = view
  const link = (cursor: string | null, rel: string, text: string) =>
    cursor === null ? (
      <span class="button button-small" aria-disabled="true">
        {text}
      </span>
    ) : (
      <>
        <a
          class="button button-small needs-js"
          rel={rel}
          href={listHref(query, { cursor, select: query.select })}
        >
          {text}
        </a>
        <noscript>
          <button
            class="button button-small"
            type="submit"
            formaction="/bulk-import"
            name="cursor"
            value={cursor}
          >
            {text}
          </button>
        </noscript>
      </>
    )
  return (
    <nav class="pager" aria-label="Pages">
      <PageSize query={query} />
      <div class="actions">
        {link(previous, 'prev', 'Previous')}
        {link(next, 'next', 'Next')}
      </div>
    </nav>
  )
}

/** Ids ticked on other pages, carried along by the form. */
const Elsewhere = ({ view }: { view: BulkImportView }) => {
  const here = new Set(view.rows.map((row) => row.zohoInvoiceId))
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
      <Hidden values={listParameters({ ...query, cursor: undefined })} />
      <Elsewhere view={view} />
      <InvoiceTable rows={rows} query={query} selection={selection} />
      <ListPager view={view} />
      <SelectionBar selection={selection} summary={summary} query={query} />
    </form>
  )
}

/** Nothing to list yet: watched, so that the first invoices appear by themselves. */
const Waiting = ({ view: { connection, query } }: { view: BulkImportView }) => (
  <section class="card" aria-label="Unpaid invoices" id="list" data-live="connection" data-until-filled>
    <NothingHere connection={connection} query={query} />
  </section>
)

export const BulkImportPage = ({ view }: { view: BulkImportView }) => {
  const { connection, query, rows, summary } = view
  if (connection.state === 'not_connected') return <NotConnected />
  const waiting = rows.length === 0 && !isFiltered(query) && query.cursor === undefined
  return (
    <Frame
      lede={
        <>
          Unpaid invoices of <b>{connection.organization?.name}</b>
          {connection.lastSyncedAt && (
            <>
              , last synced <RelativeTime at={connection.lastSyncedAt} />
            </>
          )}
          .
        </>
      }
    >
      <Freshness connection={connection} />
      {waiting ? (
        <Waiting view={view} />
      ) : (
        <section class="card" aria-label="Unpaid invoices" id="list">
          <Filters query={query} currencies={summary?.currencies ?? []} />
          <Summary summary={summary} query={query} shown={rows.filter((row) => row.eligible).length} />
          {rows.length === 0 ? <NothingHere connection={connection} query={query} /> : <List view={view} />}
        </section>
      )}
    </Frame>
  )
}
