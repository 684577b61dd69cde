import type { Currency } from './money.ts'

/** A billing address; `" "` and `""` are both real ways of having nothing (contract 6.3). */
export interface Address {
  readonly attention: string
  readonly address: string
  readonly street2: string
  readonly city: string
  readonly state: string
  readonly zip: string
  readonly country: string
  readonly countryCode: string
  readonly phone: string
  readonly fax: string
}

/** Who is billed. `firstName` and `lastName` are the primary contact person's. */
export interface Customer {
  readonly id: string
  readonly name: string
  readonly companyName: string
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly phone: string
  readonly currency: Currency
  readonly address: Address
}

/**
 * One invoice as the books keep it. `status` is what was *done* to it; that it is overdue follows from the date and
 * is computed when it is shown (contract 6.2: sent → overdue does not touch the modified time).
 */
export interface Invoice {
  /** Position in the book, in the order of creation. */
  readonly index: number
  readonly id: string
  readonly number: string
  readonly reference: string
  readonly customer: Customer
  readonly status: string
  /** Custom sub-status; `""` shows the status itself. */
  readonly subStatus: string
  readonly date: string
  readonly dueDate: string
  readonly terms: number
  readonly createdAt: number
  readonly modifiedAt: number
  /** Minor units of the customer's currency, as all amounts here. */
  readonly total: number
  readonly paid: number
  readonly credited: number
  readonly writtenOff: number
  readonly inProcess: number
  readonly lastPaymentDate: string
  readonly paymentExpectedDate: string
  readonly emailed: boolean
  /** 0 when the client never opened it. */
  readonly viewedAt: number
  /** Fields that a test put over the row as it stands, for the list and for the detail. */
  readonly rawList?: Readonly<Record<string, unknown>>
  readonly rawDetail?: Readonly<Record<string, unknown>>
}

/** What is still owed; draft and void invoices keep theirs (contract 9). */
export function balanceOf(invoice: Invoice): number {
  return invoice.total - invoice.paid - invoice.credited - invoice.writtenOff
}

const notUnpaid = new Set(['draft', 'void', 'paid', 'pending_approval', 'approved', 'rejected'])

/** Whether `Status.Unpaid` lists it: sent but not paid, overdue and partly paid included (contract 9). */
export function isUnpaid(invoice: Pick<Invoice, 'status'>): boolean {
  return !notUnpaid.has(invoice.status)
}

/** Whether something is owed: what `Status.Unpaid` lists. */
export function isOwed(invoice: Invoice): boolean {
  return isUnpaid(invoice) && balanceOf(invoice) > 0
}

/** How a partly paid invoice past its due date is labelled; Zoho's way is not known (contract 9). */
export type PartPaidOverdueAs = 'overdue' | 'partially_paid'

/** The status as shown on `today` (the organization's date). */
export function shownStatus(
  invoice: Pick<Invoice, 'status' | 'dueDate'>,
  today: string,
  partPaidOverdueAs: PartPaidOverdueAs,
): string {
  const { status, dueDate } = invoice
  if (status === 'partially_paid' && partPaidOverdueAs === 'partially_paid') return status
  const canBeOverdue = status === 'sent' || status === 'viewed' || status === 'partially_paid'
  return canBeOverdue && dueDate !== '' && dueDate < today ? 'overdue' : status
}
