import { DataTable } from '../../components/data-table.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Hidden, WriteForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import { useFormat, usePage } from '../../components/page-context.ts'
import { Day, Headline, Money, Nothing, type Sum } from '../../components/values.tsx'
import { ConnectionLine } from '../integrations/connection-line.tsx'
import { connectionNotice } from '../integrations/connection-notice.tsx'
import type { ConnectionView } from '../integrations/connection-view.ts'
import { DebtorTypesCard, type UntypedDebtorView } from './debtor-types-card.tsx'
import { dueText, type InvoiceView } from './invoice-view.ts'
import { inWords } from './reason-words.ts'
import type { ReasonView } from './summary.tsx'
import { reviewPage as words } from './words.tsx'

/** Why some of the selected invoices will not become cases. */
export interface NotCreatedView {
  readonly code: string
  readonly message: string
  readonly count: number
}

export interface PaymentInProgressView {
  readonly zohoInvoiceId: string
  readonly creditorReference: string | null
  readonly debtorName: string | null
  readonly amount: string
  readonly currencyCode: string | null
}

/** What pressing the button will do: the invoices, what they come to, and what is worth a look. */
export interface ReviewView {
  readonly connection: ConnectionView
  /** A page of the invoices that become cases, the largest amounts first. */
  readonly rows: readonly InvoiceView[]
  readonly pager: { readonly previous: string | null; readonly next: string | null }
  readonly warnings: readonly ReasonView[]
  readonly untypedDebtors: readonly UntypedDebtorView[]
  readonly moreUntyped: boolean
  /** Too many ids for an address. */
  readonly isLong: boolean
  readonly selected: number
  readonly create: {
    readonly count: number
    readonly sums: readonly Sum[]
    /** All of them in the organization's currency. */
    readonly value?: Sum | undefined
  }
  readonly duplicates: number
  readonly notCreated: readonly NotCreatedView[]
  readonly paymentInProgress: readonly PaymentInProgressView[]
  /** Held back too, but not named here. */
  readonly moreInProgress: number
  /** The selection again, as hidden fields of the form. */
  readonly fields: Readonly<Record<string, string>>
  readonly back: string
  readonly problem: string | undefined
}

const unable = new Set<ConnectionView['state']>(['not_connected', 'reconnect_required', 'paused'])

const Heading = ({ back, connection }: { back: string; connection: ConnectionView }) => (
  <>
    <p class="crumbs">
      <a href={back}>{words.bulkImportIntegration}</a>
    </p>
    <h1>{words.reviewAndCreateCases}</h1>
    {connection.state !== 'not_connected' && (
      <ConnectionLine connection={connection} step={!unable.has(connection.state)} />
    )}
  </>
)

const NotCreated = ({ view }: { view: ReviewView }) => {
  const format = useFormat()
  const rows = [
    ...(view.duplicates > 0
      ? [
          {
            code: 'already_a_case',
            message: words.alreadyACaseNothingIs,
            count: view.duplicates,
          },
        ]
      : []),
    ...view.notCreated,
  ]
  if (rows.length === 0) return null
  return (
    <section class="card" aria-labelledby="not-created">
      <div class="card-title">
        <h2 id="not-created">{words.willNotBeCreatedAnd}</h2>
        <p class="small muted">{words.anInvoiceWithSeveralReasons}</p>
      </div>
      <DataTable
        caption={words.reasonsWhySelectedInvoicesWill}
        rows={rows}
        rowKey={(row) => row.code}
        columns={[
          { key: 'why', title: words.reason, cell: (row) => row.message },
          { key: 'count', title: words.invoices, class: 'num', cell: (row) => format.count(row.count) },
        ]}
      />
    </section>
  )
}

const PaymentInProgress = ({ rows, more }: { rows: readonly PaymentInProgressView[]; more: number }) =>
  rows.length === 0 ? null : (
    <fieldset class="stack-s">
      <legend class="label">{words.aPaymentIsOnIts}</legend>
      <p class="muted">{words.theyAreHeldBackUnless}</p>
      {rows.map((row) => (
        <label key={row.zohoInvoiceId} class="choice">
          <input type="checkbox" name="acceptPaymentInProgress" value={row.zohoInvoiceId} />
          <span>
            {row.creditorReference ?? row.zohoInvoiceId}, {row.debtorName ?? <Nothing text={words.noName} />},{' '}
            <Money amount={row.amount} currencyCode={row.currencyCode} />
          </span>
        </label>
      ))}
      {more > 0 && <p class="muted">{words.andMoreToDecideAbout(more)}</p>}
    </fieldset>
  )

