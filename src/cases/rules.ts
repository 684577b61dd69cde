/**
 * The rules of eligibility as data. `fixed` ones stay blockers whatever the policy says: without them there is no
 * case to speak of (no debtor, no amount, no date), or it would be wrong (paid, unknown, a second one).
 */
export type Severity = 'blocker' | 'warning'

interface Rule {
  readonly severity: Severity
  readonly fixed?: true
}

export const rules = {
  debtor_name_missing: { severity: 'blocker', fixed: true },
  address_missing: { severity: 'blocker' },
  city_missing: { severity: 'blocker' },
  country_missing: { severity: 'blocker' },
  country_unknown: { severity: 'blocker' },
  state_missing: { severity: 'blocker' },
  amount_not_positive: { severity: 'blocker', fixed: true },
  amount_below_minimum: { severity: 'blocker' },
  currency_unknown: { severity: 'blocker', fixed: true },
  invoice_date_missing: { severity: 'blocker', fixed: true },
  invoice_date_in_future: { severity: 'blocker' },
  due_date_missing: { severity: 'blocker', fixed: true },
  not_overdue: { severity: 'blocker' },
  due_before_invoice_date: { severity: 'blocker' },
  not_unpaid: { severity: 'blocker', fixed: true },
  status_unknown: { severity: 'blocker', fixed: true },
  already_a_case: { severity: 'blocker', fixed: true },
  reference_too_long: { severity: 'blocker' },
  description_too_long: { severity: 'blocker' },
  email_missing: { severity: 'warning' },
  phone_missing: { severity: 'warning' },
  zip_missing: { severity: 'warning' },
  email_invalid: { severity: 'warning' },
  phone_invalid: { severity: 'warning' },
  payment_in_progress: { severity: 'warning' },
  older_than_24_months: { severity: 'warning' },
  evidence_needed: { severity: 'warning' },
  amount_minimum_unknown: { severity: 'warning' },
} as const satisfies Record<string, Rule>

export type RuleCode = keyof typeof rules

export const ruleCodes = Object.keys(rules) as [RuleCode, ...RuleCode[]]

export const isFixed = (code: RuleCode): boolean => 'fixed' in rules[code]

/** Raise it when a rule of `assess.ts` changes its meaning, so that staged rows are assessed again. */
export const ruleSetVersion = 1
