/**
 * The rules of eligibility as data. `fixed` ones stay blockers whatever the policy says: without them there is no
 * case to speak of (no debtor, no amount, no date), or it would be wrong (paid, unknown, a second one).
 */
export type Severity = 'blocker' | 'warning'

interface Rule {
  readonly severity: Severity
  readonly fixed?: true
  /** For a group of invoices; a finding says it of one. */
  readonly title: string
}

export const rules = {
  debtor_name_missing: { severity: 'blocker', fixed: true, title: 'Customer without a name' },
  address_missing: { severity: 'blocker', title: 'No street in the billing address' },
  city_missing: { severity: 'blocker', title: 'No city in the billing address' },
  country_missing: { severity: 'blocker', title: 'No country in the billing address' },
  country_unknown: { severity: 'blocker', title: 'Country not recognised' },
  state_missing: { severity: 'blocker', title: 'US debtor without a state' },
  amount_not_positive: { severity: 'blocker', fixed: true, title: 'Nothing left to recover' },
  amount_below_minimum: { severity: 'blocker', title: 'Below the minimum amount' },
  currency_unknown: { severity: 'blocker', fixed: true, title: 'Currency missing or not recognised' },
  invoice_date_missing: { severity: 'blocker', fixed: true, title: 'No invoice date' },
  invoice_date_in_future: { severity: 'blocker', title: 'Invoice date in the future' },
  due_date_missing: { severity: 'blocker', fixed: true, title: 'No due date' },
  not_overdue: { severity: 'blocker', title: 'Not due yet' },
  due_before_invoice_date: { severity: 'blocker', title: 'Due before the invoice date' },
  not_unpaid: { severity: 'blocker', fixed: true, title: 'No longer unpaid in Zoho Books' },
  status_unknown: { severity: 'blocker', fixed: true, title: 'Status not recognised' },
  already_a_case: { severity: 'blocker', fixed: true, title: 'Already a case' },
  reference_too_long: { severity: 'blocker', title: 'Invoice number too long' },
  description_too_long: { severity: 'blocker', title: 'Reference too long' },
  disputed: { severity: 'blocker', title: 'Marked as disputed' },
  email_missing: { severity: 'warning', title: 'No e-mail address' },
  phone_missing: { severity: 'warning', title: 'No phone number' },
  zip_missing: { severity: 'warning', title: 'No postal code' },
  email_invalid: { severity: 'warning', title: 'E-mail address not valid' },
  phone_invalid: { severity: 'warning', title: 'Phone number not valid' },
  payment_in_progress: { severity: 'warning', title: 'A payment is under way' },
  payment_expected: { severity: 'warning', title: 'A payment is expected' },
  credits_unused: { severity: 'warning', title: 'Customer has unused credits' },
  sub_status_noted: { severity: 'warning', title: 'Marked by you in Zoho Books' },
  older_than_24_months: { severity: 'warning', title: 'Old debt' },
  debtor_type_assumed: { severity: 'warning', title: 'Company or private person not known for certain' },
  evidence_needed: { severity: 'warning', title: 'A copy of the invoice will be attached' },
  description_needed: { severity: 'warning', title: 'Description needed' },
  amount_minimum_unknown: { severity: 'warning', title: 'Minimum amount not known for this currency' },
} as const satisfies Record<string, Rule>

export type RuleCode = keyof typeof rules

export const ruleCodes = Object.keys(rules) as [RuleCode, ...RuleCode[]]

export const isFixed = (code: RuleCode): boolean => 'fixed' in rules[code]

/** Raise it when a rule of `assess.ts` changes its meaning or what is stored of it, so that staged rows are assessed again. */
export const ruleSetVersion = 5