/** Also the rule of `review.js`, which counts what is ticked. */
const createText = (cases: number, count: (value: number) => string) => {
  return cases === 0 ? words.createCases : words.createSome(cases, count(cases))
}

const SubmitForm = ({ view }: { view: ReviewView }) => {
  const format = useFormat()
  const { count } = view.create
  return (
    <WriteForm action="/bulk-import/create" class="card">
      <Hidden values={view.fields} />
      <div class="card-body stack">
        <PaymentInProgress rows={view.paymentInProgress} more={view.moreInProgress} />
        <label class="choice">
          <input type="checkbox" name="confirmUndisputed" value="true" required />
          <span>{words.iConfirmThatTheseClaims()}</span>
        </label>
        <p class="muted">{words.invoiceCopiesWillBeAttached()}</p>
        <p class="muted">{words.afterYouPressTheButton}</p>
      </div>
      <div class="card-foot actions">
        <button type="submit" class="button button-primary" data-create-count={count}>
          {createText(count, format.count)}
        </button>
        <a class="button" href={view.back}>
          {words.backToTheList}
        </a>
      </div>
    </WriteForm>
  )
}

/** Without what belongs to the draft alone. */
const selectionOf = ({ idempotencyKey: _key, ...fields }: ReviewView['fields']) => fields

/** A row is taken out, and the pages are turned, by buttons of one form: it carries the selection along. */
const Invoices = ({ view }: { view: ReviewView }) => {
  const { csrfToken, format } = usePage()
  if (view.rows.length === 0) return null
  const fields = selectionOf(view.fields)
  const turn = (cursor: string | null, text: string) => (
    <button
      class="button button-small"
      type="submit"
      name="page"
      value={cursor ?? ''}
      disabled={cursor === null}
    >
      {text}
    </button>
  )
  return (
    <form
      class="card"
      method={view.isLong ? 'post' : 'get'}
      action="/bulk-import/review"
      aria-label={words.invoices}
    >
      {view.isLong && csrfToken !== undefined && <input type="hidden" name="_csrf" value={csrfToken} />}
      <Hidden values={fields} />
      <div class="card-title">
        <h2 id="review-invoices">{words.invoicesThatBecomeCases}</h2>
        <p class="small muted">{words.largestFirstByValueIn}</p>
      </div>
      <DataTable
        class="list-table review-table"
        caption={words.invoicesThatBecomeCases}
        rows={view.rows}
        rowKey={(row) => row.zohoInvoiceId}
        columns={[
          {
            key: 'debtor',
            title: words.debtor,
            class: 'col-customer',
            cell: (row) => (
              <>
                {row.debtor.name === null ? <Nothing text={words.noName} /> : <bdi>{row.debtor.name}</bdi>}
                <span class="about">
                  <bdi>{row.creditorReference ?? row.zohoInvoiceId}</bdi>
                </span>
              </>
            ),
          },
          {
            key: 'amount',
            title: words.amount,
            class: 'num top col-amount',
            cell: (row) => <Money amount={row.amountToRecover} currencyCode={row.currencyCode} />,
          },
          {
            key: 'due',
            title: words.dueDate,
            class: 'wide col-day',
            cell: (row) => (
              <>
                <Day day={row.dueDate} />
                <span class="about narrow-only">{dueText(row.daysOverdue, format.count)}</span>
              </>
            ),
          },
          {
            key: 'warnings',
            title: words.worthALook,
            class: 'wide col-warnings',
            cell: (row) => row.warnings.length > 0 && <span class="why">{inWords(row.warnings)}</span>,
          },
          {
            key: 'remove',
            title: <span class="visually-hidden">{words.takeOut}</span>,
            class: 'col-remove',
            cell: (row) => (
              <button
                type="submit"
                class="button button-quiet button-small"
                name="remove"
                value={row.zohoInvoiceId}
              >
                {words.remove(row.creditorReference ?? row.zohoInvoiceId)}
              </button>
            ),
          },
        ]}
      />
      {(view.pager.previous !== null || view.pager.next !== null) && (
        <nav class="pager" aria-label={words.pages}>
          <span />
          <div class="actions">
            {turn(view.pager.previous, words.previous)}
            {turn(view.pager.next, words.next)}
          </div>
        </nav>
      )}
    </form>
  )
}

