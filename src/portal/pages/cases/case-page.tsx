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
import { casePage as words } from './words.tsx'

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
    {describedBy !== null && <span class="muted small">{words.by(describedBy)}</span>}
  </>
)

/** Open as long as the case lacks a description that it needs. */
const Describe = ({ view: { id, claimDescription, evidence } }: { view: CaseView }) => (
  <details
    class="no-print"
    open={evidence.required.includes('description') && !evidence.present.includes('description')}
  >
    <summary>{claimDescription === null ? words.addADescription : words.changeTheDescription}</summary>
    <WriteForm action={`/cases/${encodeURIComponent(id)}/description`} class="stack-s">
      <div class="field">
        <label for="description">{words.whatWasDeliveredOrDone}</label>
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
          {words.inASentenceThatA}
        </p>
      </div>
      <div class="actions">
        <button type="submit" class="button">
          {words.saveDescription}
        </button>
      </div>
    </WriteForm>
  </details>
)

const Claim = ({ view }: { view: CaseView }) => (
  <Card id="claim" title={words.claim}>
    <FieldList
      fields={[
        { label: words.creditorReference, value: view.creditorReference },
        { label: words.caseDate, value: <Day day={view.date} /> },
        { label: words.caseDueDate, value: <Day day={view.dueDate} /> },
        {
          label: words.amountToRecover,
          value: <Money amount={view.amountToRecover} currencyCode={view.currencyCode} />,
        },
        { label: words.caseCurrency, value: view.currencyCode },
        { label: words.caseDescription, value: view.claimDescription && <Description view={view} /> },
      ]}
    />
    {view.status === 'pending_verification' && <Describe view={view} />}
  </Card>
)

const Source = ({ view }: { view: CaseView }) => (
  <Card id="source" title={words.sourceInvoice}>
    <FieldList
      fields={[
        { label: words.stateNow, value: <InvoiceStatePill state={view.invoiceState} /> },
        { label: words.since, value: <RelativeTime at={view.invoiceStateSince} /> },
        {
          label: words.outstandingNow,
          value: (
            <>
              <Money amount={view.outstanding} currencyCode={view.currencyCode} />
              {view.outstanding !== view.amountToRecover && (
                <span class="muted small">
                  {words.claimed(<Money amount={view.amountToRecover} currencyCode={view.currencyCode} />)}
                </span>
              )}
            </>
          ),
        },
        { label: words.asOf, value: <RelativeTime at={view.invoiceAsOf} /> },
        { label: words.zohoInvoiceId, value: view.zohoInvoiceId },
      ]}
    />
    <p class="links">
      <a
        class="button button-small no-print"
        href={`/cases/${encodeURIComponent(view.id)}/balance`}
        data-once-link
        data-busy-text={words.askingZohoBooks}
      >
        {words.askZohoBooksNow}
      </a>
      <a href={view.zohoUrl} target="_blank" rel="noopener noreferrer">
        {words.openInZohoBooksNew()}
      </a>
    </p>
    <p class="small muted">{words.theClaimStaysWhatThe}</p>
  </Card>
)

const Since = ({ view }: { view: CaseView }) => <Moment at={view.invoiceStateSince} />

