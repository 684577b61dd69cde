import type { Finding } from '../../components/findings.tsx'
import type { DebtorView } from '../shared/debtor-fields.tsx'
import { invoiceView as words } from './words.tsx'

/** An unpaid invoice in the words of a case; the fields are those of the API's Invoice. */
export interface InvoiceView {
  readonly zohoInvoiceId: string
  readonly creditorReference: string | null
  readonly date: string | null
  readonly dueDate: string | null
  readonly amountToRecover: string
  readonly currencyCode: string | null
  readonly claimDescription: string | null
  readonly customerId: string | null
  readonly debtor: DebtorView
  readonly zohoStatus: string
  readonly paymentExpectedDate: string | null
  readonly subStatus: string | null
  readonly unusedCredits: string | null
  readonly daysOverdue: number | null
  readonly eligible: boolean
  readonly blockers: readonly Finding[]
  readonly warnings: readonly Finding[]
  readonly caseId: string | null
  readonly caseStatus: 'pending_verification' | 'withdrawn' | null
  readonly zohoUrl: string | null
}

/** "58 days overdue"; nothing while the due date has not passed. */
export const dueText = (daysOverdue: number | null, count: (value: number) => string): string => {
  if (daysOverdue === null) return words.noDueDate
  if (daysOverdue === 0) return words.notOverdue
  return words.daysOverdue(daysOverdue, count(daysOverdue))
}
