import { DataTable } from '../../components/data-table.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import type { Finding } from '../../components/findings.tsx'
import { WriteForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import { useFormat } from '../../components/page-context.ts'
import { Pager, type PagerLinks } from '../../components/pager.tsx'
import { Progress } from '../../components/progress.tsx'
import { type OutcomeName, OutcomePill } from '../../components/state-pill.tsx'
import { Money, RelativeTime } from '../../components/values.tsx'

export interface CommandItemView {
  readonly zohoInvoiceId: string
  readonly creditorReference: string | null
  readonly debtorName: string | null
  readonly amount: string | null
  readonly currencyCode: string | null
  readonly outcome: OutcomeName
  readonly caseId: string | null
  readonly caseReference: string | null
  readonly reasons: readonly Finding[]
}

export interface CommandCounts {
  readonly total: number
  readonly created: number
  readonly duplicate: number
  readonly ineligible: number
  readonly failed: number
}

export type OutcomeFilter = 'created' | 'duplicate' | 'ineligible' | 'failed'

/** A command to create cases, with the outcome of each invoice. */
export interface CommandView {
  readonly id: string
  readonly state: 'pending' | 'running' | 'completed'
  readonly createdAt: Date
  /** Name of who gave it. */
  readonly who: string
  /** A grant that is lost: nothing can go on until somebody reconnects. */
  readonly needsReconnect: boolean
  /** The policy leaves it to the client whether a payment under way holds an invoice back. */
  readonly mayConfirm: boolean
  readonly counts: CommandCounts
  readonly items: readonly CommandItemView[]
  readonly outcome: OutcomeFilter | undefined
  readonly pager: PagerLinks
  readonly csvHref: string
  /** Why it waits, in one sentence. */
  readonly waiting: string | undefined
}

const outcomeNames = [
  ['created', 'Created'],
  ['duplicate', 'Already a case'],
  ['ineligible', 'Not eligible'],
  ['failed', 'Failed'],
] as const

const done = ({ created, duplicate, ineligible, failed }: CommandCounts) =>
  created + duplicate + ineligible + failed

const Tiles = ({ view }: { view: CommandView }) => {
  const format = useFormat()
  const path = `/bulk-import/commands/${view.id}`
  return (
    <nav class="tiles" aria-label="Results by outcome">
      <a class="tile" href={path} aria-current={view.outcome === undefined ? 'page' : undefined}>
        <strong>{format.count(view.counts.total)}</strong>
        <span>All</span>
      </a>
      {outcomeNames.map(([name, label]) => (
        <a
          key={name}
          class="tile"
          href={`${path}?outcome=${name}`}
          aria-current={view.outcome === name ? 'page' : undefined}
        >
          <strong>{format.count(view.counts[name])}</strong>
          <span>{label}</span>
        </a>
      ))}
    </nav>
  )
}

const Result = ({ item, mayConfirm }: { item: CommandItemView; mayConfirm: boolean }) => (
  <>
    <OutcomePill outcome={item.outcome} />
    {item.reasons.map((reason) => (
      <span key={reason.code} class="sub">
        {reason.message}{' '}
        {reason.fixUrl !== undefined && (
          <a href={reason.fixUrl} target="_blank" rel="noopener noreferrer">
            Fix in Zoho Books<span class="visually-hidden"> (opens a new tab)</span>
          </a>
        )}
        {mayConfirm && item.outcome === 'ineligible' && reason.code === 'payment_in_progress' && (
          <a href={`/bulk-import/review?ids=${encodeURIComponent(item.zohoInvoiceId)}`}>Confirm anyway</a>
        )}
      </span>
    ))}
  </>
)

const CaseLink = ({ item }: { item: CommandItemView }) => {
  if (item.caseId !== null)
    return <a href={`/cases/${encodeURIComponent(item.caseId)}`}>{item.caseReference ?? 'Open case'}</a>
  return item.caseReference
}

const Items = ({ items, mayConfirm }: { items: readonly CommandItemView[]; mayConfirm: boolean }) => (
  <DataTable
    caption="Result for each invoice"
    rows={items}
    rowKey={(item) => item.zohoInvoiceId}
    columns={[
      {
        key: 'invoice',
        title: 'Invoice',
        class: 'clip',
        cell: (item) => (
          <>
            {item.creditorReference ?? item.zohoInvoiceId}
            {item.debtorName !== null && (
              <span class="sub">
                <bdi>{item.debtorName}</bdi>
              </span>
            )}
          </>
        ),
      },
      {
        key: 'amount',
        title: 'Amount',
        class: 'num',
        cell: (item) =>
          item.amount !== null && <Money amount={item.amount} currencyCode={item.currencyCode} />,
      },
      {
        key: 'result',
        title: 'Result',
        class: 'wide',
        cell: (item) => <Result item={item} mayConfirm={mayConfirm} />,
      },
      { key: 'case', title: 'Case', class: 'wide', cell: (item) => <CaseLink item={item} /> },
    ]}
  />
)

const headline = ({ state, counts }: CommandView, count: (value: number) => string) => {
  if (state !== 'completed') return 'Creating cases'
  if (counts.created === 0) return 'No case was created'
  return counts.created === 1 ? '1 case was created' : `${count(counts.created)} cases were created`
}

const Actions = ({ view }: { view: CommandView }) => (
  <div class="card-foot actions">
    {view.counts.created > 0 && (
      <a class="button button-primary" href="/cases">
        View cases
      </a>
    )}
    {view.counts.failed > 0 && !view.needsReconnect && (
      <WriteForm action={`/bulk-import/commands/${view.id}/retry`}>
        <button type="submit" class="button">
          Try the failed ones again
        </button>
      </WriteForm>
    )}
    <a class="button" href={view.csvHref} download>
      Download CSV
    </a>
    <a class="button button-quiet" href="/bulk-import">
      Back to Bulk Import
    </a>
  </div>
)

const Explanation = ({ view }: { view: CommandView }) => {
  if (view.state !== 'completed')
    return (
      <p class="muted">
        {view.waiting ??
          'We ask Zoho Books whether each invoice is still unpaid, and create a case only when it says so. You may leave this page: it goes on by itself, and the results stay here.'}
      </p>
    )
  const { failed } = view.counts
  return failed > 0 ? (
    <Notice
      tone="warn"
      title={failed === 1 ? '1 invoice could not be handled.' : `${failed} invoices could not be handled.`}
    >
      No case was created there. The reasons are below; trying again is safe, nothing is created twice.
    </Notice>
  ) : null
}

export const CommandPage = ({ view }: { view: CommandView }) => {
  const format = useFormat()
  const busy = view.state !== 'completed'
  return (
    <Layout title={headline(view, format.count)} section="/bulk-import" scripts={['live.js', 'selection.js']}>
      <p class="crumbs">
        <a href="/bulk-import">Bulk Import (Integration)</a> · <a href="/bulk-import/commands">Past orders</a>
      </p>
      <div
        class="stack"
        id="command"
        data-live={busy ? 'command' : undefined}
        data-live-id={view.id}
        data-state={view.state}
        data-selection-used
      >
        <div class="page-head">
          <div>
            <h1>{headline(view, format.count)}</h1>
            <p>
              Given <RelativeTime at={view.createdAt} /> by <bdi>{view.who}</bdi>
            </p>
          </div>
        </div>
        {view.needsReconnect && (busy || view.counts.failed > 0) && (
          <Notice
            tone="bad"
            title="Zoho no longer accepts our access."
            action={{ label: 'Reconnect', href: '/integrations/zoho-books/connect' }}
          >
            {busy
              ? 'The rest of this order goes on by itself once Zoho Books is connected again.'
              : 'Reconnect first, then try the failed ones again.'}
          </Notice>
        )}
        <section class="card" aria-label="Progress">
          {(busy || view.counts.failed > 0) && (
            <div class="card-body stack-s">
              {busy && (
                <Progress label="Creating cases" value={done(view.counts)} total={view.counts.total}>
                  <b>
                    {format.count(done(view.counts))} of {format.count(view.counts.total)}
                  </b>{' '}
                  invoices
                </Progress>
              )}
              <Explanation view={view} />
            </div>
          )}
          <Tiles view={view} />
          {!busy && <Actions view={view} />}
        </section>
        <section class="card" aria-label="Results">
          {view.items.length === 0 ? (
            <EmptyState icon="inbox" title="Nothing here">
              No invoice of this order has this outcome.
            </EmptyState>
          ) : (
            <Items items={view.items} mayConfirm={view.mayConfirm} />
          )}
          <Pager {...view.pager} />
        </section>
      </div>
    </Layout>
  )
}