/** What happened since the case was created, and what to do about it. The most important of it only. */
const NextStep = ({ view }: { view: CaseView }) => {
  if (view.status === 'withdrawn')
    return (
      <Notice tone="info" title={words.thisCaseIsWithdrawn}>
        {words.itCanBeReinstatedAs(view.withdrawnReason)}
      </Notice>
    )
  switch (view.invoiceState) {
    case 'paid':
      return (
        <Notice tone="good" title={words.paidAfterTheCaseWas}>
          {words.zohoBooksShowsTheInvoice(<Since view={view} />)}
        </Notice>
      )
    case 'void':
      return (
        <Notice tone="warn" title={words.voidedAfterTheCaseWas}>
          {words.theInvoiceWasVoidedIn(<Since view={view} />)}
        </Notice>
      )
    case 'removed':
      return (
        <Notice tone="warn" title={words.deletedAfterTheCaseWas}>
          {words.theInvoiceIsNoLonger(<Since view={view} />)}
        </Notice>
      )
    case 'partly_paid':
      return (
        <Notice tone="info" title={words.partlyPaidAfterTheCase}>
          {words.ofAreStillOutstandingAs(
            <Money amount={view.outstanding} currencyCode={view.currencyCode} />,
            <Money amount={view.amountToRecover} currencyCode={view.currencyCode} />,
            <Moment at={view.invoiceAsOf} />,
          )}
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
      title={words.weDoNotHearOf}
      action={{ label: words.goToIntegrations, href: '/integrations' }}
    >
      {words.itsZohoBooksOrganizationIs(<Moment at={view.followedUntil} />)}
    </Notice>
  )

const Withdraw = ({ view }: { view: CaseView }) => {
  const action = `/cases/${encodeURIComponent(view.id)}`
  if (view.status === 'withdrawn')
    return (
      <Card id="reinstate" title={words.reinstate}>
        <WriteForm action={`${action}/reinstate`} class="stack">
          <p>{words.weAskZohoBooksFirst}</p>
          <div class="actions">
            <button type="submit" class="button" data-busy-text={words.askingZohoBooks}>
              {words.reinstateThisCase}
            </button>
          </div>
        </WriteForm>
      </Card>
    )
  return (
    <Card id="withdraw" title={words.withdraw}>
      <WriteForm action={`${action}/withdraw`} class="stack">
        <div class="field">
          <label for="reason">{words.whyShouldThisCaseNot}</label>
          <input
            id="reason"
            type="text"
            name="reason"
            required
            maxLength={500}
            placeholder={words.paidDirectlyToUs}
          />
          <p class="hint">{words.theReasonStaysInThe}</p>
        </div>
        <div class="actions">
          <button type="submit" class="button">
            {words.withdrawThisCase}
          </button>
        </div>
      </WriteForm>
    </Card>
  )
}

const Proof = ({ view }: { view: CaseView }) => (
  <Card id="proof" title={words.proof}>
    <p>
      {words.askedAfterTheCommandOn(
        <Moment at={view.proof.provenAt} />,
        view.proof.source === 'invoice' ? words.readByItsId : words.inACompleteListOf,
      )}
    </p>
    <FieldList
      fields={[
        { label: words.statusThen, value: view.proof.zohoStatus },
        {
          label: words.lastChangedThere,
          value: view.proof.zohoModifiedAt && <Moment at={view.proof.zohoModifiedAt} />,
        },
      ]}
    />
  </Card>
)

const History = ({ history }: { history: readonly HistoryView[] }) => (
  <Card id="history" title={words.history}>
    <ol class="timeline">
      {history.map((event) => (
        <li key={`${event.at.getTime()} ${event.what}`}>
          {event.what}
          {event.left !== undefined && <>{words.outstanding(<Money {...event.left} />)}</>}
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
  <Layout title={words.case(view.reference)} section="/cases" scripts={['upload.js']}>
    <p class="crumbs">
      <a href="/cases">{words.cases}</a>
    </p>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>{words.heading(view.reference)}</h1>
          <p>
            {words.fromCreated(
              <Money amount={view.amountToRecover} currencyCode={view.currencyCode} />,
              view.debtor.name,
            )}
            <RelativeTime at={view.createdAt} />
            {words.createdBy(view.createdBy)}
          </p>
        </div>
        <div class="links">
          <InvoiceStatePill state={view.invoiceState} />
          <CasePill status={view.status} />
          <button type="button" class="button button-small needs-js no-print" data-print>
            {words.print}
          </button>
        </div>
      </div>
      {view.problem !== undefined && <Notice tone="bad" title={view.problem} />}
      <NextStep view={view} />
      <NotFollowed view={view} />
      <div class="columns">
        <div class="stack">
          <Claim view={view} />
          <Card id="debtor" title={words.debtor}>
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
            <Card id="warnings" title={words.knownWhenTheCaseWas}>
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
