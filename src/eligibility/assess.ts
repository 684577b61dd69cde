/**
 * What stands between an invoice and a case: one pure function, used by staging, portal and job. It knows no date:
 * findings that time brings or cures carry the days from and until which they hold.
 */
import { z } from 'zod'
import type { Invoice } from '../../db/core/invoice.ts'
import type { Finding } from '../../db/core/schema.ts'
import { addDays, addMonths } from '../values/day.ts'
import { memoize } from '../values/memoize.ts'
import { currencyDecimals, scaled } from '../values/money.ts'
import { isValidPhone } from '../values/phone.ts'
import { usState } from '../values/us-state.ts'
import { evidenceOf } from './evidence.ts'
import { finding } from './finding-texts.ts'
import type { EligibilityPolicy } from './policy.ts'
import type { RuleCode } from './rules.ts'

export type { Finding }

export interface Assessment {
  readonly blockers: readonly Finding[]
  readonly warnings: readonly Finding[]
  /** First day on which no blocker is in force; null: none as things stand. */
  readonly eligibleFrom: string | null
  /** First day on which time brings a blocker again; null: none does. */
  readonly eligibleUntil: string | null
}

const maxReferenceLength = 50
/** Characters of a description. */
export const maxDescriptionLength = 4_000

/** Contract 9: these keep a balance, or had one, and are not owed. */
const notOwed = new Set(['draft', 'void', 'paid', 'pending_approval', 'rejected'])
const owed = new Set(['sent', 'viewed', 'overdue', 'partially_paid', 'unpaid'])

type Found = Finding & { readonly code: RuleCode }

const characters = (text: string) => [...text].length
/** Counting characters takes long, and few texts have code units enough to be too long. */
const isLonger = (text: string, limit: number) => text.length > limit && characters(text) > limit

// What needs no value is made once.
const nameMissing = finding('debtor_name_missing')
const addressMissing = finding('address_missing')
const cityMissing = finding('city_missing')
const zipMissing = finding('zip_missing')
const countryMissing = finding('country_missing')
const stateMissing = finding('state_missing')
const emailMissing = finding('email_missing')
const emailInvalid = finding('email_invalid')
const phoneMissing = finding('phone_missing')
const phoneInvalid = finding('phone_invalid')
const typeAssumed = finding('debtor_type_assumed')
const notPositive = finding('amount_not_positive')
const copyNeeded = finding('evidence_needed')
const dateMissing = finding('invoice_date_missing')
const dueDateMissing = finding('due_date_missing')
const dueBeforeDate = finding('due_before_invoice_date')
const referenceTooLong = finding('reference_too_long', { limit: maxReferenceLength })
const descriptionTooLong = finding('description_too_long', { limit: maxDescriptionLength })
const paymentInProgress = finding('payment_in_progress')

// Findings are collected in one array: each invoice has some, and most of those that stand alone stay empty.
const findInDebtor = ({ debtor }: Invoice, found: Found[]): void => {
  if (debtor.name === null) found.push(nameMissing)
  if (debtor.address === null) found.push(addressMissing)
  if (debtor.city === null) found.push(cityMissing)
  if (debtor.zipCode === null) found.push(zipMissing)
  if (debtor.countryAlpha2 === null)
    found.push(
      debtor.country === null ? countryMissing : finding('country_unknown', { country: debtor.country }),
    )
  if (debtor.countryAlpha2 === 'US' && usState(debtor.state) === null)
    found.push(debtor.state === null ? stateMissing : finding('state_missing', { state: debtor.state }))
  if (debtor.email === null) found.push(emailMissing)
  else if (!z.regexes.email.test(debtor.email)) found.push(emailInvalid)
  if (debtor.phone === null) found.push(phoneMissing)
  else if (!isValidPhone(debtor.phone, debtor.countryAlpha2)) found.push(phoneInvalid)
  if (debtor.typeSource === 'company_name') found.push(typeAssumed)
}

