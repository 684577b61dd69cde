/** Findings in a word or two, for a row of the list; the sentences stand on the invoice. */
import { type RuleCode, rules } from '../../../eligibility/rules.ts'
import type { Finding } from '../../components/findings.tsx'

const words: Partial<Record<RuleCode, string>> = {
  debtor_name_missing: 'No customer name',
  address_missing: 'No street',
  city_missing: 'No city',
  country_missing: 'No country',
  state_missing: 'No US state',
  amount_below_minimum: 'Below the minimum',
  currency_unknown: 'Currency not recognised',
  invoice_date_in_future: 'Dated in the future',
  email_missing: 'No e-mail',
  phone_missing: 'No phone',
  zip_missing: 'No postal code',
  email_invalid: 'E-mail not valid',
  phone_invalid: 'Phone not valid',
  payment_in_progress: 'Payment under way',
  payment_expected: 'Payment expected',
  credits_unused: 'Unused credits',
  sub_status_noted: 'Marked in Zoho Books',
  evidence_needed: 'Evidence needed',
  amount_minimum_unknown: 'Minimum not known',
}

const isRule = (code: string): code is RuleCode => Object.hasOwn(rules, code)

/** The name of a reason that an address gives. */
export const reasonName = (code: RuleCode): string => words[code] ?? rules[code].title

const wordOf = ({ code, message }: Finding) => (isRule(code) ? reasonName(code) : message)

/** "No street, No city" */
export const inWords = (findings: readonly Finding[]): string => findings.map(wordOf).join(', ')

/** Nothing is wrong that somebody could fix: it becomes ready by itself. */
export const onlyWaits = (blockers: readonly Finding[]): boolean =>
  blockers.length > 0 && blockers.every(({ until }) => until !== undefined)
