/** Findings in a word or two, for a row of the list; the sentences stand on the invoice. */
import { findingTitle } from '../../../invoices/finding-title.ts'
import type { Finding } from '../../components/findings.tsx'

const words: Readonly<Record<string, string>> = {
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
  evidence_needed: 'Copy will be attached',
  description_needed: 'Description needed',
  amount_minimum_unknown: 'Minimum not known',
}

/** The name of a reason that an address gives. */
export const reasonName = (code: string): string =>
  (Object.hasOwn(words, code) ? words[code] : undefined) ?? findingTitle(code)

/** A code of a newer version has no title here, but the invoice says what is meant. */
const wordOf = ({ code, message }: Finding) => {
  const name = reasonName(code)
  return name === code ? message : name
}

/** "No street, No city" */
export const inWords = (findings: readonly Finding[]): string => findings.map(wordOf).join(', ')

/** Nothing is wrong that somebody could fix: it becomes ready by itself. */
export const onlyWaits = (blockers: readonly Finding[]): boolean =>
  blockers.length > 0 && blockers.every(({ until }) => until !== undefined)
