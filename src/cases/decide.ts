/** What becomes of one item as things stand: pure, so that every branch can be shown in a test. */
import type { UndecidedItem } from '../../db/cases/case-command-items.repo.ts'
import type { Finding } from '../../db/core/schema.ts'
import { assessOn } from '../eligibility/assess.ts'
import { type EvidenceNeed, evidenceOf } from '../eligibility/evidence.ts'
import type { EligibilityPolicy } from '../eligibility/policy.ts'
import { closedFinding } from '../invoices/present-invoice.ts'
import { unreadable } from '../sync/unreadable.ts'
import { unknownInvoice } from './reasons.ts'

export type Verdict =
  | { readonly verdict: 'duplicate' }
  | { readonly verdict: 'ineligible'; readonly reasons: readonly Finding[] }
  /** Zoho has to be asked first. */
  | { readonly verdict: 'unproven' }
  | {
      readonly verdict: 'ready'
      readonly warnings: readonly Finding[]
      readonly evidence: EvidenceNeed
    }

/** Whether the copy has come is said by the case's evidence. */
const ofCase = (warnings: readonly Finding[]): readonly Finding[] =>
  warnings.filter(({ code }) => code !== 'evidence_needed')

export interface DecideOptions {
  readonly policy: EligibilityPolicy
  /** The organization's date. */
  readonly today: string
}

/**
 * Decides an item: a case exists → duplicate; unknown, closed or blocked → ineligible with all reasons; a payment
 * under way that was not accepted → ineligible; no word of Zoho's since the command → unproven; else ready.
 */
export const decide = (
  { existing, staged, acceptPaymentInProgress }: UndecidedItem,
  { policy, today }: DecideOptions,
): Verdict => {
  if (existing !== null) return { verdict: 'duplicate' }
  if (staged === null) return { verdict: 'ineligible', reasons: [unknownInvoice] }
  if (staged.state !== 'open') return { verdict: 'ineligible', reasons: [closedFinding(staged.state)] }
  if (staged.unreadable) return { verdict: 'ineligible', reasons: [unreadable] }
  const { blockers, warnings } = assessOn(staged.invoice, policy, today)
  const held = acceptPaymentInProgress ? [] : warnings.filter(({ code }) => code === 'payment_in_progress')
  const reasons = [...blockers, ...held]
  if (reasons.length > 0) return { verdict: 'ineligible', reasons }
  return staged.proven
    ? { verdict: 'ready', warnings: ofCase(warnings), evidence: evidenceOf(staged.invoice, policy) }
    : { verdict: 'unproven' }
}
