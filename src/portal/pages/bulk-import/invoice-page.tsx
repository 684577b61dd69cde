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
import { invoicePage as words } from './words.tsx'

const Standing = ({ invoice }: { invoice: InvoiceView }) => {
  if (invoice.caseId !== null)
    return (
      <Notice
        tone="info"
        title={invoice.caseStatus === 'withdrawn' ? words.alreadyAWithdrawnCase : words.alreadyACase}
        action={{ label: words.openTheCase, href: `/cases/${encodeURIComponent(invoice.caseId)}` }}
      />
    )
  return invoice.eligible ? (
    <Notice tone="good" title={words.readyThisInvoiceCanBecome} />
  ) : (
    <Notice tone="warn" title={words.needsFixingBeforeItCan}>
      {words.thingsStandInTheWay(invoice.blockers.length)}
    </Notice>
  )
}

const Reasons = ({ invoice }: { invoice: InvoiceView }) =>
  invoice.blockers.length + invoice.warnings.length === 0 ? null : (
    <section class="card" aria-labelledby="findings">
      <div class="card-title">
        <h2 id="findings">{invoice.blockers.length > 0 ? words.whatToFix : words.worthALook}</h2>
      </div>
      <div class="card-body">
        <Findings findings={invoice.blockers} tone="bad" />
        <Findings findings={invoice.warnings} tone="warn" />
        <p class="small muted">{words.aCorrectionInZohoBooks}</p>
      </div>
    </section>
  )

/** What Zoho Books knows beside the claim; most invoices have none of it. */
const signals = ({ paymentExpectedDate, subStatus, unusedCredits, currencyCode }: InvoiceView) => [
  ...(subStatus === null ? [] : [{ label: words.markedInZohoBooks, value: subStatus }]),
  ...(paymentExpectedDate === null
    ? []
    : [{ label: words.paymentExpected, value: <Day day={paymentExpectedDate} /> }]),
  ...(unusedCredits === null || !/[1-9]/.test(unusedCredits)
    ? []
    : [{ label: words.unusedCredits, value: <Money amount={unusedCredits} currencyCode={currencyCode} /> }]),
]

/** Everything as it will stand in the case. Also shown in the drawer of the list. */
export const InvoicePage = ({ invoice, back }: { invoice: InvoiceView; back: string }) => {
  const format = useFormat()
  const name = invoice.creditorReference ?? invoice.zohoInvoiceId
  return (
    <Layout title={words.invoice(name)} section="/bulk-import">
      <p class="crumbs">
        <a href={back}>{words.bulkImportIntegration}</a>
      </p>
      <div class="stack" data-detail>
        <div class="page-head">
          <div>
            <h1>{words.heading(name)}</h1>
            <p>
              {words.from(
                <Money amount={invoice.amountToRecover} currencyCode={invoice.currencyCode} />,
                invoice.debtor.name ?? words.aCustomerWithoutAName,
                dueText(invoice.daysOverdue, format.count),
              )}
            </p>
          </div>
          {invoice.zohoUrl !== null && (
            <a class="button button-small" href={invoice.zohoUrl} target="_blank" rel="noopener noreferrer">
              {words.openInZohoBooksNew()}
            </a>
          )}
        </div>
        <Standing invoice={invoice} />
        <div class="columns">
          <div class="stack">
            <Reasons invoice={invoice} />
            <section class="card" aria-labelledby="claim">
              <div class="card-title">
                <h2 id="claim">{words.asItWillStandIn}</h2>
              </div>
              <div class="card-body">
                <FieldList
                  fields={[
                    { label: words.creditorReference, value: invoice.creditorReference },
                    { label: words.caseDate, value: <Day day={invoice.date} /> },
                    { label: words.caseDueDate, value: <Day day={invoice.dueDate} /> },
                    {
                      label: words.amountToRecover,
                      value: <Money amount={invoice.amountToRecover} currencyCode={invoice.currencyCode} />,
                    },
                    { label: words.caseCurrency, value: invoice.currencyCode },
                    { label: words.caseDescription, value: invoice.claimDescription },
                    { label: words.statusInZohoBooks, value: <Pill tone="plain">{invoice.zohoStatus}</Pill> },
                    ...signals(invoice),
                  ]}
                />
              </div>
            </section>
          </div>
          <section class="card" aria-labelledby="debtor">
            <div class="card-title">
              <h2 id="debtor">{words.debtor}</h2>
            </div>
            <div class="card-body">
              <FieldList fields={debtorFields(invoice.debtor)} />
            </div>
            {invoice.customerId !== null && (
              <p class="card-foot">
                <a href={listHref(parseListQuery({ customerId: invoice.customerId, eligibility: 'all' }))}>
                  {words.allUnpaidInvoicesOfThis}
                </a>
              </p>
            )}
          </section>
        </div>
      </div>
    </Layout>
  )
}
