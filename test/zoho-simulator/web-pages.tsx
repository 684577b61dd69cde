import type { ComponentChildren } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { Address, Customer } from './invoice.ts'
import { webDocument } from './web-document.ts'

/** One invoice as these pages show it; amounts are major units as text. */
export interface InvoiceRow {
  readonly id: string
  readonly number: string
  readonly customerName: string
  readonly status: string
  readonly balance: string
  readonly currencyCode: string
}

export interface InvoiceView extends InvoiceRow {
  readonly reference: string
  readonly date: string
  readonly dueDate: string
  readonly total: string
  readonly paid: string
  readonly customer: Customer
  readonly payable: boolean
}

export interface CustomerView {
  readonly customer: Customer
  readonly invoices: readonly InvoiceRow[]
}

export interface RuleView {
  readonly id: number
  readonly module: string
  readonly url: string
}

/** What a person is told after an action: what happened, and how others learn of it. */
export interface Told {
  readonly problem: boolean
  readonly what: string
  readonly learned: readonly string[]
}

interface Place {
  readonly organizationId: string
  readonly organizationName: string
}

const words = (status: string) => status.replaceAll('_', ' ')
const Status = ({ status }: { status: string }) => <span class={`status ${status}`}>{words(status)}</span>

const Notice = ({ told }: { told: Told | undefined }) =>
  told && (
    <div class={told.problem ? 'notice problem' : 'notice'} role={told.problem ? 'alert' : 'status'}>
      <p>{told.what}</p>
      {told.learned.length > 0 && (
        <ul>
          {told.learned.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </div>
  )

interface FrameProps {
  readonly children: ComponentChildren
  readonly place?: Place
  readonly here?: string
}

const Frame = ({ children, place, here }: FrameProps) => (
  <>
    <header class="banner">Zoho Books simulator: invented data, no real Zoho account</header>
    <div class="books">
      <main>
        <p class="crumbs">
          <a href="/app">Organizations</a>
          {place && (
            <>
              {' › '}
              <a href={`/app/${place.organizationId}`}>{place.organizationName}</a>
            </>
          )}
          {here !== undefined && ` › ${here}`}
        </p>
        {children}
      </main>
    </div>
  </>
)

const page = (title: string, body: Parameters<typeof renderToString>[0], head = '') =>
  webDocument(`${title} · Zoho Books simulator`, renderToString(body), { head, bodyClass: 'page' })

/** The organizations there are. */
export const renderOrganizations = (organizations: readonly (Place & { readonly invoices: number })[]) =>
  page(
    'Organizations',
    <Frame>
      <h1>Organizations</h1>
      <ul>
        {organizations.map((one) => (
          <li key={one.organizationId}>
            <a href={`/app/${one.organizationId}`}>{one.organizationName}</a>{' '}
            <small>{one.invoices} invoices</small>
          </li>
        ))}
      </ul>
    </Frame>,
  )

const InvoiceRows = ({ place, invoices }: { place: Place; invoices: readonly InvoiceRow[] }) => (
  <ul class="rows">
    {invoices.map((row) => (
      <li key={row.id} id={`/invoices/${row.id}`}>
        <a href={`/app/${place.organizationId}/invoices/${row.id}`}>{row.number}</a>
        <span>{row.customerName}</span>
        <span>
          {row.balance} {row.currencyCode}
        </span>
        <Status status={row.status} />
      </li>
    ))}
  </ul>
)

/**
 * Zoho's links name the record behind the `#`, for its script to read. So does this one; a browser without scripts
 * shows the record's row alone, by `:target`.
 */
const followHash = `<script>
const follow = () => {
  const [, record] = /^#(\\/(?:invoices|contacts)\\/\\w+)$/.exec(location.hash) ?? []
  if (record) location.replace(location.pathname.replace(/\\/$/, '') + record)
}
follow()
addEventListener('hashchange', follow)
</script>`

export interface OrganizationView extends Place {
  readonly query: string
  readonly invoices: readonly InvoiceRow[]
  readonly customers: readonly { readonly id: string; readonly name: string }[]
  /** True when there are more than are shown. */
  readonly cut: boolean
  readonly rules: readonly RuleView[]
  readonly told: Told | undefined
}

const Rules = ({ organizationId, rules }: Pick<OrganizationView, 'organizationId' | 'rules'>) => (
  <section class="other" aria-labelledby="rules">
    <h2 id="rules">Workflow rules with a webhook</h2>
    {rules.length === 0 ? (
      <p class="hint">
        None: the portal learns of changes when it asks. Paste the address that the portal shows under
        Integrations › Webhook to have it told at once of payments, credit notes and changed invoices.
      </p>
    ) : (
      <ul>
        {rules.map((rule) => (
          <li key={rule.id}>
            {words(rule.module)} → {new URL(rule.url).origin}/…
          </li>
        ))}
      </ul>
    )}
    <form method="post" action={`/app/${organizationId}`} class="inline">
      {rules.length === 0 ? (
        <>
          <label>
            Address for Zoho
            <input type="url" name="url" required />
          </label>
          <button type="submit" name="action" value="add-webhook">
            Add rules
          </button>
        </>
      ) : (
        <button type="submit" name="action" value="remove-webhooks">
          Remove the rules
        </button>
      )}
    </form>
  </section>
)

/** All invoices and customers of an organization; the page that links of Zoho's web application lead to. */
export const renderOrganization = (view: OrganizationView) =>
  page(
    view.organizationName,
    <Frame place={view}>
      <h1>{view.organizationName}</h1>
      <Notice told={view.told} />
      <form method="get" action={`/app/${view.organizationId}`} class="inline other">
        <label>
          Invoice number or customer
          <input type="search" name="q" value={view.query} />
        </label>
        <button type="submit">Find</button>
      </form>
      <section class="records" aria-labelledby="invoices">
        <h2 id="invoices">Invoices</h2>
        {view.cut && <p class="hint other">The first {view.invoices.length}. Find the others by number.</p>}
        <InvoiceRows place={view} invoices={view.invoices} />
      </section>
      <section class="records" aria-labelledby="customers">
        <h2 id="customers">Customers</h2>
        <ul class="rows">
          {view.customers.map(({ id, name }) => (
            <li key={id} id={`/contacts/${id}`}>
              <a href={`/app/${view.organizationId}/contacts/${id}`}>{name}</a>
            </li>
          ))}
        </ul>
      </section>
      <Rules organizationId={view.organizationId} rules={view.rules} />
    </Frame>,
    followHash,
  )

interface FieldProps {
  readonly label: string
  readonly name: string
  readonly value: string
  readonly type?: 'text' | 'date'
}

const Field = ({ label, name, value, type = 'text' }: FieldProps) => (
  <label for={name}>
    {label}
    {type === 'date' ? (
      <input id={name} type="date" name={name} value={value} />
    ) : (
      <input id={name} type="text" name={name} value={value} autocomplete="off" />
    )}
  </label>
)

const AddressFields = ({ address }: { address: Address }) => (
  <div class="fields">
    <Field label="Street" name="address" value={address.address.trim()} />
    <Field label="Street, second line" name="street2" value={address.street2.trim()} />
    <Field label="City" name="city" value={address.city.trim()} />
    <Field label="ZIP code" name="zip" value={address.zip.trim()} />
    <Field label="State" name="state" value={address.state.trim()} />
    <Field label="Country" name="country" value={address.country.trim()} />
  </div>
)

const ActionsOfInvoice = ({ invoice }: { invoice: InvoiceView }) => (
  <>
    {invoice.payable && (
      <section aria-labelledby="pay">
        <h2 id="pay">Record a payment</h2>
        <form method="post" class="inline">
          <label>
            Amount in {invoice.currencyCode}
            <input name="amount" inputmode="decimal" value={invoice.balance} autocomplete="off" />
          </label>
          <button type="submit" class="go" name="action" value="pay">
            Record payment
          </button>
        </form>
      </section>
    )}
    <section aria-labelledby="more">
      <h2 id="more">Status</h2>
      <form method="post" class="actions">
        {invoice.status === 'void' ? (
          <button type="submit" name="action" value="unvoid">
            Convert to open
          </button>
        ) : (
          <button type="submit" class="stop" name="action" value="void">
            Void
          </button>
        )}
        {Number(invoice.paid) > 0 && (
          <button type="submit" name="action" value="unpay">
            Delete all payments
          </button>
        )}
      </form>
    </section>
  </>
)

/** One invoice, to be paid, voided and edited. */
export const renderInvoice = (place: Place, invoice: InvoiceView, told?: Told) =>
  page(
    `Invoice ${invoice.number}`,
    <Frame place={place} here={`Invoice ${invoice.number}`}>
      <div class="head">
        <h1>
          Invoice {invoice.number} <Status status={invoice.status} />
        </h1>
        <span class="sum">
          {invoice.balance} {invoice.currencyCode} due
        </span>
      </div>
      <Notice told={told} />
      <dl>
        <dt>Customer</dt>
        <dd>
          <a href={`/app/${place.organizationId}/contacts/${invoice.customer.id}`}>
            {invoice.customer.name.trim() || 'without a name'}
          </a>
        </dd>
        <dt>Total</dt>
        <dd>
          {invoice.total} {invoice.currencyCode}
        </dd>
        <dt>Payments received</dt>
        <dd>
          {invoice.paid} {invoice.currencyCode}
        </dd>
        <dt>Invoice date, due date</dt>
        <dd>
          {invoice.date || 'none'}, {invoice.dueDate || 'none'}
        </dd>
      </dl>
      <ActionsOfInvoice invoice={invoice} />
      <section aria-labelledby="edit">
        <h2 id="edit">Edit the invoice and its billing address</h2>
        <form method="post">
          <div class="fields">
            <Field label="Reference" name="reference_number" value={invoice.reference} />
            <Field label="Invoice date" name="date" type="date" value={invoice.date} />
            <Field label="Due date" name="due_date" type="date" value={invoice.dueDate} />
            <Field label={`Total in ${invoice.currencyCode}`} name="total" value={invoice.total} />
          </div>
          <AddressFields address={invoice.customer.address} />
          <button type="submit" class="go" name="action" value="edit">
            Save invoice
          </button>
        </form>
      </section>
    </Frame>,
  )

/** One customer, whose name, address and contact details can be mended. */
export const renderCustomer = (place: Place, { customer, invoices }: CustomerView, told?: Told) => {
  const name = customer.name.trim() || 'Customer without a name'
  return page(
    name,
    <Frame place={place} here={name}>
      <h1>{name}</h1>
      <Notice told={told} />
      <section aria-labelledby="edit">
        <h2 id="edit">Edit the customer</h2>
        <form method="post">
          <div class="fields">
            <Field label="Name" name="customer_name" value={customer.name.trim()} />
            <Field label="E-mail" name="email" value={customer.email.trim()} />
            <Field label="Phone" name="phone" value={customer.phone.trim()} />
          </div>
          <AddressFields address={customer.address} />
          <p class="hint">
            In Zoho Books an invoice keeps the address with which it was made. This simulator also writes it
            to the unpaid invoices of the customer.
          </p>
          <button type="submit" class="go" name="action" value="edit">
            Save customer
          </button>
        </form>
      </section>
      <section aria-labelledby="invoices">
        <h2 id="invoices">Invoices</h2>
        <InvoiceRows place={place} invoices={invoices} />
      </section>
    </Frame>,
  )
}

/** Nothing is here. */
export const renderMissing = (what: string) =>
  page(
    'Not found',
    <Frame>
      <h1>There is no such {what}</h1>
      <p>It was deleted, or never existed in these books.</p>
    </Frame>,
  )
