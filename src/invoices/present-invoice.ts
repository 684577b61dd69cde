/** A staged row as the portal and the API show it on one day. */
import { type Debtor, type Invoice, invoiceOf } from '../../db/core/invoice.ts'
import type { CaseStatus, Finding, PortalInvoice } from '../../db/core/schema.ts'
import { inForce } from '../eligibility/assess.ts'
import { finding, type ShownFinding, showFinding } from '../eligibility/finding-texts.ts'
import type { RuleCode } from '../eligibility/rules.ts'
import { daysBetween } from '../values/day.ts'
import { presentAmount } from '../values/money.ts'
import type { InvoiceLinks } from './links.ts'

/** What an invoice and a case show alike. */
export interface PresentedClaim
  extends Pick<
    Invoice,
    | 'zohoInvoiceId'
    | 'creditorReference'
    | 'date'
    | 'dueDate'
    | 'currencyCode'
    | 'claimDescription'
    | 'zohoStatus'
  > {
  /** Decimal string with the currency's number of decimals. */
  readonly amountToRecover: string
  readonly debtor: Omit<Debtor, 'country'>
}

export const presentClaim = (invoice: Invoice): PresentedClaim => {
  const { zohoInvoiceId, creditorReference, date, dueDate, currencyCode, claimDescription, zohoStatus } =
    invoice
  const { country: _country, ...debtor } = invoice.debtor
  return {
    zohoInvoiceId,
    creditorReference,
    date,
    dueDate,
    amountToRecover: presentAmount(invoice.amountToRecover, currencyCode),
    currencyCode,
    claimDescription,
    debtor,
    zohoStatus,
  }
}

/** The Invoice of the HTTP interface. */
export interface PresentedInvoice extends PresentedClaim {
  /** Zoho's id of the customer. */
  readonly customerId: string | null
  readonly paymentExpectedDate: string | null
  readonly subStatus: string | null
  readonly unusedCredits: string | null
  /** 0 until the day after the due date; null without a due date. */
  readonly daysOverdue: number | null
  readonly eligible: boolean
  /** First day on which it is eligible, as things stand; null: something has to be fixed first. */
  readonly eligibleFrom: string | null
  readonly blockers: readonly ShownFinding[]
  readonly warnings: readonly ShownFinding[]
  /** Null also when the case belongs to another client of the same organization. */
  readonly caseId: string | null
  readonly caseReference: string | null
  readonly caseStatus: CaseStatus | null
  readonly zohoUrl: string
}

type PresentedRow = Omit<PortalInvoice, 'due_key' | 'value_key' | 'customer_key' | 'number_key'> & {
  readonly own_case_id: string | null
  readonly own_case_reference: string | null
  readonly own_case_status: CaseStatus | null
}

export interface PresentOptions {
  /** The organization's date. */
  readonly today: string
  readonly links: InvoiceLinks
}

/** Mended on the customer's page; everything else on the invoice itself, whose address is a copy (contract 7). */
const onCustomer = new Set(['debtor.name', 'debtor.email', 'debtor.phone'])
/** Nothing is wrong that an edit in Zoho Books would fix. */
const notFixable = new Set<string>([
  'already_a_case',
  'amount_below_minimum',
  'amount_not_positive',
  'older_than_24_months',
  'debtor_type_assumed',
  'amount_minimum_unknown',
  'payment_expected',
] satisfies RuleCode[])

const withFixUrl =
  (row: Pick<PresentedRow, 'zoho_invoice_id' | 'zoho_customer_id'>, links: InvoiceLinks) =>
  (found: Finding): ShownFinding => {
    const { from: _from, ...shown } = showFinding(found)
    if (notFixable.has(shown.code)) return shown
    const fixUrl =
      row.zoho_customer_id !== null && shown.field !== undefined && onCustomer.has(shown.field)
        ? links.customer(row.zoho_customer_id)
        : links.invoice(row.zoho_invoice_id)
    return { ...shown, fixUrl }
  }

const alreadyACase = ({ own_case_reference: reference, own_case_status: status }: PresentedRow): Finding =>
  reference === null
    ? finding('already_a_case')
    : finding('already_a_case', status === 'withdrawn' ? { reference, withdrawn: true } : { reference })

/** Why a row that is no longer open cannot become a case. */
export const closedFinding = (state: Exclude<PortalInvoice['state'], 'open'>): Finding =>
  finding('not_unpaid', { status: state })

/** Whole days since the due date; 0 until then. */
export const daysOverdue = (dueDate: string | null, today: string): number | null =>
  dueDate === null ? null : Math.max(0, daysBetween(dueDate, today))

/** Presents a staged row on a day: what is in force, where to fix it, money in the currency's decimals. */
export const presentInvoice = (row: PresentedRow, { today, links }: PresentOptions): PresentedInvoice => {
  const fix = withFixUrl(row, links)
  const blockers = inForce(row.blockers, today).map(fix)
  if (row.state !== 'open' && !blockers.some(({ code }) => code === 'not_unpaid'))
    blockers.push(showFinding(closedFinding(row.state)))
  if (row.case_id !== null) blockers.push(showFinding(alreadyACase(row)))
  const invoice = invoiceOf(row)
  const { paymentExpectedDate, subStatus, unusedCredits, currencyCode } = invoice
  return {
    ...presentClaim(invoice),
    customerId: row.zoho_customer_id,
    paymentExpectedDate,
    subStatus,
    unusedCredits: unusedCredits === null ? null : presentAmount(unusedCredits, currencyCode),
    daysOverdue: daysOverdue(row.due_date, today),
    eligible: row.state === 'open' && blockers.length === 0,
    eligibleFrom: row.case_id === null ? row.eligible_from : null,
    blockers,
    warnings: inForce(row.warnings, today).map(fix),
    caseId: row.own_case_id,
    caseReference: row.own_case_reference,
    caseStatus: row.own_case_status,
    zohoUrl: links.invoice(row.zoho_invoice_id),
  }
}