/** "12 without an e-mail address": nothing that stops a case, but better known before. */
const Warnings = ({ warnings }: { warnings: readonly ReasonView[] }) => {
  const format = useFormat()
  if (warnings.length === 0) return null
  return (
    <section class="card card-body" aria-labelledby="worth-a-look">
      <h2 class="h2-small" id="worth-a-look">
        {words.worthALook}
      </h2>
      <ul class="plain counts">
        {warnings.map(({ code, title, count }) => (
          <li key={code}>
            <span>{title}</span> <b>{format.count(count)}</b>
          </li>
        ))}
      </ul>
    </section>
  )
}

const Totals = ({ view, able }: { view: ReviewView; able: boolean }) => {
  const format = useFormat()
  const { count, sums, value } = view.create
  const out = view.selected - count
  return (
    <section class="card" aria-label={words.whatWillBeCreated}>
      <div class="card-body stack-s">
        <p class="total">
          <strong>{format.count(count)}</strong>{' '}
          <span>
            {able ? words.willBeCreated(count) : words.areReady(count)}
            {able && view.paymentInProgress.length > 0 && words.besidesWhatYouTickBelow}
          </span>
        </p>
        {count > 0 && (
          <div class="total-sums">
            <Headline sums={sums} value={value} />
          </div>
        )}
        <p class="muted">{words.ofSelectedAreLeftOut(format.count(out), format.count(view.selected))}</p>
      </div>
    </section>
  )
}

/** Without a working connection no case can be proven, so none is promised. */
const Unconnected = ({ connection, back }: { connection: ConnectionView; back: string }) => {
  const notice = connectionNotice(connection)
  return (
    <Notice
      tone="bad"
      title={notice?.title ?? words.theConnectionToZohoBooks}
      action={
        connection.state === 'paused'
          ? { label: words.backToTheList, href: back }
          : { label: words.reconnect, href: '/integrations/zoho-books/connect' }
      }
    >
      {words.noCaseCanBeCreated}
    </Notice>
  )
}

export const ReviewPage = ({ view }: { view: ReviewView }) => {
  if (view.selected === 0)
    return (
      <Layout title={words.reviewAndCreateCases} section="/bulk-import" scripts={['live.js', 'review.js']}>
        <Heading back={view.back} connection={view.connection} />
        <div class="card">
          <EmptyState
            icon="inbox"
            title={words.noInvoiceIsSelected}
            actions={
              <a class="button button-primary" href={view.back}>
                {words.backToTheList}
              </a>
            }
          >
            {words.tickTheInvoicesThatYou}
          </EmptyState>
        </div>
      </Layout>
    )
  const possible = view.create.count > 0 || view.paymentInProgress.length > 0
  const able = !unable.has(view.connection.state)
  return (
    <Layout title={words.reviewAndCreateCases} section="/bulk-import" scripts={['live.js', 'review.js']} wide>
      <div class="stack">
        <div>
          <Heading back={view.back} connection={view.connection} />
        </div>
        {view.problem !== undefined && <Notice tone="bad" title={view.problem} />}
        {!able && <Unconnected connection={view.connection} back={view.back} />}
        <div class="review">
          <div class="review-side stack">
            <Totals view={view} able={able} />
            {able && possible && <SubmitForm view={view} />}
            <Warnings warnings={view.warnings} />
          </div>
          <div class="review-main stack">
            {!possible && (
              <Notice
                tone="warn"
                title={words.noneOfTheSelectedInvoices}
                action={{ label: words.backToTheList, href: view.back }}
              >
                {words.theReasonsAreBelow}
              </Notice>
            )}
            <DebtorTypesCard
              debtors={view.untypedDebtors}
              more={view.moreUntyped}
              fields={selectionOf(view.fields)}
            />
            <Invoices view={view} />
            <NotCreated view={view} />
          </div>
        </div>
      </div>
    </Layout>
  )
}
