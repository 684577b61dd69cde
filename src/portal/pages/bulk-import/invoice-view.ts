import type { Finding } from '../../components/findings.tsx'

/** An unpaid invoice in the words of a case; the fields are those of the API's Invoice. */
export interface InvoiceView {
  readonly zohoInvoiceId: string
  readonly creditorReference: string | null
  readonly date: string | null
  readonly dueDate: string | null
  readonly amountToRecover: string
  readonly currencyCode: string | null
  readonly claimDescription: string | null
  readonly debtor: {
    readonly name: string | null
    readonly email: string | null
    readonly phone: string | null
    readonly address: string | null
    readonly city: string | null
    readonly zipCode: string | null
    readonly state: string | null
    readonly countryAlpha2: string | null
  }
  readonly zohoStatus: string
  readonly daysOverdue: number | null
  readonly eligible: boolean
  readonly blockers: readonly Finding[]
  readonly warnings: readonly Finding[]
  readonly caseId: string | null
  readonly zohoUrl: string | null
}

/** "1,2 days overdue", "due today", "due in 5 days". */
export const dueText = (daysOverdue: number | null, count: (value: number) => string): string => {
  if (daysOverdue === null) return ''
  const days = Math.abs(daysOverdue)
  const unit = days === 1 ? 'day' : 'days'
  if (daysOverdue === 0) return 'due today'
  return daysOverdue > 0 ? `${count(days)} ${unit} overdue` : `due in ${count(days)} ${unit}`
}
