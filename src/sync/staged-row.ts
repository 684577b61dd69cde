/** From a mapped invoice to the row that is staged. */
import { hash } from 'node:crypto'
import type { StagedState } from '../../db/core/schema.ts'
import type { StagedRow } from '../../db/sync/staged-invoices.repo.ts'
import { assessFrom } from '../eligibility/assess.ts'
import type { EligibilityPolicy } from '../eligibility/policy.ts'
import type { ZohoInvoice } from '../zoho/schemas.ts'
import { type MappedInvoice, mapInvoice } from './map-invoice.ts'

/** Contract 9. Draft and void keep their balance; an unknown status is staged, held by a blocker. */
const notOwed: Readonly<Record<string, StagedState>> = {
  paid: 'paid',
  void: 'void',
  draft: 'removed',
  pending_approval: 'removed',
  rejected: 'removed',
}

/**
 * Whether an invoice is unpaid, decided from its row alone. Drafts and invoices in approval are `removed`: there
 * is, or is again, no claim.
 */
export const stateOf = ({ status, balance }: Pick<ZohoInvoice, 'status' | 'balance'>): StagedState => {
  const closed = notOwed[status.trim().toLowerCase()]
  if (closed !== undefined) return closed
  return isPositive(balance) ? 'open' : 'paid'
}

const isPositive = (decimal: string): boolean => !decimal.startsWith('-') && /[1-9]/.test(decimal)

/** Differs whenever anything staged differs; some 2 µs a row. */
const contentHash = (invoice: MappedInvoice): string => {
  const { debtor } = invoice
  return hash(
    'md5',
    [
      invoice.modifiedAt.getTime(),
      invoice.zohoStatus,
      invoice.amountToRecover,
      invoice.creditorReference,
      invoice.date,
      invoice.dueDate,
      invoice.currencyCode,
      invoice.claimDescription,
      invoice.zohoCustomerId,
      invoice.paymentInProgress,
      debtor.name,
      debtor.email,
      debtor.phone,
      debtor.address,
      debtor.city,
      debtor.zipCode,
      debtor.state,
      debtor.country,
      debtor.countryAlpha2,
    ].join('\u001f'),
    'base64url',
  )
}

/**
 * Maps and assesses an invoice. The assessment stays right until the row changes, from `day` on: see `earliestToday`.
 */
export const toStagedRow = (invoice: ZohoInvoice, policy: EligibilityPolicy, day: string): StagedRow => {
  const mapped = mapInvoice(invoice)
  const { debtor } = mapped
  const { blockers, warnings, eligibleFrom, eligibleUntil } = assessFrom(mapped, policy, day)
  // Field by field: a spread of the rest took longer than mapping and hash together.
  return {
    zohoInvoiceId: mapped.zohoInvoiceId,
    modifiedAt: mapped.modifiedAt,
    creditorReference: mapped.creditorReference,
    date: mapped.date,
    dueDate: mapped.dueDate,
    amountToRecover: mapped.amountToRecover,
    currencyCode: mapped.currencyCode,
    claimDescription: mapped.claimDescription,
    zohoCustomerId: mapped.zohoCustomerId,
    zohoStatus: mapped.zohoStatus,
    paymentInProgress: mapped.paymentInProgress,
    state: stateOf(invoice),
    contentHash: contentHash(mapped),
    debtorName: debtor.name,
    debtorEmail: debtor.email,
    debtorPhone: debtor.phone,
    debtorAddress: debtor.address,
    debtorCity: debtor.city,
    debtorZipCode: debtor.zipCode,
    debtorState: debtor.state,
    debtorCountry: debtor.country,
    debtorCountryAlpha2: debtor.countryAlpha2,
    blockers,
    warnings,
    eligibleFrom,
    eligibleUntil,
  }
}
