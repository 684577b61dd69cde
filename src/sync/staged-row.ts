/** From a mapped invoice to the row that is staged. */
import { hash } from 'node:crypto'
import { type Invoice, invoiceFields } from '../../db/core/invoice.ts'
import type { DebtorType, StagedState } from '../../db/core/schema.ts'
import type { StagedRow } from '../../db/sync/staged-invoices.repo.ts'
import { assessFrom } from '../eligibility/assess.ts'
import { baseRateOf } from '../eligibility/base-rate.ts'
import type { EligibilityPolicy } from '../eligibility/policy.ts'
import type { ZohoInvoice } from '../zoho/schemas.ts'
import { assume, type CustomerRecord, fillIn } from './fill-in.ts'
import { mapInvoice } from './map-invoice.ts'

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

const hashed = invoiceFields.filter(({ byIdOnly, ofCustomer }) => !byIdOnly && !ofCustomer)

/** Differs whenever anything that a list says differs; some 2 µs a row. */
const contentHash = (invoice: Invoice, modifiedAt: Date): string => {
  let content = String(modifiedAt.getTime())
  for (const { of } of hashed) content += `\u001f${of(invoice)}`
  return hash('md5', content, 'base64url')
}

export interface KnownOfInvoice {
  readonly customer?: CustomerRecord | undefined
  /** Taken for granted where no record of the customer can be read; it brings a warning. */
  readonly assumedType?: DebtorType | null
  /** Of the organization. */
  readonly baseCurrency?: string | null
}

/**
 * Maps and assesses an invoice, with what is known of its customer. The assessment stays right until the row changes,
 * from `day` on: see `earliestToday`. The hash is of what Zoho's invoice says alone.
 */
export const toStagedRow = (
  zohoInvoice: ZohoInvoice,
  policy: EligibilityPolicy,
  day: string,
  { customer, assumedType = null, baseCurrency = null }: KnownOfInvoice = {},
): StagedRow => {
  const said = mapInvoice(zohoInvoice)
  const invoice = customer === undefined ? assume(said, assumedType) : fillIn(said, customer)
  const { modifiedAt } = zohoInvoice
  const { blockers, warnings, eligibleFrom, eligibleUntil } = assessFrom(invoice, policy, day)
  return {
    invoice,
    ...baseRateOf(zohoInvoice, baseCurrency, policy),
    state: stateOf(zohoInvoice),
    contentHash: contentHash(said, modifiedAt),
    debtorHash: customer?.contentHash ?? null,
    modifiedAt,
    blockers,
    warnings,
    eligibleFrom,
    eligibleUntil,
  }
}
