import { randomBytes } from 'node:crypto'
import { balanceOf, type Customer, type Invoice, shownStatus } from './invoice.ts'
import { patchJson } from './json-text.ts'
import { type Currency, exchangeRateText, moneyText } from './money.ts'
import { oddTimeText } from './odd-times.ts'
import type { Organization, World } from './world.ts'
import { dayOf, localDate, localTime } from './zone-time.ts'

/**
 * Rows as text, in Zoho's key order (contract 6.3 and 7). Written as templates: that keeps the decimals of money
 * (`135000.00`) and is several times faster than building objects and stringifying them.
 */
export interface RowContext {
  readonly organization: Organization
  readonly today: string
  readonly todayDay: number
  readonly switches: World['switches']
  readonly now: number
  /** Differs on every call, and with it every invoice_url. */
  readonly urlToken: string
}

/** What all rows of one answer share. */
export function rowContext(world: World, organization: Organization): RowContext {
  const now = world.clock.now()
  const today = localDate(organization.zone, now)
  return {
    organization,
    now,
    today,
    todayDay: dayOf(today),
    switches: world.switches,
    urlToken: randomBytes(24).toString('hex'),
  }
}

const text = (value: string) => JSON.stringify(value)

/**
 * The same as UTF-8 bytes, one character per byte. A page made of such text is written with a plain copy; encoding
 * 400 kB of two-byte text anew for every page took more time than making the rows (1.5 ms against 1 ms).
 */
const bytes = (value: string) => toBytes(JSON.stringify(value))
const toBytes = (value: string) => (isAscii(value) ? value : Buffer.from(value).toString('latin1'))
/** One piece instead of a tree of pieces: what is kept and written often should be walked only once. */
const flat = (value: string) => Buffer.from(value, 'latin1').toString('latin1')
const fromBytes = (value: string) => Buffer.from(value, 'latin1').toString()

function isAscii(value: string): boolean {
  for (let at = 0; at < value.length; at += 1) if (value.charCodeAt(at) > 127) return false
  return true
}

/** `currency_id` of a currency in an organization. */
export function currencyId({ book }: Pick<Organization, 'book'>, currency: Currency): string {
  return `${book.plan.idPrefix}${String(97 + currency.ordinal * 2).padStart(13, '0')}`
}

interface CustomerText {
  readonly identity: string
  readonly contact: string
}

const noAddress =
  '{"address":"","street2":"","city":"","state":"","zipcode":"","country":"","phone":"","fax":"","attention":""}'
const CUSTOMERS_KEPT = 20_000
/** Bounded rather than weak: a WeakMap of this size costs more in garbage collection than it saves. */
const customerTexts = new Map<Customer, CustomerText>()

/** The two stretches of a list row that depend on the customer alone; a page repeats few customers. */
function customerText(customer: Customer): CustomerText {
  const known = customerTexts.get(customer)
  if (known) return known
  const a = customer.address
  const made = {
    identity: flat(
      `"customer_id":"${customer.id}","zcrm_potential_name":"","customer_name":${bytes(customer.name)},"company_name":${bytes(customer.companyName)}`,
    ),
    contact: flat(
      `"email":${bytes(customer.email)},"project_name":"","billing_address":{"address":${bytes(a.address)},"street2":${bytes(a.street2)},"city":${bytes(a.city)},"state":${bytes(a.state)},"zipcode":${bytes(a.zip)},"country":${bytes(a.country)},"phone":${bytes(a.phone)},"fax":${bytes(a.fax)},"attention":${bytes(a.attention)}},"shipping_address":${noAddress},"country":${bytes(a.country)},"phone":${bytes(customer.phone)}`,
    ),
  }
  if (customerTexts.size >= CUSTOMERS_KEPT) customerTexts.clear()
  customerTexts.set(customer, made)
  return made
}

/** Display text, never to be parsed (contract 6.3). */
function dueDays(invoice: Invoice, status: string, todayDay: number): string {
  if (status === 'draft' || status === 'paid' || status === 'void' || invoice.dueDate === '') return ''
  const left = dayOf(invoice.dueDate) - todayDay
  if (left === 0) return 'Due Today'
  return left > 0 ? `Due in ${left} days` : `Overdue by ${-left} days`
}

/** With a trailing space, as recorded. */
function invoiceUrl(context: RowContext, invoice: Invoice): string {
  return `"https://zohosecurepay.com/books/${context.organization.portalName}/secure?CInvoiceID=2-${context.urlToken}${invoice.index.toString(16)} "`
}

