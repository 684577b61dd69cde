import type { Address, Customer, Invoice } from './invoice.ts'
import { currencyOf } from './money.ts'
import { drawCompany, drawPlace, drawStreet, type Place } from './places.ts'
import { between, createDraw, type Draw, fillDigits, mixSeeds, pick } from './random.ts'
import { dayText, localDay } from './zone-time.ts'

/** What a generated book is made of. Every row is a pure function of this and its position: nothing is stored. */
export interface BookPlan {
  readonly seed: number
  /** Five digits that start every id of the organization; ids are 18 digits, far above 2^53 (contract 6.3). */
  readonly idPrefix: string
  /** How many generated invoices are unpaid; drafts, voids and paid ones come beside them. */
  readonly unpaid: number
  readonly zone: string
  readonly now: number
}

/** The cheap part of a row: all that the usual filters and sort orders need. */
export interface Sketch {
  readonly status: string
  readonly createdAt: number
  readonly modifiedAt: number
}

const DAY = 86_400_000
const SPAN = 400 * DAY
const FIRST_INVOICE = 101_011
const FIRST_CUSTOMER = 500_097_001
const companions = ['paid', 'draft', 'paid', 'void', 'paid'] as const
const paymentTerms = [30, 14, 30, 8, 30, 60, 14, 0, 30, 90] as const
const noNotes = { subStatus: '', paymentExpectedDate: '' }
const wholeSeconds = (ms: number) => ms - (ms % 1000)

/** How many invoices the generator makes: three companions for ten unpaid ones. */
export function generatedCount(plan: BookPlan): number {
  return plan.unpaid + companionCount(plan)
}

function companionCount({ unpaid }: BookPlan): number {
  return Math.ceil(unpaid * 0.3)
}

/** The id of the invoice at this position of the book. */
export function invoiceId(plan: BookPlan, index: number): string {
  return `${plan.idPrefix}${String(FIRST_INVOICE + index * 2).padStart(13, '0')}`
}

/** The position that an id names, or undefined when it is no invoice id of this book. */
export function invoiceIndex(plan: BookPlan, id: string): number | undefined {
  if (!/^\d{18}$/.test(id) || !id.startsWith(plan.idPrefix)) return undefined
  const index = (Number(id.slice(5)) - FIRST_INVOICE) / 2
  return Number.isInteger(index) && index >= 0 ? index : undefined
}

function sketch(plan: BookPlan, index: number, draw: Draw): Sketch {
  const count = generatedCount(plan)
  const extras = companionCount(plan)
  const before = Math.floor((index * extras) / count)
  const isCompanion = Math.floor(((index + 1) * extras) / count) > before
  const step = SPAN / count
  const createdAt = wholeSeconds(plan.now - SPAN + (index + draw() * 0.9) * step)
  const chance = draw()
  const unpaidStatus = chance < 0.12 ? 'partially_paid' : chance < 0.27 ? 'viewed' : 'sent'
  const status = isCompanion ? (companions[before % companions.length] ?? 'paid') : unpaidStatus
  const age = Math.min(40 * DAY, plan.now - createdAt)
  const touched = draw() ** 2
  return {
    status,
    createdAt,
    modifiedAt: status === 'draft' ? createdAt : wholeSeconds(createdAt + age * touched),
  }
}

const invoiceDraw = (plan: BookPlan, index: number) =>
  createDraw(mixSeeds(plan.seed, Number(plan.idPrefix), 1, index))

/** Status and times of the invoice at this position, without making the rest of it. */
export function sketchInvoice(plan: BookPlan, index: number): Sketch {
  return sketch(plan, index, invoiceDraw(plan, index))
}

/** The customer of an invoice. Neighbours in time share customers, so that a page touches few of them. */
function customerIndexOf(plan: BookPlan, index: number, draw: Draw): number {
  const customers = customerCount(plan)
  const start = Math.floor((index * customers) / generatedCount(plan))
  return (start + Math.floor(draw() * Math.min(customers, 2000))) % customers
}

function customerCount(plan: BookPlan): number {
  return Math.max(1, Math.ceil(generatedCount(plan) / 5))
}

function drawReference(draw: Draw): string {
  const chance = draw()
  if (chance < 0.4) return ''
  if (chance < 0.43) return ' '
  if (chance < 0.86) return `PO-${fillDigits(draw, '#####')}`
  if (chance < 0.98)
    return pick(draw, ['Projekt Süd, Abschnitt 2', '注文書 №7', 'Your order "June"', 'Rénovation façade'])
  return `Framework agreement ${fillDigits(draw, '####')}/${'work order, site visit and materials; '.repeat(4)}`.trim()
}

/** Amounts in US dollars, log-uniform, with a few tiny ones nobody would collect. */
function drawDollars(draw: Draw): number {
  if (draw() < 0.06) return 3 + draw() * 80
  return 130 * (draw() < 0.01 ? 2000 : 150) ** draw()
}

/**
 * One settled invoice in five once had a payment promised, one void one in five a sub-status of the company's own. Only
 * those that nobody can collect: what such fields mean for an unpaid one is for a test to set.
 */
