import { DataTable } from '../../components/data-table.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Hidden, WriteForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import { useFormat } from '../../components/page-context.ts'
import { Money, Nothing, type Sum, Sums } from '../../components/values.tsx'

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

/** What pressing the button will do, invoice by invoice added up. */
export interface ReviewView {
  readonly selected: number
  readonly create: { readonly count: number; readonly sums: readonly Sum[] }
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

const Heading = ({ back }: { back: string }) => (
  <>
    <p class="crumbs">
      <a href={back}>Bulk Import (Integration)</a>
    </p>
    <h1>Review and create cases</h1>
  </>
)

const NotCreated = ({ view }: { view: ReviewView }) => {
  const format = useFormat()
  const rows = [
    ...(view.duplicates > 0
      ? [
          {
            code: 'already_a_case',
            message: 'Already a case: nothing is created twice.',
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
        <h2 id="not-created">Will not be created, and why</h2>
        <p class="small muted">An invoice with several reasons is counted under each.</p>
      </div>
      <DataTable
        caption="Reasons why selected invoices will not become cases"
        rows={rows}
        rowKey={(row) => row.code}
        columns={[
          { key: 'why', title: 'Reason', cell: (row) => row.message },
          { key: 'count', title: 'Invoices', class: 'num', cell: (row) => format.count(row.count) },
        ]}
      />
    </section>
  )
}

const PaymentInProgress = ({ rows, more }: { rows: readonly PaymentInProgressView[]; more: number }) =>
  rows.length === 0 ? null : (
    <fieldset class="stack-s">
      <legend class="label">A payment is on its way for these invoices</legend>
      <p class="muted">
        They are held back unless you tick them: a case against somebody who is paying costs goodwill.
      </p>
      {rows.map((row) => (
        <label key={row.zohoInvoiceId} class="choice">
          <input type="checkbox" name="acceptPaymentInProgress" value={row.zohoInvoiceId} />
          <span>
            {row.creditorReference ?? row.zohoInvoiceId}, {row.debtorName ?? <Nothing text="no name" />},{' '}
            <Money amount={row.amount} currencyCode={row.currencyCode} />
          </span>
        </label>
      ))}
      {more > 0 && (
        <p class="muted">And {more} more. To decide about them, select them in a command of their own.</p>
      )}
    </fieldset>
  )

/** Also the rule of `review.js`, which counts what is ticked. */
const createText = (cases: number, count: (value: number) => string) => {
  if (cases === 0) return 'Create Cases'
  return cases === 1 ? 'Create 1 Case' : `Create ${count(cases)} Cases`
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
          <span>
            I confirm that these claims are undisputed.
            <span class="hint">
              {' '}
              The customers have not objected to them, and no complaint or credit is open.
            </span>
          </span>
        </label>
        <p class="muted">
          After you press the button we ask Zoho Books whether each invoice is still unpaid, and create a case
          only when it says so. What was paid, voided or deleted before you pressed it gets no case.
        </p>
      </div>
      <div class="card-foot actions">
        <button type="submit" class="button button-primary" data-create-count={count}>
          {createText(count, format.count)}
        </button>
        <a class="button" href={view.back}>
          Back to the list
        </a>
      </div>
    </WriteForm>
  )
}

export const ReviewPage = ({ view }: { view: ReviewView }) => {
  const format = useFormat()
  if (view.selected === 0)
    return (
      <Layout title="Review and create cases" section="/bulk-import">
        <Heading back={view.back} />
        <div class="card">
          <EmptyState
            icon="inbox"
            title="No invoice is selected"
            actions={
              <a class="button button-primary" href={view.back}>
                Back to the list
              </a>
            }
          >
            Tick the invoices that you want to collect, then press Create Cases.
          </EmptyState>
        </div>
      </Layout>
    )
  const possible = view.create.count > 0 || view.paymentInProgress.length > 0
  return (
    <Layout title="Review and create cases" section="/bulk-import" scripts={['review.js']}>
      <div class="stack">
        <div>
          <Heading back={view.back} />
        </div>
        {view.problem !== undefined && <Notice tone="bad" title={view.problem} />}
        <section class="card" aria-label="What will be created">
          <div class="tiles tiles-few">
            <p class="tile">
              <strong>{format.count(view.create.count)}</strong>
              <span>
                {view.create.count === 1 ? 'case will be created' : 'cases will be created'}
                {view.paymentInProgress.length > 0 && ', besides what you tick below'}
              </span>
            </p>
            <p class="tile">
              <strong>
                {view.create.count === 0 ? (
                  <Nothing text="nothing" />
                ) : (
                  <Sums sums={view.create.sums} most={12} />
                )}
              </strong>
              <span>to recover</span>
            </p>
            <p class="tile">
              <strong>{format.count(view.selected - view.create.count)}</strong>
              <span>of {format.count(view.selected)} selected are left out</span>
            </p>
          </div>
        </section>
        {possible ? (
          <SubmitForm view={view} />
        ) : (
          <Notice
            tone="warn"
            title="None of the selected invoices can become a case now."
            action={{ label: 'Back to the list', href: view.back }}
          >
            The reasons are below.
          </Notice>
        )}
        <NotCreated view={view} />
      </div>
    </Layout>
  )
}
