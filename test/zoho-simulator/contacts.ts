import { z } from 'zod'
import { type Answer, booksError, jsonTextAnswer } from './answer.ts'
import type { Book } from './book.ts'
import { organizationOf, wholeSecond } from './change-invoice.ts'
import { balanceOf, type Customer, isOwed } from './invoice.ts'
import { InvalidValue, parseTime } from './invoice-filters.ts'
import { currencyId } from './invoice-json.ts'
import type { ContactEdit } from './ledger.ts'
import { type Currency, moneyText } from './money.ts'
import type { Organization, World } from './world.ts'
import { localTime } from './zone-time.ts'

/** Fields of a contact under Zoho's names; those left out stay as the invoices of the customer have them. */
export const contactFields = z
  .object({
    contact_name: z.string(),
    company_name: z.string(),
    contact_type: z.enum(['customer', 'vendor']),
    customer_sub_type: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    email: z.string(),
    phone: z.string(),
    mobile: z.string(),
    status: z.enum(['active', 'inactive']),
    language_code: z.string(),
    vat_reg_no: z.string(),
  })
  .partial()

export type ContactFields = z.input<typeof contactFields>

export interface ContactCommands {
  /** Changes a contact and its modified time, not its invoices; makes it where there is none. */
  editContact(customerId: string, fields: ContactFields, organizationId?: string): void
}

/** The commands over one world. */
export const createContactCommands = (world: World): ContactCommands => ({
  editContact: (customerId, fields, organizationId) => {
    const { contacts } = organizationOf(world, organizationId).ledger
    const now = wholeSecond(world)
    const before = contacts.get(customerId)
    contacts.set(customerId, {
      fields: { ...before?.fields, ...(contactFields.parse(fields) as Record<string, string>) },
      createdAt: before?.createdAt ?? now,
      modifiedAt: now,
    })
  },
})

/** What the invoices of a customer say of it. */
interface Invoiced {
  customer: Customer
  readonly terms: number
  readonly createdAt: number
  outstanding: number
}

interface Contact {
  readonly id: string
  readonly fields: Readonly<Record<string, string>>
  readonly address: Customer['address'] | undefined
  readonly currency: Currency
  readonly terms: number
  readonly createdAt: number
  readonly modifiedAt: number
  readonly outstanding: number
}

const known = new WeakMap<Book, { version: number; contacts: Map<string, Invoiced> }>()

/** The customers that have invoices, by id. It walks the whole book once for every version of it. */
function invoicedOf(book: Book): Map<string, Invoiced> {
  const hit = known.get(book)
  if (hit && hit.version === book.version()) return hit.contacts
  const contacts = new Map<string, Invoiced>()
  for (let index = 0; index < book.size(); index += 1) {
    const invoice = book.at(index)
    if (!invoice) continue
    const { customer, terms, createdAt } = invoice
    const contact = contacts.get(customer.id) ?? { customer, terms, createdAt, outstanding: 0 }
    // the youngest invoice that is owed shows the customer as it is now
    if (isOwed(invoice)) {
      contact.customer = customer
      contact.outstanding += balanceOf(invoice)
    }
    contacts.set(customer.id, contact)
  }
  known.set(book, { version: book.version(), contacts })
  return contacts
}

const ofCustomer = ({ name, companyName, firstName, lastName, email, phone }: Customer) => ({
  contact_name: name,
  company_name: companyName,
  customer_sub_type: companyName.trim() === '' ? 'individual' : 'business',
  first_name: firstName,
  last_name: lastName,
  email,
  phone,
})

function contactOf(
  organization: Organization,
  id: string,
  invoiced: Invoiced | undefined,
  edit: ContactEdit | undefined,
): Contact {
  const createdAt = Math.min(
    invoiced?.createdAt ?? Number.POSITIVE_INFINITY,
    edit?.createdAt ?? Number.POSITIVE_INFINITY,
  )
  return {
    id,
    fields: {
      contact_name: '',
      company_name: '',
      contact_type: 'customer',
      customer_sub_type: 'business',
      first_name: '',
      last_name: '',
      email: '',
      phone: '',
      mobile: '',
      status: 'active',
      language_code: '',
      ...(invoiced && ofCustomer(invoiced.customer)),
      ...edit?.fields,
    },
    address: invoiced?.customer.address,
    currency: invoiced?.customer.currency ?? organization.currency,
    terms: invoiced?.terms ?? 0,
    createdAt,
    modifiedAt: edit?.modifiedAt ?? createdAt,
    outstanding: invoiced?.outstanding ?? 0,
  }
}

function contactsOf(organization: Organization): Contact[] {
  const invoiced = invoicedOf(organization.book)
  const { contacts: edits } = organization.ledger
  const ids = new Set([...invoiced.keys(), ...edits.keys()])
  return [...ids].map((id) => contactOf(organization, id, invoiced.get(id), edits.get(id)))
}

const text = (value: string) => JSON.stringify(value)

/** What list rows and the detail both carry, in the recorded order (contract 8, 17.2). No address in the list. */
function members(
  organization: Organization,
  { id, fields, currency, terms, outstanding, ...at }: Contact,
): string {
  const field = (name: string) => `"${name}":${text(fields[name] ?? '')}`
  const time = (moment: number) => localTime(organization.zone, moment)
  const unused = organization.ledger.unusedCredits.get(id) ?? 0
  const vat = fields['vat_reg_no'] === undefined ? '' : `${field('vat_reg_no')},`
  const label = fields['contact_type'] === 'vendor' ? 'Vendor' : 'Customer'
  return `"contact_id":"${id}",${field('contact_name')},"customer_name":${text(fields['contact_name'] ?? '')},"vendor_name":"",${field('company_name')},"website":"",${field('language_code')},${field('contact_type')},"contact_type_formatted":"${label}",${field('status')},${field('customer_sub_type')},"source":"user",${vat}"payment_terms":${terms},"payment_terms_label":"${terms === 0 ? 'Due on Receipt' : `Net ${terms}`}","currency_id":"${currencyId(organization, currency)}","currency_code":"${currency.code}","outstanding_receivable_amount":${moneyText(outstanding, currency.digits)},"unused_credits_receivable_amount":${moneyText(unused, currency.digits)},${field('first_name')},${field('last_name')},${field('email')},${field('phone')},${field('mobile')},"portal_status":"disabled","created_time":"${time(at.createdAt)}","last_modified_time":"${time(at.modifiedAt)}","custom_fields":[],"tags":[],"has_attachment":false`
}

