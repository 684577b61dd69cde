import type { ComponentChildren } from 'preact'
import { FieldList } from '../../components/field-list.tsx'
import type { Finding } from '../../components/findings.tsx'
import { Findings } from '../../components/findings.tsx'
import { WriteForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import {
  CasePill,
  type CaseStatusName,
  type InvoiceStateName,
  InvoiceStatePill,
} from '../../components/state-pill.tsx'
import { Day, Moment, Money, RelativeTime, type Sum } from '../../components/values.tsx'
import { type DebtorView, debtorFields } from '../shared/debtor-fields.tsx'
import { DocumentsCard, type DocumentView, type EvidenceView } from './documents-card.tsx'

export interface HistoryView {
  readonly at: Date
  readonly what: string
  readonly who: string | null
  /** What was left to pay then. */
  readonly left?: Sum | undefined
}

export interface CaseView {
  readonly id: string
  readonly reference: string
  readonly status: CaseStatusName
  readonly withdrawnReason: string | null
  readonly createdAt: Date
  readonly createdBy: string
  readonly creditorReference: string | null
  readonly date: string
  readonly dueDate: string
  readonly amountToRecover: string
  readonly currencyCode: string
  readonly claimDescription: string | null
  /** Who wrote the description; null: it is that of the invoice. */
  readonly describedBy: string | null
  readonly debtor: DebtorView
  readonly warnings: readonly Finding[]
  readonly proof: {
    readonly provenAt: Date
    readonly source: 'invoice' | 'full_run'
    readonly zohoStatus: string
    readonly zohoModifiedAt: Date | null
  }
  /** What became of the invoice; the claim stays what the case was created from. */
  readonly invoiceState: InvoiceStateName
  readonly outstanding: string
  readonly invoiceStateSince: Date
  readonly invoiceAsOf: Date
  /** Null while the invoice is followed. */
  readonly followedUntil: Date | null
  readonly evidence: EvidenceView
  readonly documents: readonly DocumentView[]
  readonly zohoUrl: string
  readonly zohoInvoiceId: string
  /** Why Zoho could not be asked, or the case not be reinstated, just now. */
  readonly problem: string | undefined
  readonly history: readonly HistoryView[]
}

const Card = ({ id, title, children }: { id: string; title: string; children: ComponentChildren }) => (
  <section class="card" aria-labelledby={id}>
    <div class="card-title">
      <h2 id={id}>{title}</h2>
    </div>
    <div class="card-body">{children}</div>
  </section>
)

const Description = ({ view: { claimDescription, describedBy } }: { view: CaseView }) => (
  <>
    <bdi class="lines">{claimDescription}</bdi>
    {describedBy !== null && <span class="muted small"> by {describedBy}</span>}
  </>
)

/** Open as long as the case lacks a description that it needs. */
const Describe = ({ view: { id, claimDescription, evidence } }: { view: CaseView }) => (
  <details
    class="no-print"
    open={evidence.required.includes('description') && !evidence.present.includes('description')}
  >
    <summary>{claimDescription === null ? 'Add a description' : 'Change the description'}</summary>
    <WriteForm action={`/cases/${encodeURIComponent(id)}/description`} class="stack-s">
      <div class="field">
        <label for="description">What was delivered or done?</label>
        <textarea
          id="description"
          name="description"
          rows={3}
          required
          maxLength={4000}
          aria-describedby="description-hint"
        >
          {claimDescription}
        </textarea>
        <p class="hint" id="description-hint">
          In a sentence that a stranger understands: a number alone says too little. The invoice in Zoho Books
          stays as it is.
        </p>
      </div>
      <div class="actions">
        <button type="submit" class="button">
          Save description
        </button>
      </div>
    </WriteForm>
  </details>
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
        { label: 'Case description', value: view.claimDescription && <Description view={view} /> },
      ]}
    />
    {view.status === 'pending_verification' && <Describe view={view} />}
  </Card>
)

const Source = ({ view }: { view: CaseView }) => (
  <Card id="source" title="Source invoice">
    <FieldList
      fields={[
        { label: 'State now', value: <InvoiceStatePill state={view.invoiceState} /> },
        { label: 'Since', value: <RelativeTime at={view.invoiceStateSince} /> },
        {
          label: 'Outstanding now',
          value: (
            <>
              <Money amount={view.outstanding} currencyCode={view.currencyCode} />
              {view.outstanding !== view.amountToRecover && (
                <span class="muted small">
                  {' '}
                  claimed <Money amount={view.amountToRecover} currencyCode={view.currencyCode} />
                </span>
              )}
            </>
          ),
        },
        { label: 'As of', value: <RelativeTime at={view.invoiceAsOf} /> },
        { label: 'Zoho invoice ID', value: view.zohoInvoiceId },
      ]}
    />
    <p class="links">
      <a
        class="button button-small no-print"
        href={`/cases/${encodeURIComponent(view.id)}/balance`}
        data-once-link
        data-busy-text="Asking Zoho Books…"
      >
        Ask Zoho Books now
      </a>
      <a href={view.zohoUrl} target="_blank" rel="noopener noreferrer">
        Open in Zoho Books<span class="visually-hidden"> (new tab)</span>
      </a>
    </p>
    <p class="small muted">
      The claim stays what the case was created from. What becomes of the invoice is kept beside it.
    </p>
  </Card>
)