const findInAmount = (invoice: Invoice, policy: EligibilityPolicy, found: Found[]): void => {
  const { amountToRecover, currencyCode } = invoice
  const amount = scaled(amountToRecover)
  const known = currencyCode !== null && currencyDecimals(currencyCode) !== null
  if (!known) found.push(currencyUnknown(currencyCode))
  if (amount <= 0n) found.push(notPositive)
  else if (known) {
    const tiers = tiersUnder(policy)(currencyCode)
    if (tiers.minimum === undefined || amount < tiers.minimum) found.push(tiers.missed)
    else findInEvidence(invoice, policy, found)
  }
}

/** A copy comes with every case by itself; only a person can write a description. */
const findInEvidence = (invoice: Invoice, policy: EligibilityPolicy, found: Found[]): void => {
  const { required, described } = evidenceOf(invoice, policy)
  if (required.includes('file')) found.push(copyNeeded)
  if (required.includes('description') && !described) found.push(descriptionNeeded(policy))
}

const currencyUnknown = (currencyCode: string | null): Found =>
  currencyCode === null ? finding('currency_unknown') : finding('currency_unknown', { currencyCode })

/** What a policy says about amounts in one currency; amounts are scaled. */
interface Tiers {
  readonly minimum: bigint | undefined
  /** That it is not known, or that the amount is below it. */
  readonly missed: Found
}

const tiersUnder = memoize(({ minimumAmounts }: EligibilityPolicy) =>
  memoize((currencyCode: string): Tiers => {
    const minimum = minimumAmounts[currencyCode]
    return minimum === undefined
      ? { minimum, missed: finding('amount_minimum_unknown', { currencyCode }) }
      : { minimum: scaled(minimum), missed: finding('amount_below_minimum', { currencyCode, minimum }) }
  }),
)

const descriptionNeeded = memoize(({ evidence: { weakDescriptionBelow } }: EligibilityPolicy) =>
  finding('description_needed', { characters: weakDescriptionBelow }),
)

// One memory for each date and not one for both: a book has few of either, but many pairs.
const findingsOfDate = memoize(({ oldAfterMonths }: EligibilityPolicy) =>
  memoize((date: string): readonly Found[] => [
    finding('invoice_date_in_future', { date }, { until: date }),
    finding('older_than_24_months', { months: oldAfterMonths }, { from: addMonths(date, oldAfterMonths) }),
  ]),
)

const findingOfDueDate = memoize(({ minDaysOverdue }: EligibilityPolicy) =>
  memoize((dueDate: string) =>
    finding('not_overdue', { dueDate }, { until: addDays(dueDate, minDaysOverdue) }),
  ),
)

const findInDates = ({ date, dueDate }: Invoice, policy: EligibilityPolicy, found: Found[]): void => {
  if (date === null) found.push(dateMissing)
  else found.push(...findingsOfDate(policy)(date))
  if (dueDate === null) found.push(dueDateMissing)
  else {
    found.push(findingOfDueDate(policy)(dueDate))
    if (date !== null && dueDate < date) found.push(dueBeforeDate)
  }
}

const paymentExpectedOn = memoize((day: string) =>
  finding('payment_expected', { day }, { until: addDays(day, 1) }),
)
const disputed = memoize((subStatus: string) => finding('disputed', { subStatus }))
const otherSubStatus = memoize((subStatus: string) => finding('sub_status_noted', { subStatus }))
const creditsUnused = (amount: string, currencyCode: string | null): Found =>
  finding('credits_unused', currencyCode === null ? { amount } : { amount, currencyCode })