/** One row of GET /invoices (contract 6.3), as UTF-8 bytes with one character per byte. */
export function listRow(context: RowContext, invoice: Invoice): string {
  const { organization, todayDay, today, switches } = context
  const { zone, currency: base } = organization
  const { customer } = invoice
  const { currency } = customer
  const status = shownStatus(invoice, today, switches.partPaidOverdueAs)
  const words = customerText(customer)
  const zero = moneyText(0, currency.digits)
  const modified = localTime(zone, invoice.modifiedAt)
  const viewed = invoice.viewedAt > 0 ? localTime(zone, invoice.viewedAt) : ''
  const url = status === 'draft' || status === 'void' ? '' : `"invoice_url":${invoiceUrl(context, invoice)},`
  const mailed = invoice.emailed
    ? `"is_viewed_in_mail":${viewed !== ''},"is_emailed":true,"mail_first_viewed_time":"${viewed}","mail_last_viewed_time":"${viewed}"`
    : '"is_emailed":false'
  const row = `{"ach_payment_initiated":${invoice.inProcess > 0},"invoice_id":"${invoice.id}","zcrm_potential_id":"",${words.identity},"status":"${status}","invoice_number":${bytes(invoice.number)},"reference_number":${bytes(invoice.reference)},"date":"${invoice.date}","due_date":"${invoice.dueDate}","issued_date":"${status === 'draft' ? '' : invoice.date}","due_days":"${dueDays(invoice, status, todayDay)}",${words.contact},"created_by":"Jane Roe","total":${moneyText(invoice.total, currency.digits)},"balance":${moneyText(balanceOf(invoice), currency.digits)},"payment_expected_date":"${invoice.paymentExpectedDate}","custom_fields":[],"custom_field_hash":{},"tags":[],"salesperson_name":"","shipping_charge":${zero},"adjustment":${zero},"created_time":"${localTime(zone, invoice.createdAt)}","last_modified_time":"${modified}","updated_time":"${modified}","is_viewed_by_client":${viewed !== ''},"has_attachment":false,"client_viewed_time":"${viewed}",${mailed},"color_code":"","current_sub_status_id":"${subStatusId(organization, invoice)}","current_sub_status":${bytes(invoice.subStatus || status)},"currency_id":"${currencyId(organization, currency)}","schedule_time":"","currency_code":"${currency.code}","currency_symbol":${bytes(currency.symbol)},"template_type":"standard",${url}"invoice_source":"Api","sales_channel":"direct_sales","transaction_type":"renewal","reminders_sent":0,"last_reminder_sent_date":"","last_payment_date":"${invoice.lastPaymentDate}","template_id":"${organization.book.plan.idPrefix}0000000017001","documents":"","salesperson_id":"","write_off_amount":${moneyText(invoice.writtenOff, currency.digits)},"exchange_rate":${exchangeRateText(currency, base)},"unprocessed_payment_amount":${moneyText(invoice.inProcess, currency.digits)}}`
  const time = oddTime(context, invoice, 'listTime', ['last_modified_time', 'updated_time'])
  if (!invoice.rawList && !time) return row
  return toBytes(patchJson(fromBytes(row), { ...invoice.rawList, ...time }))
}

/** The modified time as a test wants it shown, for these keys; undefined when it is to be the true one. */
function oddTime(
  { organization, now }: RowContext,
  invoice: Invoice,
  side: 'listTime' | 'detailTime',
  keys: readonly string[],
): Record<string, unknown> | undefined {
  const odd = organization.book.views.get(invoice.index)?.[side]
  if (odd === undefined) return undefined
  const shown = oddTimeText(odd, { zone: organization.zone, modifiedAt: invoice.modifiedAt, now })
  return Object.fromEntries(keys.map((key) => [key, shown ?? { $absent: true }]))
}

/** A custom sub-status has an id, the usual ones have none (contract 9). */
function subStatusId({ book }: Organization, { subStatus }: Invoice): string {
  return subStatus === '' ? '' : `${book.plan.idPrefix}0000000031001`
}

function detailAddress({ address: a }: Customer): string {
  return `{"street":${text(a.address)},"address":${text(a.address)},"street2":${text(a.street2)},"city":${text(a.city)},"state":${text(a.state)},"zip":${text(a.zip)},"country":${text(a.country)},"country_code":${text(a.countryCode)},"fax":${text(a.fax)},"phone":${text(a.phone)},"attention":${text(a.attention)}}`
}

const noDetailAddress =
  '{"street":"","address":"","street2":"","city":"","state":"","zip":"","country":"","country_code":"","fax":"","phone":"","attention":""}'

