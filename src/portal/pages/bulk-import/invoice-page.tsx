import { FieldList } from '../../components/field-list.tsx'
import { Findings } from '../../components/findings.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import { useFormat } from '../../components/page-context.ts'
import { Pill } from '../../components/state-pill.tsx'
import { Day, Money } from '../../components/values.tsx'
import { debtorFields } from '../shared/debtor-fields.tsx'
import { dueText, type InvoiceView } from './invoice-view.ts'
import { listHref, parseListQuery } from './list-query.ts'

const Standing = ({ invoice }: { invoice: InvoiceView }) => {
  if (invoice.caseId !== null)
    return (
      <Notice
        tone="info"
        title={
          invoice.caseStatus === 'withdrawn'
            ? 'This invoice is already a case, which is withdrawn.'
            : 'This invoice is already a case.'
        }
        action={{ label: 'Open the case', href: `/cases/${encodeURIComponent(invoice.caseId)}` }}
      />
    )
  return invoice.eligible ? (
    <Notice tone="good" title="Ready: this invoice can become a case." />
  ) : (
    <Notice tone="warn" title="Needs fixing before it can become a case">
      {invoice.blockers.length === 1
        ? 'One thing stands in the way.'
        : `${invoice.blockers.length} things stand in the way; here are all of them.`}
    </Notice>
  )
}

const Reasons = ({ invoice }: { invoice: InvoiceView }) =>
  invoice.blockers.length + invoice.warnings.length === 0 ? null : (
    <section class="card" aria-labelledby="findings">
      <div class="card-title">
        <h2 id="findings">{invoice.blockers.length > 0 ? 'What to fix' : 'Worth a look'}</h2>
      </div>
      <div class="card-body">
        <Findings findings={invoice.blockers} tone="bad" />
        <Findings findings={invoice.warnings} tone="warn" />
        <p class="small muted">A correction in Zoho Books arrives here with the next sync.</p>
      </div>
    </section>
  )

/** What Zoho Books knows beside the claim; most invoices have none of it. */
const signals = ({ paymentExpectedDate, subStatus, unusedCredits, currencyCode }: InvoiceView) => [
  ...(subStatus === null ? [] : [{ label: 'Marked in Zoho Books', value: subStatus }]),
  ...(paymentExpectedDate === null
    ? []
    : [{ label: 'Payment expected', value: <Day day={paymentExpectedDate} /> }]),
  ...(unusedCredits === null || !/[1-9]/.test(unusedCredits)
    ? []
    : [{ label: 'Unused credits', value: <Money amount={unusedCredits} currencyCode={currencyCode} /> }]),
]

/** Everything as it will stand in the case. Also shown in the drawer of the list. */
export const InvoicePage = ({ invoice, back }: { invoice: InvoiceView; back: string }) => {
  const format = useFormat()
  const name = invoice.creditorReference ?? invoice.zohoInvoiceId
  return (
    <Layout title={`Invoice ${name}`} section="/bulk-import">
      <p class="crumbs">
        <a href={back}>Bulk Import (Integration)</a>
      </p>
      <div class="stack" data-detail>
        <div class="page-head">
          <div>
            <h1>Invoice {name}</h1>
            <p>
              <Money amount={invoice.amountToRecover} currencyCode={invoice.currencyCode} /> from{' '}
              <bdi>{invoice.debtor.name ?? 'a customer without a name'}</bdi>,{' '}
              {dueText(invoice.daysOverdue, format.count)}
            </p>
          </div>
          {invoice.zohoUrl !== null && (
            <a class="button button-small" href={invoice.zohoUrl} target="_blank" rel="noopener noreferrer">
              Open in Zoho Books<span class="visually-hidden"> (new tab)</span>
            </a>
          )}
        </div>
        <Standing invoice={invoice} />
        <div class="columns">
          <div class="stack">
            <Reasons invoice={invoice} />
            <section class="card" aria-labelledby="claim">
              <div class="card-title">
                <h2 id="claim">As it will stand in the case</h2>
              </div>
              <div class="card-body">
                <FieldList
                  fields={[
                    { label: 'Creditor reference', value: invoice.creditorReference },
                    { label: 'Case date', value: <Day day={invoice.date} /> },
                    { label: 'Case due date', value: <Day day={invoice.dueDate} /> },
                    {
                      label: 'Amount to recover',
                      value: <Money amount={invoice.amountToRecover} currencyCode={invoice.currencyCode} />,
                    },
                    { label: 'Case currency', value: invoice.currencyCode },
                    { label: 'Case description', value: invoice.claimDescription },
                    { label: 'Status in Zoho Books', value: <Pill tone="plain">{invoice.zohoStatus}</Pill> },
                    ...signals(invoice),
                  ]}
                />
              </div>
            </section>
          </div>
          <section class="card" aria-labelledby="debtor">
            <div class="card-title">
              <h2 id="debtor">Debtor</h2>
            </div>
            <div class="card-body">
              <FieldList fields={debtorFields(invoice.debtor)} />
            </div>
            {invoice.customerId !== null && (
              <p class="card-foot">
                <a href={listHref(parseListQuery({ customerId: invoice.customerId, eligibility: 'all' }))}>
                  All unpaid invoices of this customer
                </a>
              </p>
            )}
          </section>
        </div>
      </div>
    </Layout>
  )
}