const noAddress: Customer['address'] = {
  attention: '',
  address: '',
  street2: '',
  city: '',
  state: '',
  zip: '',
  country: '',
  countryCode: '',
  phone: '',
  fax: '',
}

function detailMembers({ address: a = noAddress }: Contact): string {
  const address = `{"address_id":"","attention":${text(a.attention)},"address":${text(a.address)},"street2":${text(a.street2)},"city":${text(a.city)},"state_code":"","state":${text(a.state)},"zip":${text(a.zip)},"country":${text(a.country)},"country_code":${text(a.countryCode)},"phone":${text(a.phone)},"fax":""}`
  return `"primary_contact_id":"","payment_reminder_enabled":true,"credit_limit":0.00,"exchange_rate":"","billing_address":${address},"addresses":[],"contact_persons":[]`
}

/** GET /contacts/{id}; 404 with code 1002 for one that is not here (contract 8). */
export function contactDetail(
  organization: Organization,
  id: string,
  headers: Readonly<Record<string, string>>,
): Answer {
  const invoiced = invoicedOf(organization.book).get(id)
  const edit = organization.ledger.contacts.get(id)
  if (!invoiced && !edit) return booksError(404, 1002, 'The Customer is not accessible.', headers)
  const contact = contactOf(organization, id, invoiced, edit)
  const object = `{${members(organization, contact)},${detailMembers(contact)}}`
  return jsonTextAnswer(`{"code":0,"message":"success","contact":${object}}`, headers)
}

const sortKeys: Readonly<Record<string, (contact: Contact) => string | number>> = {
  contact_name: ({ fields }) => fields['contact_name'] ?? '',
  first_name: ({ fields }) => fields['first_name'] ?? '',
  last_name: ({ fields }) => fields['last_name'] ?? '',
  email: ({ fields }) => fields['email'] ?? '',
  outstanding_receivable_amount: ({ outstanding }) => outstanding,
  created_time: ({ createdAt }) => createdAt,
  last_modified_time: ({ modifiedAt }) => modifiedAt,
}

/** The filters of the list that are known here; others are ignored, bad values refused (contract 6.1, 8). */
function selected(organization: Organization, query: URLSearchParams): Contact[] {
  const read = (name: string) => query.get(name) || undefined
  const type = read('contact_type')
  if (type !== undefined && type !== 'customer' && type !== 'vendor') throw new InvalidValue('contact_type')
  const filter = read('filter_by') ?? 'Status.All'
  if (!['Status.All', 'Status.Active', 'Status.Inactive'].includes(filter))
    throw new InvalidValue('filter_by')
  const modified = read('last_modified_time')
  const from = modified === undefined ? undefined : parseTime('last_modified_time', modified)
  return contactsOf(organization).filter(
    ({ fields, modifiedAt }) =>
      (type === undefined || fields['contact_type'] === type) &&
      (filter === 'Status.All' || filter.toLowerCase() === `status.${fields['status']}`) &&
      (from === undefined || modifiedAt >= from),
  )
}

function sorted(
  contacts: Contact[],
  query: URLSearchParams,
): { rows: Contact[]; column: string; order: string } {
  const column = query.get('sort_column') || 'contact_name'
  const key = Object.hasOwn(sortKeys, column) ? sortKeys[column] : undefined
  if (!key) throw new InvalidValue('sort_column')
  const order = query.get('sort_order') || 'A'
  if (order !== 'A' && order !== 'D') throw new InvalidValue('sort_order')
  const sign = order === 'A' ? 1 : -1
  const rows = contacts.sort((a, b) => {
    const [left, right] = [key(a), key(b)]
    return sign * (left < right ? -1 : left > right ? 1 : a.id < b.id ? -1 : 1)
  })
  return { rows, column, order }
}

/** GET /contacts: customers and vendors, by name unless another order is asked for, paged (contract 8). */
export function listContacts(
  organization: Organization,
  query: URLSearchParams,
  headers: Readonly<Record<string, string>>,
): Answer {
  try {
    const page = Math.max(1, Number(query.get('page')) || 1)
    const perPage = Math.min(200, Math.max(1, Number(query.get('per_page')) || 200))
    const { rows: all, column, order } = sorted(selected(organization, query), query)
    const rows = all
      .slice((page - 1) * perPage, page * perPage)
      .map((contact) => `{${members(organization, contact)}}`)
    const applied = JSON.stringify(query.get('filter_by') || 'Status.All')
    const context = `{"page":${page},"per_page":${perPage},"has_more_page":${all.length > page * perPage},"report_name":"Contacts","applied_filter":${applied},"custom_fields":[],"sort_column":"${column}","sort_order":"${order}"}`
    return jsonTextAnswer(
      `{"code":0,"message":"success","contacts":[${rows.join(',')}],"page_context":${context}}`,
      headers,
    )
  } catch (error) {
    if (error instanceof InvalidValue) return booksError(400, 2, error.message, headers)
    throw error
  }
}