/** The contact person keys come from the API description; a customer without e-mail has none (contract 7). */
function contactPersons(customer: Customer): string {
  if (customer.email.trim() === '') {
    return '"contact_persons":[],"contact_persons_associated":[],"contact_persons_details":[]'
  }
  const id = `${customer.id.slice(0, -9)}7${customer.id.slice(-8)}`
  const first = `"first_name":${text(customer.firstName)},"last_name":${text(customer.lastName)}`
  const full = text(`${customer.firstName} ${customer.lastName}`)
  const email = text(customer.email)
  return `"contact_persons":["${id}"],"contact_persons_associated":[{"contact_person_id":"${id}","contact_person_name":${full},${first},"contact_person_email":${email},"phone":"","mobile":"","zcrm_contact_id":"","communication_preference":{"is_email_enabled":true}}],"contact_persons_details":[{"contact_person_id":"${id}",${first},"email":${email},"phone":${text(customer.phone)},"mobile":"","is_primary_contact":true,"photo_url":"","communication_preference":{"is_email_enabled":true}}]`
}

/** The object of GET /invoices/{id}: no top-level phone, country, company_name, updated_time or due_days (contract 7). */
export function detailObject(context: RowContext, invoice: Invoice): string {
  const { organization, today, switches } = context
  const { zone, currency: base } = organization
  const { customer } = invoice
  const { currency } = customer
  const money = (minor: number) => moneyText(minor, currency.digits)
  const status = shownStatus(invoice, today, switches.partPaidOverdueAs)
  const zero = money(0)
  const viewed = invoice.viewedAt > 0 ? localTime(zone, invoice.viewedAt) : ''
  const a = customer.address
  const inProcess = invoice.inProcess > 0
  const payments = inProcess ? `[{"amount":${money(invoice.inProcess)},"status":"in_process"}]` : '[]'
  const user = `${organization.book.plan.idPrefix}0000000093001`
  const detail = `{"invoice_id":"${invoice.id}","invoice_number":${text(invoice.number)},"date":"${invoice.date}","due_date":"${invoice.dueDate}","issued_date":"${status === 'draft' ? '' : invoice.date}","customer_id":"${customer.id}","customer_name":${text(customer.name)},"email":${text(customer.email)},"currency_id":"${currencyId(organization, currency)}","currency_code":"${currency.code}","currency_symbol":"${currency.symbol}","status":"${status}","current_sub_status_id":"${subStatusId(organization, invoice)}","current_sub_status":${text(invoice.subStatus || status)},"sub_statuses":[],"unprocessed_payment_amount":${money(invoice.inProcess)},"custom_fields":[],"custom_field_hash":{},"payment_terms":${invoice.terms},"payment_terms_label":"${invoice.terms === 0 ? 'Due on Receipt' : `Net ${invoice.terms}`}","payment_reminder_enabled":true,"payment_made":${money(invoice.paid)},"credits_applied":${money(invoice.credited)},"tax_amount_withheld":${zero},"write_off_amount":${money(invoice.writtenOff)},"reference_number":${text(invoice.reference)},"line_items":[],"exchange_rate":${exchangeRateText(currency, base)},"inprocess_transaction_present":${inProcess},"in_process_payments":${payments},"ach_payment_initiated":${inProcess},"price_precision":${currency.digits},"sub_total":${money(invoice.total)},"tax_total":${zero},"total":${money(invoice.total)},"balance":${money(balanceOf(invoice))},"payment_expected_date":"${invoice.paymentExpectedDate}","stop_reminder_until_payment_expected_date":false,"last_payment_date":"${invoice.lastPaymentDate}",${contactPersons(customer)},"contact":{"customer_balance":${money(balanceOf(invoice))},"credit_limit":${zero},"unused_customer_credits":${money(organization.ledger.unusedCredits.get(customer.id) ?? 0)},"is_credit_limit_migration_completed":true},"is_emailed":${invoice.emailed},"reminders_sent":0,"last_reminder_sent_date":"","is_viewed_by_client":${viewed !== ''},"client_viewed_time":"${viewed}","notes":"","terms":"","billing_address":${detailAddress(customer)},"shipping_address":${noDetailAddress},"customer_default_billing_address":{"zip":${text(a.zip)},"country":${text(a.country)},"address":${text(a.address)},"city":${text(a.city)},"phone":${text(a.phone)},"city_code":"","street2":${text(a.street2)},"state":${text(a.state)},"fax":"","state_code":""},"invoice_url":${invoiceUrl(context, invoice)},"created_time":"${localTime(zone, invoice.createdAt)}","last_modified_time":"${localTime(zone, invoice.modifiedAt)}","created_date":"${localDate(zone, invoice.createdAt)}","created_by_id":"${user}","last_modified_by_id":"${user}","estimate_id":""}`
  const time = oddTime(context, invoice, 'detailTime', ['last_modified_time'])
  return invoice.rawDetail || time ? patchJson(detail, { ...invoice.rawDetail, ...time }) : detail
}