/** What the creditor and Zoho know beside the balance (contract 7 and 9). */
const findInSignals = (
  { paymentExpectedDate, subStatus, unusedCredits, currencyCode }: Invoice,
  { disputedSubStatuses }: EligibilityPolicy,
  found: Found[],
): void => {
  if (paymentExpectedDate !== null) found.push(paymentExpectedOn(paymentExpectedDate))
  if (subStatus !== null) {
    const written = subStatus.toLowerCase()
    found.push(
      disputedSubStatuses.some((word) => written.includes(word))
        ? disputed(subStatus)
        : otherSubStatus(subStatus),
    )
  }
  if (unusedCredits !== null && scaled(unusedCredits) > 0n)
    found.push(creditsUnused(unusedCredits, currencyCode))
}

const findInRest = (invoice: Invoice, found: Found[]): void => {
  const status = invoice.zohoStatus.toLowerCase()
  if (notOwed.has(status)) found.push(finding('not_unpaid', { status }))
  else if (!owed.has(status)) found.push(finding('status_unknown', { status: invoice.zohoStatus }))
  if (invoice.creditorReference !== null && isLonger(invoice.creditorReference, maxReferenceLength))
    found.push(referenceTooLong)
  if (invoice.claimDescription !== null && isLonger(invoice.claimDescription, maxDescriptionLength))
    found.push(descriptionTooLong)
  if (invoice.paymentInProgress) found.push(paymentInProgress)
}

/** The days without a blocker: after the last `until`, before the first `from`. */
const eligibleDays = (blockers: readonly Finding[]): Pick<Assessment, 'eligibleFrom' | 'eligibleUntil'> => {
  let from = '0001-01-01'
  let until: string | null = null
  for (const blocker of blockers) {
    if (blocker.from === undefined && blocker.until === undefined) return never
    if (blocker.from === undefined && blocker.until !== undefined && blocker.until > from)
      from = blocker.until
    if (blocker.from !== undefined && (until === null || blocker.from < until)) until = blocker.from
  }
  return until !== null && until <= from ? never : { eligibleFrom: from, eligibleUntil: until }
}

const never = { eligibleFrom: null, eligibleUntil: null }

/**
 * All reasons why an invoice cannot (blockers) or should perhaps not (warnings) become a case, at once.
 * `already_a_case` is not among them: it is a fact of our own and stands on the row. Findings are shared between
 * assessments and must not be changed.
 */
export const assess = (invoice: Invoice, policy: EligibilityPolicy): Assessment => {
  const found: Found[] = []
  findInDebtor(invoice, found)
  findInAmount(invoice, policy, found)
  findInDates(invoice, policy, found)
  findInRest(invoice, found)
  findInSignals(invoice, policy, found)
  const blockers: Finding[] = []
  const warnings: Finding[] = []
  for (const finding of found)
    (policy.severity[finding.code] === 'blocker' ? blockers : warnings).push(finding)
  return { blockers, warnings, ...eligibleDays(blockers) }
}

/**
 * The assessment to be kept from a day on: without findings that ended by then, which time does not bring back. Most
 * invoices in a book are past the two that every new one has, and a stored row without them is smaller.
 */
export const assessFrom = (invoice: Invoice, policy: EligibilityPolicy, day: string): Assessment => {
  const { blockers, warnings, ...days } = assess(invoice, policy)
  return { blockers: blockers.filter(endsAfter(day)), warnings: warnings.filter(endsAfter(day)), ...days }
}

const endsAfter =
  (day: string) =>
  ({ until }: Finding): boolean =>
    until === undefined || until > day

/** The findings that hold on a day: from ≤ day < until. */
export const inForce = (findings: readonly Finding[], day: string): readonly Finding[] =>
  findings.filter(
    ({ from, until }) => (from === undefined || from <= day) && (until === undefined || day < until),
  )

/** What holds on one day, and whether the invoice may become a case on it. */
export const assessOn = (invoice: Invoice, policy: EligibilityPolicy, day: string) => {
  const { blockers, warnings, eligibleFrom, eligibleUntil } = assess(invoice, policy)
  const holding = inForce(blockers, day)
  return {
    eligible: holding.length === 0,
    blockers: holding,
    warnings: inForce(warnings, day),
    eligibleFrom,
    eligibleUntil,
  }
}
