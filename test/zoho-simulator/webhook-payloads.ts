import type { BookEvent, WebhookModule } from './book-events.ts'
import { balanceOf, type Invoice } from './invoice.ts'
import { detailObject, rowContext } from './invoice-json.ts'
import { patchJson } from './json-text.ts'
import type { Settlement } from './ledger.ts'
import { type Currency, moneyText } from './money.ts'
import type { Organization, World } from './world.ts'
import { localTime } from './zone-time.ts'

/** Which of its invoices a payment's or credit note's payload names: in `invoices[]`, the first by its id, or none. */
export type NamedInvoices = 'all' | 'first' | 'none'

/** Real default payload: the detail object plus `*_formatted` twins; no event id, type or time (contract 12). */
export function invoicePayload(world: World, organization: Organization, invoice: Invoice): string {
  const { digits, symbol } = invoice.customer.currency
  const detail = patchJson(detailObject(rowContext(world, organization), invoice), {
    total_formatted: `${symbol}${moneyText(invoice.total, digits)}`,
    balance_formatted: `${symbol}${moneyText(balanceOf(invoice), digits)}`,
    date_formatted: invoice.date,
    due_date_formatted: invoice.dueDate,
  })
  return `{"invoice":${detail}}`
}

const text = (value: string) => JSON.stringify(value)

interface Part {
  readonly invoiceId: string
  readonly amount: string
  readonly invoice: Invoice | undefined
}

/** What payments and credit notes have in common. */
function commonFields(organization: Organization, settlement: Settlement) {
  const { book, currency: base, zone } = organization
  const invoices = settlement.applications.map(({ invoiceId }) => book.find(invoiceId))
  const customer = invoices.find((invoice) => invoice !== undefined)?.customer
  const currency: Currency = customer?.currency ?? base
  const money = (minor: number) => moneyText(minor, currency.digits)
  const sum = settlement.applications.reduce((total, one) => total + one.amount, 0)
  const parts = settlement.applications.map(
    (one, at): Part => ({ ...one, amount: money(one.amount), invoice: invoices[at] }),
  )
  return {
    parts,
    money,
    amount: money(sum),
    symbol: currency.symbol,
    members: `"date":"${settlement.date}","reference_number":${text(settlement.reference)},"customer_id":"${customer?.id ?? ''}","customer_name":${text(customer?.name ?? '')},"email":${text(customer?.email ?? '')},"currency_code":"${currency.code}","currency_symbol":${text(currency.symbol)},"created_time":"${localTime(zone, settlement.createdAt)}","last_modified_time":"${localTime(zone, settlement.modifiedAt)}"`,
  }
}

/**
 * Of the API's payment object (documented: `invoices` with `invoice_id`, `amount_applied`, `balance`); a third party
 * shows it with one `invoice_id` instead (contract 17.3). What the payload of a deletion holds is not known: the
 * payment as it was.
 */
function paymentPayload(organization: Organization, payment: Settlement, named: NamedInvoices): string {
  const { parts, money, amount, symbol, members } = commonFields(organization, payment)
  const [first] = parts
  const list = parts.map(
    ({ invoiceId, amount: applied, invoice }, at) =>
      `{"invoice_id":"${invoiceId}","invoice_payment_id":"${payment.id.slice(0, -2)}${String(at).padStart(2, '0')}","invoice_number":${text(invoice?.number ?? '')},"date":"${invoice?.date ?? ''}","total":${money(invoice?.total ?? 0)},"balance":${money(invoice ? balanceOf(invoice) : 0)},"amount_applied":${applied},"tax_amount_withheld":${money(0)}}`,
  )
  const names =
    named === 'none'
      ? ''
      : named === 'first'
        ? `,"invoice_id":"${first?.invoiceId ?? ''}","invoice_number":${text(first?.invoice?.number ?? '')}`
        : `,"invoice_numbers":${text(parts.map(({ invoice }) => invoice?.number ?? '').join(', '))},"invoices":[${list.join(',')}]`
  return `{"payment":{"payment_id":"${payment.id}","payment_number":"${payment.number}","payment_mode":${text(payment.mode)},"amount":${amount},"amount_formatted":${text(symbol + amount)},${members}${names}}}`
}

/** Made after the API's credit note; no capture of this webhook is known. */
function creditNotePayload(organization: Organization, note: Settlement, named: NamedInvoices): string {
  const { parts, money, amount, symbol, members } = commonFields(organization, note)
  const [first] = parts
  const list = parts.map(
    ({ invoiceId, amount: applied, invoice }) =>
      `{"invoice_id":"${invoiceId}","invoice_number":${text(invoice?.number ?? '')},"creditnote_id":"${note.id}","amount_applied":${applied},"date":"${note.date}"}`,
  )
  const names =
    named === 'none'
      ? ''
      : named === 'first'
        ? `,"invoice_id":"${first?.invoiceId ?? ''}","invoice_number":${text(first?.invoice?.number ?? '')}`
        : `,"invoices":[${list.join(',')}]`
  return `{"creditnote":{"creditnote_id":"${note.id}","creditnote_number":"${note.number}","status":"closed","total":${amount},"total_formatted":${text(symbol + amount)},"balance":${money(0)},${members}${names}}}`
}

/** The default payload of what happened, as the books are now. */
export function eventPayload(world: World, event: BookEvent, named: NamedInvoices): string {
  if (event.module === 'invoices') return invoicePayload(world, event.organization, event.invoice)
  const payloadOf = event.module === 'customer_payments' ? paymentPayload : creditNotePayload
  return payloadOf(event.organization, event.settlement, named)
}

/** A body of the user's own making that names the document; names as in Zoho's placeholders. */
export const defaultRawBodies: Readonly<Record<WebhookModule, string>> = {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: Zoho's own placeholder syntax.
  invoices: '{"invoice_id":"${INVOICE.INVOICE_ID}"}',
  customer_payments: '{"payment_id":"${PAYMENT.PAYMENT_ID}","invoices":${PAYMENT.INVOICES}}',
  credit_notes: '{"creditnote_id":"${CREDITNOTE.CREDITNOTE_ID}","invoices":${CREDITNOTE.INVOICES}}',
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: Zoho's own placeholder syntax.
}
