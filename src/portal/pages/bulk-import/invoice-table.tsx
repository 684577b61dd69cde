import { type Column, DataTable } from '../../components/data-table.tsx'
import { useFormat } from '../../components/page-context.ts'
import { Pill } from '../../components/state-pill.tsx'
import { Day, Money, Nothing } from '../../components/values.tsx'
import { dueText, type InvoiceView } from './invoice-view.ts'
import { type ListQuery, listHref } from './list-query.ts'

const invoiceHref = (invoice: InvoiceView, query: ListQuery) =>
  listHref(
    query,
    { cursor: query.cursor },
    `/bulk-import/invoices/${encodeURIComponent(invoice.zohoInvoiceId)}`,
  )

/** Eligible, a case already, or the first reason why not. */
export const InvoiceState = ({ invoice }: { invoice: InvoiceView }) => {
  if (invoice.caseId !== null)
    return (
      <Pill tone="plain" href={`/cases/${encodeURIComponent(invoice.caseId)}`}>
        Already a case
      </Pill>
    )
  const [first, ...others] = invoice.blockers
  if (first)
    return (
      <>
        <Pill tone="warn">Not eligible</Pill>
        <span class="sub">
          {first.message}
          {others.length > 0 && ` And ${others.length} more.`}
        </span>
      </>
    )
  const warnings = invoice.warnings.length
  return (
    <>
      <Pill tone="good">Eligible</Pill>
      {warnings > 0 && <span class="sub">{warnings === 1 ? '1 warning' : `${warnings} warnings`}</span>}
    </>
  )
}

const Check = ({ invoice, checked, locked }: { invoice: InvoiceView; checked: boolean; locked: boolean }) => (
  <label class="check">
    <input
      type="checkbox"
      name="ids"
      value={invoice.zohoInvoiceId}
      checked={checked && invoice.eligible}
      disabled={!invoice.eligible || locked}
      data-amount={invoice.amountToRecover}
      data-currency={invoice.currencyCode ?? ''}
      aria-label={`Select invoice ${invoice.creditorReference ?? invoice.zohoInvoiceId}`}
    />
  </label>
)

const SortLink = ({ query, by, children }: { query: ListQuery; by: ListQuery['sort']; children: string }) => {
  const active = query.sort === by
  const order = active && query.order === 'asc' ? 'desc' : 'asc'
  return (
    <a href={listHref(query, { sort: by, order })}>
      {children}
      <span class="sort-mark" aria-hidden="true">
        {active ? (query.order === 'asc' ? '↑' : '↓') : ''}
      </span>
    </a>
  )
}

const sorted = (query: ListQuery, by: ListQuery['sort']) =>
  query.sort === by ? (query.order === 'asc' ? 'ascending' : 'descending') : undefined

export interface Selection {
  readonly all: boolean
  readonly ids: ReadonlySet<string>
}

/** The table of unpaid invoices. */
export const InvoiceTable = ({
  rows,
  query,
  selection,
}: {
  rows: readonly InvoiceView[]
  query: ListQuery
  selection: Selection
}) => {
  const { count } = useFormat()
  const columns: readonly Column<InvoiceView>[] = [
    {
      key: 'check',
      class: 'check-cell',
      title: (
        <label class="check needs-js">
          <input
            type="checkbox"
            data-select-page
            disabled={selection.all}
            aria-label="Select all eligible on this page"
          />
        </label>
      ),
      cell: (invoice) => (
        <Check
          invoice={invoice}
          checked={selection.all || selection.ids.has(invoice.zohoInvoiceId)}
          locked={selection.all}
        />
      ),
    },
    {
      key: 'number',
      title: (
        <SortLink query={query} by="invoiceNumber">
          Invoice
        </SortLink>
      ),
      sorted: sorted(query, 'invoiceNumber'),
      class: 'clip',
      cell: (invoice) => (
        <>
          <a class="row-link" href={invoiceHref(invoice, query)} data-drawer>
            {invoice.creditorReference ?? invoice.zohoInvoiceId}
          </a>
          {invoice.claimDescription !== null && (
            <span class="sub">{invoice.claimDescription.slice(0, 120)}</span>
          )}
        </>
      ),
    },
    {
      key: 'customer',
      title: (
        <SortLink query={query} by="customer">
          Customer
        </SortLink>
      ),
      sorted: sorted(query, 'customer'),
      class: 'clip wide',
      cell: (invoice) => invoice.debtor.name ?? <Nothing text="no name" />,
    },
    {
      key: 'due',
      title: (
        <SortLink query={query} by="dueDate">
          Due date
        </SortLink>
      ),
      sorted: sorted(query, 'dueDate'),
      class: 'wide one-line nowrap',
      cell: (invoice) => (
        <>
          <span class="nowrap">
            <Day day={invoice.dueDate} />
          </span>
          <span class="sub">{dueText(invoice.daysOverdue, count)}</span>
        </>
      ),
    },
    {
      key: 'amount',
      title: (
        <SortLink query={query} by="amount">
          Amount
        </SortLink>
      ),
      sorted: sorted(query, 'amount'),
      class: 'num top',
      cell: (invoice) => <Money amount={invoice.amountToRecover} currencyCode={invoice.currencyCode} />,
    },
    {
      key: 'state',
      title: 'State',
      class: 'wide clip',
      cell: (invoice) => <InvoiceState invoice={invoice} />,
    },
  ]
  return (
    <DataTable caption="Unpaid invoices" columns={columns} rows={rows} rowKey={(row) => row.zohoInvoiceId} />
  )
}
