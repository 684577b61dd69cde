import { type Column, DataTable } from '../../components/data-table.tsx'
import { useFormat } from '../../components/page-context.ts'
import { Pill } from '../../components/state-pill.tsx'
import { Day, Money, Nothing } from '../../components/values.tsx'
import { dueText, type InvoiceView } from './invoice-view.ts'
import { type ListQuery, listHref, tabOf } from './list-query.ts'
import { inWords, onlyWaits } from './reason-words.ts'
import { invoiceTable as words } from './words.tsx'

const invoiceHref = (invoice: InvoiceView, query: ListQuery) =>
  listHref(
    query,
    { cursor: query.cursor, at: query.at },
    `/bulk-import/invoices/${encodeURIComponent(invoice.zohoInvoiceId)}`,
  )

const nameOf = (invoice: InvoiceView) => invoice.creditorReference ?? invoice.zohoInvoiceId

/** Where the first thing to fix can be fixed. */
const FixLink = ({ invoice }: { invoice: InvoiceView }) => {
  const fixUrl = invoice.blockers.find((blocker) => blocker.fixUrl !== undefined)?.fixUrl
  return fixUrl === undefined ? null : (
    <a class="fix" href={fixUrl} target="_blank" rel="noopener noreferrer">
      {words.fixInvoiceInZohoBooks(nameOf(invoice))}
    </a>
  )
}

/** Ready, a case already, or every reason why not. */
export const InvoiceState = ({ invoice, query }: { invoice: InvoiceView; query: ListQuery }) => {
  const format = useFormat()
  const { blockers, warnings } = invoice
  if (invoice.caseId !== null)
    return (
      <Pill tone="plain" href={`/cases/${encodeURIComponent(invoice.caseId)}`}>
        {words.alreadyACase}
      </Pill>
    )
  if (blockers.length > 0) {
    const text = inWords(blockers)
    const until = blockers.length === 1 ? blockers[0]?.until : undefined
    return (
      <span class="state-line">
        {tabOf(query) !== 'blocked' && (
          <Pill tone={onlyWaits(blockers) ? 'plain' : 'warn'}>
            {onlyWaits(blockers) ? words.waits : words.needsFixing}
          </Pill>
        )}
        <span class="why" title={text}>
          {text}
          {until !== undefined && words.readyOn(format.day(until))}
        </span>
        <FixLink invoice={invoice} />
      </span>
    )
  }
  const text = inWords(warnings)
  return (
    <span class="state-line">
      <Pill tone="good">{words.ready}</Pill>
      {warnings.length > 0 && (
        <span class="why muted" title={text}>
          {text}
        </span>
      )}
    </span>
  )
}

const whyNot = (invoice: InvoiceView) =>
  invoice.caseId === null ? words.noCaseCanBeMade(inWords(invoice.blockers)) : words.itIsAlreadyACase

const Check = ({ invoice, checked }: { invoice: InvoiceView; checked: boolean }) => (
  <label class="check" title={invoice.eligible ? undefined : whyNot(invoice)}>
    <input
      type="checkbox"
      name="ids"
      value={invoice.zohoInvoiceId}
      checked={checked && invoice.eligible}
      disabled={!invoice.eligible}
      data-amount={invoice.amountToRecover}
      data-currency={invoice.currencyCode ?? ''}
      aria-label={
        invoice.eligible
          ? words.selectInvoice(nameOf(invoice))
          : words.invoiceCannotBeSelected(nameOf(invoice), whyNot(invoice))
      }
    />
  </label>
)

const SortLink = ({ query, by, children }: { query: ListQuery; by: ListQuery['sort']; children: string }) => {
  const active = query.sort === by
  const order = active && query.order === 'asc' ? 'desc' : 'asc'
  return (
    <>
      <a href={listHref(query, { sort: by, order })}>
        {children}
        <span class="sort-mark" aria-hidden="true">
          {active ? (query.order === 'asc' ? '↑' : '↓') : ''}
        </span>
      </a>
      <span class="head-name">{children}</span>
    </>
  )
}

const sorted = (query: ListQuery, by: ListQuery['sort']) =>
  query.sort === by ? (query.order === 'asc' ? 'ascending' : 'descending') : undefined

export interface Selection {
  readonly all: boolean
  readonly ids: ReadonlySet<string>
  /** Taken out of all. */
  readonly except: ReadonlySet<string>
}

/** Whether a row of the list is ticked. */
export const isSelected = ({ all, ids, except }: Selection, id: string): boolean =>
  all ? !except.has(id) : ids.has(id)

/** The table of unpaid invoices: a line each, in columns that stand still from page to page. */
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
        <>
          <label class="check needs-js">
            <input type="checkbox" data-select-page aria-label={words.selectAllThatAreReady} />
          </label>
          <span class="head-name">{words.selected}</span>
        </>
      ),
      cell: (invoice) => <Check invoice={invoice} checked={isSelected(selection, invoice.zohoInvoiceId)} />,
    },
    {
      key: 'number',
      title: (
        <SortLink query={query} by="invoiceNumber">
          {words.invoice}
        </SortLink>
      ),
      sorted: sorted(query, 'invoiceNumber'),
      class: 'col-number',
      cell: (invoice) => (
        <a class="row-link" href={invoiceHref(invoice, query)} data-drawer>
          <bdi>{nameOf(invoice)}</bdi>
        </a>
      ),
    },
    {
      key: 'customer',
      title: (
        <SortLink query={query} by="customer">
          {words.customer}
        </SortLink>
      ),
      sorted: sorted(query, 'customer'),
      class: 'col-customer wide',
      cell: (invoice) => (
        <>
          {invoice.debtor.name === null ? <Nothing text={words.noName} /> : <bdi>{invoice.debtor.name}</bdi>}
          {invoice.claimDescription !== null && (
            <span class="about">
              <bdi>{invoice.claimDescription.slice(0, 80)}</bdi>
            </span>
          )}
        </>
      ),
    },
    {
      key: 'due',
      title: (
        <SortLink query={query} by="dueDate">
          {words.dueDate}
        </SortLink>
      ),
      sorted: sorted(query, 'dueDate'),
      class: 'col-due wide',
      cell: (invoice) => (
        <>
          <Day day={invoice.dueDate} /> <span class="about">{dueText(invoice.daysOverdue, count)}</span>
        </>
      ),
    },
    {
      key: 'amount',
      title: (
        <SortLink query={query} by="amount">
          {words.amount}
        </SortLink>
      ),
      sorted: sorted(query, 'amount'),
      class: 'num top col-amount',
      cell: (invoice) => <Money amount={invoice.amountToRecover} currencyCode={invoice.currencyCode} />,
    },
    {
      key: 'state',
      title: tabOf(query) === 'blocked' ? words.whatNeedsFixing : words.state,
      class: 'wide col-state',
      cell: (invoice) => <InvoiceState invoice={invoice} query={query} />,
    },
  ]
  return (
    <DataTable
      class="list-table"
      caption={words.unpaidInvoices}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.zohoInvoiceId}
      rowAttributes={(row) => ({ 'data-row': row.zohoInvoiceId })}
    />
  )
}
