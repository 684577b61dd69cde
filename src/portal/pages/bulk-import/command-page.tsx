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
import { commandPage as words } from './words.tsx'

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
  ['created', words.created],
  ['duplicate', words.alreadyACase],
  ['ineligible', words.notEligible],
  ['failed', words.failed],
] as const

const done = ({ created, duplicate, ineligible, failed }: CommandCounts) =>
  created + duplicate + ineligible + failed

const Tiles = ({ view }: { view: CommandView }) => {
  const format = useFormat()
  const path = `/bulk-import/commands/${view.id}`
  return (
    <nav class="tiles" aria-label={words.resultsByOutcome}>
      <a class="tile" href={path} aria-current={view.outcome === undefined ? 'page' : undefined}>
        <strong>{format.count(view.counts.total)}</strong>
        <span>{words.all}</span>
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
            {words.fixInZohoBooksOpens()}
          </a>
        )}
        {mayConfirm && item.outcome === 'ineligible' && reason.code === 'payment_in_progress' && (
          <a href={`/bulk-import/review?ids=${encodeURIComponent(item.zohoInvoiceId)}`}>
            {words.confirmAnyway}
          </a>
        )}
      </span>
    ))}
  </>
)

const CaseLink = ({ item }: { item: CommandItemView }) => {
  if (item.caseId !== null)
    return <a href={`/cases/${encodeURIComponent(item.caseId)}`}>{item.caseReference ?? words.openCase}</a>
  return item.caseReference
}

const Items = ({ items, mayConfirm }: { items: readonly CommandItemView[]; mayConfirm: boolean }) => (
  <DataTable
    caption={words.resultForEachInvoice}
    rows={items}
    rowKey={(item) => item.zohoInvoiceId}
    columns={[
      {
        key: 'invoice',
        title: words.invoice,
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
        title: words.amount,
        class: 'num',
        cell: (item) =>
          item.amount !== null && <Money amount={item.amount} currencyCode={item.currencyCode} />,
      },
      {
        key: 'result',
        title: words.result,
        class: 'wide',
        cell: (item) => <Result item={item} mayConfirm={mayConfirm} />,
      },
      { key: 'case', title: words.case, class: 'wide', cell: (item) => <CaseLink item={item} /> },
    ]}
  />
)

const headline = ({ state, counts }: CommandView, count: (value: number) => string) => {
  if (state !== 'completed') return words.creatingCases
  if (counts.created === 0) return words.noCaseWasCreated
  return words.casesWereCreated(counts.created, count(counts.created))
}

const Actions = ({ view }: { view: CommandView }) => (
  <div class="card-foot actions">
    {view.counts.created > 0 && (
      <a class="button button-primary" href="/cases">
        {words.viewCases}
      </a>
    )}
    {view.counts.failed > 0 && !view.needsReconnect && (
      <WriteForm action={`/bulk-import/commands/${view.id}/retry`}>
        <button type="submit" class="button">
          {words.tryTheFailedOnesAgain}
        </button>
      </WriteForm>
    )}
    <a class="button" href={view.csvHref} download>
      {words.downloadCsv}
    </a>
    <a class="button button-quiet" href="/bulk-import">
      {words.backToBulkImport}
    </a>
  </div>
)

const Explanation = ({ view }: { view: CommandView }) => {
  if (view.state !== 'completed') return <p class="muted">{view.waiting ?? words.weAskZohoBooksWhether}</p>
  const { failed } = view.counts
  return failed > 0 ? (
    <Notice tone="warn" title={words.invoicesCouldNotBeHandled(failed)}>
      {words.noCaseWasCreatedThere}
    </Notice>
  ) : null
}

export const CommandPage = ({ view }: { view: CommandView }) => {
  const format = useFormat()
  const busy = view.state !== 'completed'
  return (
    <Layout title={headline(view, format.count)} section="/bulk-import" scripts={['live.js', 'selection.js']}>
      <p class="crumbs">
        <a href="/bulk-import">{words.bulkImportIntegration}</a> ·{' '}
        <a href="/bulk-import/commands">{words.pastOrders}</a>
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
              {words.given}
              <RelativeTime at={view.createdAt} />
              {words.by(view.who)}
            </p>
          </div>
        </div>
        {view.needsReconnect && (busy || view.counts.failed > 0) && (
          <Notice
            tone="bad"
            title={words.zohoNoLongerAcceptsOur}
            action={{ label: words.reconnect, href: '/integrations/zoho-books/connect' }}
          >
            {busy ? words.theRestOfThisOrder : words.reconnectFirstThenTryThe}
          </Notice>
        )}
        <section class="card" aria-label={words.progress}>
          {(busy || view.counts.failed > 0) && (
            <div class="card-body stack-s">
              {busy && (
                <Progress label={words.creatingCases} value={done(view.counts)} total={view.counts.total}>
                  {words.ofInvoices(format.count(done(view.counts)), format.count(view.counts.total))}
                </Progress>
              )}
              <Explanation view={view} />
            </div>
          )}
          <Tiles view={view} />
          {!busy && <Actions view={view} />}
        </section>
        <section class="card" aria-label={words.results}>
          {view.items.length === 0 ? (
            <EmptyState icon="inbox" title={words.nothingHere}>
              {words.noInvoiceOfThisOrder}
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