const Since = ({ view }: { view: CaseView }) => <Moment at={view.invoiceStateSince} />

/** What happened since the case was created, and what to do about it. The most important of it only. */
const NextStep = ({ view }: { view: CaseView }) => {
  if (view.status === 'withdrawn')
    return (
      <Notice tone="info" title="This case is withdrawn">
        {view.withdrawnReason}. It can be reinstated as long as Zoho Books says that the invoice is unpaid.
      </Notice>
    )
  switch (view.invoiceState) {
    case 'paid':
      return (
        <Notice tone="good" title="Paid after the case was created">
          Zoho Books shows the invoice as paid since <Since view={view} />. If nothing else is owed, withdraw
          the case below. If the payment is wrong, correct it in Zoho Books: the case hears of it.
        </Notice>
      )
    case 'void':
      return (
        <Notice tone="warn" title="Voided after the case was created">
          The invoice was voided in Zoho Books; we have known since <Since view={view} />. A voided invoice is
          not owed: withdraw the case below.
        </Notice>
      )
    case 'removed':
      return (
        <Notice tone="warn" title="Deleted after the case was created">
          The invoice is no longer in Zoho Books; we have known since <Since view={view} />. If the claim was
          a mistake, withdraw the case below.
        </Notice>
      )
    case 'partly_paid':
      return (
        <Notice tone="info" title="Partly paid after the case was created">
          <Money amount={view.outstanding} currencyCode={view.currencyCode} /> of{' '}
          <Money amount={view.amountToRecover} currencyCode={view.currencyCode} /> are still outstanding, as
          of <Moment at={view.invoiceAsOf} />.
        </Notice>
      )
    case 'unpaid':
      return null
  }
}

const NotFollowed = ({ view }: { view: CaseView }) =>
  view.followedUntil === null ? null : (
    <Notice
      tone="warn"
      title="We do not hear of this invoice now"
      action={{ label: 'Go to Integrations', href: '/integrations' }}
    >
      Its Zoho Books organization is not connected. What stands here is as of{' '}
      <Moment at={view.followedUntil} />.
    </Notice>
  )

const Withdraw = ({ view }: { view: CaseView }) => {
  const action = `/cases/${encodeURIComponent(view.id)}`
  if (view.status === 'withdrawn')
    return (
      <Card id="reinstate" title="Reinstate">
        <WriteForm action={`${action}/reinstate`} class="stack">
          <p>
            We ask Zoho Books first. If the invoice is still unpaid, the case goes on as it was; it keeps its
            reference.
          </p>
          <div class="actions">
            <button type="submit" class="button" data-busy-text="Asking Zoho Books…">
              Reinstate this case
            </button>
          </div>
        </WriteForm>
      </Card>
    )
  return (
    <Card id="withdraw" title="Withdraw">
      <WriteForm action={`${action}/withdraw`} class="stack">
        <div class="field">
          <label for="reason">Why should this case not go on?</label>
          <input
            id="reason"
            type="text"
            name="reason"
            required
            maxLength={500}
            placeholder="Paid directly to us"
          />
          <p class="hint">The reason stays in the history. The invoice never becomes a second case.</p>
        </div>
        <div class="actions">
          <button type="submit" class="button">
            Withdraw this case
          </button>
        </div>
      </WriteForm>
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
          {event.left !== undefined && (
            <>
              : <Money {...event.left} /> outstanding
            </>
          )}
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
  <Layout title={`Case ${view.reference}`} section="/cases" scripts={['upload.js']}>
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
          <InvoiceStatePill state={view.invoiceState} />
          <CasePill status={view.status} />
          <button type="button" class="button button-small needs-js no-print" data-print>
            Print
          </button>
        </div>
      </div>
      {view.problem !== undefined && <Notice tone="bad" title={view.problem} />}
      <NextStep view={view} />
      <NotFollowed view={view} />
      <div class="columns">
        <div class="stack">
          <Claim view={view} />
          <Card id="debtor" title="Debtor">
            <FieldList fields={debtorFields(view.debtor)} />
          </Card>
          <DocumentsCard
            view={{
              caseId: view.id,
              evidence: view.evidence,
              documents: view.documents,
              isNew: view.status === 'pending_verification',
            }}
          />
          {view.warnings.length > 0 && (
            <Card id="warnings" title="Known when the case was created">
              <Findings findings={view.warnings} tone="warn" />
            </Card>
          )}
          <div class="no-print">
            <Withdraw view={view} />
          </div>
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