function drawPastNotes(plan: BookPlan, index: number, status: string, modifiedDay: number) {
  const draw = createDraw(mixSeeds(plan.seed, Number(plan.idPrefix), 3, index))
  const noted = draw() < 0.2
  return {
    subStatus: noted && status === 'void' ? pick(draw, ['Disputed', 'Order cancelled']) : '',
    paymentExpectedDate: noted && status === 'paid' ? dayText(modifiedDay + between(draw, -10, 10)) : '',
  }
}

/** The generated invoice at this position. `customerAt` lends the (possibly cached) customer. */
export function generateInvoice(
  plan: BookPlan,
  index: number,
  customerAt: (index: number) => Customer,
): Invoice {
  const draw = invoiceDraw(plan, index)
  const { status, createdAt, modifiedAt } = sketch(plan, index, draw)
  const customer = customerAt(customerIndexOf(plan, index, draw))
  const { digits, perUsd } = customer.currency
  const total = Math.max(1, Math.round(drawDollars(draw) * perUsd * 10 ** digits))
  const shift = draw()
  const moved = shift < 0.02 ? -between(draw, 700, 1100) : shift < 0.025 ? between(draw, 5, 420) : 0
  const day = localDay(plan.zone, createdAt) + moved
  const terms = paymentTerms[Math.floor(draw() * paymentTerms.length)] ?? 30
  const partPaid = status === 'partially_paid' ? Math.max(1, Math.floor(total * (0.1 + draw() * 0.5))) : 0
  const paid = status === 'paid' ? total : Math.min(partPaid, total - 1)
  return {
    index,
    id: invoiceId(plan, index),
    number: `INV-${String(index + 1).padStart(6, '0')}`,
    reference: drawReference(draw),
    customer,
    status: status === 'partially_paid' && paid <= 0 ? 'sent' : status,
    date: dayText(day),
    dueDate: dayText(day + terms),
    terms,
    createdAt,
    modifiedAt,
    total,
    paid: Math.max(0, paid),
    credited: 0,
    writtenOff: 0,
    inProcess: 0,
    lastPaymentDate: paid > 0 ? dayText(localDay(plan.zone, modifiedAt)) : '',
    ...(status === 'paid' || status === 'void'
      ? drawPastNotes(plan, index, status, localDay(plan.zone, modifiedAt))
      : noNotes),
    emailed: status !== 'draft' && draw() < 0.8,
    viewedAt: status === 'viewed' ? modifiedAt : 0,
  }
}

const slug = (name: string) =>
  name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')

function drawEmail(draw: Draw, companyName: string, index: number): string {
  const chance = draw()
  if (chance < 0.08) return chance < 0.01 ? ' ' : ''
  if (chance < 0.09) return 'n/a'
  const domain = slug(companyName).slice(0, 40) || 'company'
  return `${pick(draw, ['ap', 'billing', 'invoices', 'accounts', 'office'])}@${domain}-${index}.example`
}

/** One customer in ten has an address that cannot be used; that is what a real book looks like. */
function drawAddress(draw: Draw, place: Place, person: string): Address {
  const [city, state, zip] = pick(draw, place.cities)
  const defect = draw()
  const blank = draw() < 0.3 ? ' ' : ''
  const usual = draw() < 0.88 ? place.name : pick(draw, place.spellings)
  const country =
    defect >= 0.07 && defect < 0.085 ? 'Unknownland' : defect >= 0.055 && defect < 0.07 ? blank : usual
  const stateless = place.code === 'US' && draw() < 0.05
  const phone = draw() < 0.8 ? fillDigits(draw, place.phone) : ''
  return {
    attention: person,
    address: defect < 0.03 ? blank : drawStreet(draw, place),
    street2:
      draw() < 0.15 ? pick(draw, ['2. OG', 'Suite 400', 'c/o Bookkeeping', 'Building "C"\nBack yard']) : '',
    city: defect >= 0.03 && defect < 0.055 ? blank : city,
    state: stateless ? '' : state,
    zip: draw() < 0.04 ? '' : fillDigits(draw, zip),
    country,
    countryCode: country === usual ? (place.code === 'US' ? 'USA' : place.code) : '',
    phone,
    fax: '',
  }
}

/** The generated customer at this position: a company four times out of five, otherwise a person. */
export function generateCustomer(plan: BookPlan, index: number): Customer {
  const draw = createDraw(mixSeeds(plan.seed, Number(plan.idPrefix), 2, index))
  const place = drawPlace(draw)
  const firstName = pick(draw, place.firstNames)
  const lastName = pick(draw, place.lastNames)
  const person = `${firstName} ${lastName}`
  const address = drawAddress(draw, place, person)
  const companyName = draw() < 0.8 ? drawCompany(draw, place, address.city.trim() || place.name) : ''
  const nameless = draw() < 0.004
  return {
    id: `${plan.idPrefix}${String(FIRST_CUSTOMER + index * 2).padStart(13, '0')}`,
    name: nameless ? ' ' : companyName || person,
    companyName,
    firstName,
    lastName,
    email: drawEmail(draw, companyName || person, index),
    phone: address.phone,
    currency: currencyOf(draw() < 0.97 ? place.currency : 'EUR'),
    address,
  }
}
