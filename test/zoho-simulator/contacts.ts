import { type Answer, booksError, jsonTextAnswer } from './answer.ts'
import type { Book } from './book.ts'
import { balanceOf, type Customer, isOwed } from './invoice.ts'
import { currencyId } from './invoice-json.ts'
import { moneyText } from './money.ts'
import type { Organization } from './world.ts'
import { localTime } from './zone-time.ts'

interface Contact {
  readonly customer: Customer
  readonly terms: number
  readonly createdAt: number
  outstanding: number
}

const known = new WeakMap<Book, { version: number; contacts: Map<string, Contact> }>()

/** The customers that have invoices, by id. It walks the whole book once for every version of it. */
function contactsOf(book: Book): Map<string, Contact> {
  const hit = known.get(book)
  if (hit && hit.version === book.version()) return hit.contacts
  const contacts = new Map<string, Contact>()
  for (let index = 0; index < book.size(); index += 1) {
    const invoice = book.at(index)
    if (!invoice) continue
    const { customer, terms, createdAt } = invoice
    const contact = contacts.get(customer.id) ?? { customer, terms, createdAt, outstanding: 0 }
    if (isOwed(invoice)) contact.outstanding += balanceOf(invoice)
    contacts.set(customer.id, contact)
  }
  known.set(book, { version: book.version(), contacts })
  return contacts
}

const text = (value: string) => JSON.stringify(value)

/** What list rows and the detail both carry, in the recorded order (contract 8, 17.2). No address in the list. */
function members(organization: Organization, { customer, terms, createdAt, outstanding }: Contact): string {
  const { currency } = customer
  const created = localTime(organization.zone, createdAt)
  const unused = organization.ledger.unusedCredits.get(customer.id) ?? 0
  const type = customer.companyName === '' ? 'individual' : 'business'
  return `"contact_id":"${customer.id}","contact_name":${text(customer.name)},"customer_name":${text(customer.name)},"vendor_name":"","company_name":${text(customer.companyName)},"website":"","language_code":"","contact_type":"customer","contact_type_formatted":"Customer","status":"active","customer_sub_type":"${type}","source":"user","payment_terms":${terms},"payment_terms_label":"${terms === 0 ? 'Due on Receipt' : `Net ${terms}`}","currency_id":"${currencyId(organization, currency)}","currency_code":"${currency.code}","outstanding_receivable_amount":${moneyText(outstanding, currency.digits)},"unused_credits_receivable_amount":${moneyText(unused, currency.digits)},"first_name":${text(customer.firstName)},"last_name":${text(customer.lastName)},"email":${text(customer.email)},"phone":${text(customer.phone)},"mobile":"","portal_status":"disabled","created_time":"${created}","last_modified_time":"${created}","custom_fields":[],"tags":[],"has_attachment":false`
}

function detailMembers(contact: Contact): string {
  const a = contact.customer.address
  const address = `{"address_id":"","attention":${text(a.attention)},"address":${text(a.address)},"street2":${text(a.street2)},"city":${text(a.city)},"state_code":"","state":${text(a.state)},"zip":${text(a.zip)},"country":${text(a.country)},"country_code":${text(a.countryCode)},"phone":${text(a.phone)},"fax":""}`
  return `"primary_contact_id":"","payment_reminder_enabled":true,"credit_limit":0.00,"exchange_rate":"","billing_address":${address},"addresses":[],"contact_persons":[]`
}

/** GET /contacts/{id}; 404 with code 1002 for one without invoices here (contract 8). */
export function contactDetail(
  organization: Organization,
  id: string,
  headers: Readonly<Record<string, string>>,
): Answer {
  const contact = contactsOf(organization.book).get(id)
  if (!contact) return booksError(404, 1002, 'The Customer is not accessible.', headers)
  const object = `{${members(organization, contact)},${detailMembers(contact)}}`
  return jsonTextAnswer(`{"code":0,"message":"success","contact":${object}}`, headers)
}

/** GET /contacts: customers by name, paged; of its filters only none is known here (contract 8). */
export function listContacts(
  organization: Organization,
  query: URLSearchParams,
  headers: Readonly<Record<string, string>>,
): Answer {
  const page = Math.max(1, Number(query.get('page')) || 1)
  const perPage = Math.min(200, Math.max(1, Number(query.get('per_page')) || 200))
  const all = [...contactsOf(organization.book).values()].sort((a, b) =>
    a.customer.name < b.customer.name ? -1 : a.customer.name > b.customer.name ? 1 : 0,
  )
  const rows = all
    .slice((page - 1) * perPage, page * perPage)
    .map((contact) => `{${members(organization, contact)}}`)
  const context = `{"page":${page},"per_page":${perPage},"has_more_page":${all.length > page * perPage},"report_name":"Contacts","applied_filter":"Status.All","custom_fields":[],"sort_column":"contact_name","sort_order":"A"}`
  return jsonTextAnswer(
    `{"code":0,"message":"success","contacts":[${rows.join(',')}],"page_context":${context}}`,
    headers,
  )
}
