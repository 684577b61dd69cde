import { balanceOf, type Invoice, shownStatus } from './invoice.ts'
import type { Organization, World } from './world.ts'
import { localDate } from './zone-time.ts'

/** A query parameter that Zoho knows but whose value it refuses: 400, code 2 (contract 6.1). */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue'
  constructor(parameter: string) {
    super(`Invalid value passed for ${parameter}`)
  }
}

/** Column tests run on every row of the book without making it; row tests need the row. */
export interface Filters {
  readonly unpaidOnly: boolean
  readonly modifiedFrom: number | undefined
  readonly rowTests: readonly ((invoice: Invoice) => boolean)[]
  /** Equal keys filter equally; part of the cache key of a listing. */
  readonly key: string
}

type RowTest = (invoice: Invoice) => boolean
type Read = (name: string) => string | undefined

const statusOfFilter: Readonly<Record<string, string>> = {
  'Status.Sent': 'sent',
  'Status.Draft': 'draft',
  'Status.OverDue': 'overdue',
  'Status.Paid': 'paid',
  'Status.Void': 'void',
  'Status.PartiallyPaid': 'partially_paid',
  'Status.Viewed': 'viewed',
}
const statuses = new Set(['sent', 'draft', 'overdue', 'paid', 'void', 'unpaid', 'partially_paid', 'viewed'])
const dateShape = /^\d{4}-\d{2}-\d{2}$/
/** `±hhmm` only: `Z` is refused by the real API, other spellings are not confirmed (contract 6.2). */
const timeShape = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([+-]\d\d)(\d\d)$/

/** @throws InvalidValue */
export function parseTime(parameter: string, value: string): number {
  const [, local, hours, minutes] = timeShape.exec(value) ?? []
  const ms = Date.parse(`${local}${hours}:${minutes}`)
  if (Number.isNaN(ms)) throw new InvalidValue(parameter)
  return ms
}

function parseDate(parameter: string, value: string): string {
  if (!dateShape.test(value) || Number.isNaN(Date.parse(value))) throw new InvalidValue(parameter)
  return value
}

/** `_start` and `_end` include the day itself, `_before` and `_after` do not (contract 6.1: not confirmed). */
function dateTests(read: Read, name: string, dateOf: (invoice: Invoice) => string): RowTest[] {
  const variants: readonly (readonly [string, (date: string, limit: string) => boolean])[] = [
    ['', (date, limit) => date === limit],
    ['_start', (date, limit) => date >= limit],
    ['_end', (date, limit) => date <= limit],
    ['_before', (date, limit) => date < limit],
    ['_after', (date, limit) => date > limit],
  ]
  return variants.flatMap(([suffix, compare]) => {
    const value = read(name + suffix)
    if (value === undefined) return []
    const limit = parseDate(name + suffix, value)
    return [(invoice: Invoice) => compare(dateOf(invoice), limit)]
  })
}

function textTests(read: Read, name: string, textOf: (invoice: Invoice) => string): RowTest[] {
  const variants: readonly (readonly [string, (text: string, wanted: string) => boolean])[] = [
    ['', (text, wanted) => text === wanted],
    ['_startswith', (text, wanted) => text.startsWith(wanted)],
    ['_contains', (text, wanted) => text.includes(wanted)],
  ]
  return variants.flatMap(([suffix, compare]) => {
    const wanted = read(name + suffix)?.toLowerCase()
    return wanted === undefined ? [] : [(invoice: Invoice) => compare(textOf(invoice).toLowerCase(), wanted)]
  })
}

function amountTest(read: Read, name: string, minorOf: (invoice: Invoice) => number): RowTest[] {
  const value = read(name)
  if (value === undefined) return []
  const amount = Number(value)
  if (!Number.isFinite(amount)) throw new InvalidValue(name)
  return [(invoice) => minorOf(invoice) === Math.round(amount * 10 ** invoice.customer.currency.digits)]
}

function searchTest(read: Read): RowTest[] {
  const wanted = read('search_text')?.toLowerCase()
  if (wanted === undefined) return []
  if (wanted.length > 100) throw new InvalidValue('search_text')
  return [
    (row) =>
      [row.number, row.reference, row.customer.name].some((field) => field.toLowerCase().includes(wanted)),
  ]
}

/** Reads all filters of GET /invoices; they combine with AND, empty values are no filter (contract 6.1). */
export function parseFilters(world: World, organization: Organization, query: URLSearchParams): Filters {
  const used: string[] = []
  const read: Read = (name) => {
    const value = query.get(name)
    if (value === null || value === '') return undefined
    used.push(`${name}=${value}`)
    return value
  }

  const filterBy = read('filter_by') ?? 'Status.All'
  const known =
    filterBy === 'Status.All' || filterBy === 'Status.Unpaid' || filterBy === 'Date.PaymentExpectedDate'
  if (!known && statusOfFilter[filterBy] === undefined) throw new InvalidValue('filter_by')
  const status = read('status')
  if (status !== undefined && !statuses.has(status)) throw new InvalidValue('status')
  const modified = read('last_modified_time')

  const today = localDate(organization.zone, world.clock.now())
  const shown = (invoice: Invoice) => shownStatus(invoice, today, world.switches.partPaidOverdueAs)
  const wantedStatuses = [statusOfFilter[filterBy], status === 'unpaid' ? undefined : status].filter(
    (wanted) => wanted !== undefined,
  )
  if (wantedStatuses.length > 0) used.push(today, world.switches.partPaidOverdueAs)
  const none: RowTest = () => false
  const rowTests: RowTest[] = [
    ...wantedStatuses.map(
      (wanted): RowTest =>
        (invoice) =>
          shown(invoice) === wanted,
    ),
    ...(filterBy === 'Date.PaymentExpectedDate'
      ? [(invoice: Invoice) => invoice.paymentExpectedDate !== '']
      : []),
    ...dateTests(read, 'date', (invoice) => invoice.date),
    ...dateTests(read, 'due_date', (invoice) => invoice.dueDate),
    ...dateTests(read, 'created_date', (invoice) => localDate(organization.zone, invoice.createdAt)),
    ...textTests(read, 'invoice_number', (invoice) => invoice.number),
    ...textTests(read, 'reference_number', (invoice) => invoice.reference),
    ...textTests(read, 'customer_name', (invoice) => invoice.customer.name),
    ...textTests(read, 'customer_id', (invoice) => invoice.customer.id),
    ...textTests(read, 'email', (invoice) => invoice.customer.email),
    ...amountTest(read, 'total', (invoice) => invoice.total),
    ...amountTest(read, 'balance', balanceOf),
    ...searchTest(read),
    // The books hold no items, recurring invoices, CRM potentials or custom fields, so these find nothing.
    ...['item_id', 'item_name', 'item_name_startswith', 'item_name_contains', 'item_description'].flatMap(
      (name) => (read(name) === undefined ? [] : [none]),
    ),
    ...['recurring_invoice_id', 'zcrm_potential_id', 'custom_field'].flatMap((name) =>
      read(name) === undefined ? [] : [none],
    ),
  ]
  return {
    unpaidOnly: filterBy === 'Status.Unpaid' || status === 'unpaid',
    modifiedFrom: modified === undefined ? undefined : parseTime('last_modified_time', modified),
    rowTests,
    key: used.join('&'),
  }
}
