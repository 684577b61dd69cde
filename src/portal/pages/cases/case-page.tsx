import type { ComponentChildren } from 'preact'
import { FieldList } from '../../components/field-list.tsx'
import type { Finding } from '../../components/findings.tsx'
import { Findings } from '../../components/findings.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import { CasePill } from '../../components/state-pill.tsx'
import { Day, Moment, Money, RelativeTime } from '../../components/values.tsx'
import { type DebtorView, debtorFields } from '../shared/debtor-fields.tsx'

export interface HistoryView {
  readonly at: Date
  readonly what: string
  readonly who: string | null
}

/** The source invoice as it is now: still open with a balance, closed, or no longer visible to us. */
export interface SourceView {
  readonly state: 'open' | 'paid' | 'void' | 'removed' | 'unknown'
  readonly amount: string | null
  readonly currencyCode: string | null
  readonly asOf: Date | null
  readonly zohoUrl: string | null
  readonly zohoInvoiceId: string
  /** Why Zoho could not be asked just now. */
  readonly problem: string | undefined
}

export interface CaseView {
  readonly id: string
  readonly reference: string
  readonly status: string
  readonly createdAt: Date
  readonly createdBy: string
  readonly creditorReference: string | null
  readonly date: string
  readonly dueDate: string
  readonly amountToRecover: string
  readonly currencyCode: string
  readonly claimDescription: string | null
  readonly debtor: DebtorView
  readonly warnings: readonly Finding[]
  readonly proof: {
    readonly provenAt: Date
    readonly source: 'invoice' | 'full_run'
    readonly zohoStatus: string
    readonly zohoModifiedAt: Date | null
  }
  readonly source: SourceView
  readonly history: readonly HistoryView[]
}

const sourceStates: Record<SourceView['state'], string> = {
  open: 'Unpaid',
  paid: 'Paid since the case was created',
  void: 'Voided in Zoho Books since the case was created',
  removed: 'Deleted in Zoho Books since the case was created',
  unknown: 'Not known: this organization is not connected now',
}

const Card = ({ id, title, children }: { id: string; title: string; children: ComponentChildren }) => (
  <section class="card" aria-labelledby={id}>
    <div class="card-title">
      <h2 id={id}>{title}</h2>
    </div>
    <div class="card-body">{children}</div>
  </section>
)

const Claim = ({ view }: { view: CaseView }) => (
  <Card id="claim" title="Claim">
    <FieldList
      fields={[
        { label: 'Creditor reference', value: view.creditorReference },
        { label: 'Case date', value: <Day day={view.date} /> },
        { label: 'Case due date', value: <Day day={view.dueDate} /> },
        {
          label: 'Amount to recover',
          value: <Money amount={view.amountToRecover} currencyCode={view.currencyCode} />,
        },
        { label: 'Case currency', value: view.currencyCode },
        { label: 'Case description', value: view.claimDescription },
      ]}
    />
  </Card>
)

const Balance = ({ view }: { view: CaseView }) => {
  const { source } = view
  if (source.amount === null) return null
  return (
    <>
      <Money amount={source.amount} currencyCode={source.currencyCode} />
      {source.amount !== view.amountToRecover && (
        <span class="muted small">
          {' '}
          was <Money amount={view.amountToRecover} currencyCode={view.currencyCode} />
        </span>
      )}
    </>
  )
}

const Source = ({ view }: { view: CaseView }) => {
  const { source } = view
  return (
    <Card id="source" title="Source invoice">
      <FieldList
        fields={[
          { label: 'State now', value: sourceStates[source.state] },
          { label: 'Balance now', value: <Balance view={view} /> },
          { label: 'As of', value: <RelativeTime at={source.asOf} /> },
          { label: 'Zoho invoice ID', value: source.zohoInvoiceId },
        ]}
      />
      {source.problem !== undefined && <Notice tone="warn" title={source.problem} />}
      <p class="links">
        <a class="no-print" href={`/cases/${encodeURIComponent(view.id)}/balance`}>
          Ask Zoho Books now
        </a>
        {source.zohoUrl !== null && (
          <a href={source.zohoUrl} target="_blank" rel="noopener noreferrer">
            Open in Zoho Books<span class="visually-hidden"> (new tab)</span>
          </a>
        )}
      </p>
      <p class="small muted">
        A case keeps what it was created from. Later changes in Zoho Books are shown here only.
      </p>
    </Card>
  )
}

const Proof = ({ view }: { view: CaseView }) => (
  <Card id="proof" title="Proof">
    <p>
      Asked after the command, on <Moment at={view.proof.provenAt} />, Zoho Books said that this invoice was
      unpaid
      {view.proof.source === 'invoice' ? ', read by its ID.' : ', in a complete list of unpaid invoices.'}
    </p>
    <FieldList
      fields={[
        { label: 'Status then', value: view.proof.zohoStatus },
        {
          label: 'Last changed there',
          value: view.proof.zohoModifiedAt && <Moment at={view.proof.zohoModifiedAt} />,
        },
      ]}
    />
  </Card>
)

const History = ({ history }: { history: readonly HistoryView[] }) => (
  <Card id="history" title="History">
    <ol class="timeline">
      {history.map((event) => (
        <li key={`${event.at.getTime()} ${event.what}`}>
          {event.what}
          <span class="muted small">
            <br />
            <Moment at={event.at} />
            {event.who !== null && `, ${event.who}`}
          </span>
        </li>
      ))}
    </ol>
  </Card>
)

export const CasePage = ({ view }: { view: CaseView }) => (
  <Layout title={`Case ${view.reference}`} section="/cases">
    <p class="crumbs">
      <a href="/cases">Cases</a>
    </p>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>Case {view.reference}</h1>
          <p>
            <Money amount={view.amountToRecover} currencyCode={view.currencyCode} /> from {view.debtor.name},
            created <RelativeTime at={view.createdAt} /> by {view.createdBy}
          </p>
        </div>
        <div class="links">
          <CasePill status={view.status} />
          <button type="button" class="button button-small needs-js no-print" data-print>
            Print
          </button>
        </div>
      </div>
      <div class="columns">
        <div class="stack">
          <Claim view={view} />
          <Card id="debtor" title="Debtor">
            <FieldList fields={debtorFields(view.debtor)} />
          </Card>
          {view.warnings.length > 0 && (
            <Card id="warnings" title="Known when the case was created">
              <Findings findings={view.warnings} tone="warn" />
            </Card>
          )}
        </div>
        <div class="stack">
          <Source view={view} />
          <Proof view={view} />
          <History history={view.history} />
        </div>
      </div>
    </div>
  </Layout>
)
