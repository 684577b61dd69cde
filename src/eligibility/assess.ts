/**
 * What stands between an invoice and a case: one pure function, used by staging, portal and job. It knows no date:
 * findings that time brings or cures carry the days from and until which they hold.
 */
import { z } from 'zod'
import type { Invoice } from '../../db/core/invoice.ts'
import type { Finding } from '../../db/core/schema.ts'
import { addDays, addMonths } from '../values/day.ts'
import { memoize } from '../values/memoize.ts'
import { currencyDecimals, presentAmount, scaled } from '../values/money.ts'
import { isValidPhone } from '../values/phone.ts'
import { usState } from '../values/us-state.ts'
import { evidenceOf } from './evidence.ts'
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
const notOwed = new Map([
  ['draft', 'is still a draft'],
  ['void', 'was voided'],
  ['paid', 'is paid'],
  ['pending_approval', 'waits for approval'],
  ['rejected', 'was rejected in approval'],
])
const owed = new Set(['sent', 'viewed', 'overdue', 'partially_paid', 'unpaid'])

type Found = Finding & { readonly code: RuleCode }

const characters = (text: string) => [...text].length
/** Counting characters takes long, and few texts have code units enough to be too long. */
const isLonger = (text: string, limit: number) => text.length > limit && characters(text) > limit

const ofDebtor = (code: RuleCode, field: string, message: string): Found => ({
  code,
  message,
  field: `debtor.${field}`,
})
const nameMissing = ofDebtor('debtor_name_missing', 'name', 'The customer has no name.')
const addressMissing = ofDebtor('address_missing', 'address', 'The billing address has no street.')
const cityMissing = ofDebtor('city_missing', 'city', 'The billing address has no city.')
const zipMissing = ofDebtor('zip_missing', 'zipCode', 'The billing address has no postal code.')
const countryMissing = ofDebtor('country_missing', 'countryAlpha2', 'The billing address has no country.')
const stateMissing = ofDebtor('state_missing', 'state', 'A debtor in the United States needs a state.')
const emailMissing = ofDebtor('email_missing', 'email', 'The customer has no e-mail address.')
const emailInvalid = ofDebtor('email_invalid', 'email', 'The e-mail address is not valid.')
const phoneMissing = ofDebtor('phone_missing', 'phone', 'The customer has no phone number.')
const phoneInvalid = ofDebtor('phone_invalid', 'phone', 'The phone number is not valid.')

const typeAssumed = ofDebtor(
  'debtor_type_assumed',
  'type',
  'Taken for a company, because the invoice names one. Reconnect Zoho Books to let us read what your customer’s record says.',
)

// Findings are collected in one array: each invoice has some, and most of those that stand alone stay empty.
const findInDebtor = ({ debtor }: Invoice, found: Found[]): void => {
  if (debtor.name === null) found.push(nameMissing)
  if (debtor.address === null) found.push(addressMissing)
  if (debtor.city === null) found.push(cityMissing)
  if (debtor.zipCode === null) found.push(zipMissing)
  if (debtor.countryAlpha2 === null)
    found.push(
      debtor.country === null
        ? countryMissing
        : ofDebtor(
            'country_unknown',
            'countryAlpha2',
            `“${debtor.country}” is not a country that we recognise.`,
          ),
    )
  if (debtor.countryAlpha2 === 'US' && usState(debtor.state) === null)
    found.push(
      debtor.state === null
        ? stateMissing
        : ofDebtor('state_missing', 'state', `“${debtor.state}” is not a state of the United States.`),
    )
  if (debtor.email === null) found.push(emailMissing)
  else if (!z.regexes.email.test(debtor.email)) found.push(emailInvalid)
  if (debtor.phone === null) found.push(phoneMissing)
  else if (!isValidPhone(debtor.phone, debtor.countryAlpha2)) found.push(phoneInvalid)
  if (debtor.typeSource === 'company_name') found.push(typeAssumed)
}

const notPositive: Found = {
  code: 'amount_not_positive',
  message: 'Nothing is left to recover.',
  field: 'amountToRecover',
}

const findInAmount = (invoice: Invoice, policy: EligibilityPolicy, found: Found[]): void => {
  const { amountToRecover, currencyCode } = invoice
  const amount = scaled(amountToRecover)
  const known = currencyCode !== null && currencyDecimals(currencyCode) !== null
  if (!known) found.push(currencyUnknown(currencyCode))
  if (amount <= 0n) found.push(notPositive)
  else if (known) {
    const tiers = tiersUnder(policy)(currencyCode)
    if (tiers.minimum === undefined) found.push(tiers.minimumUnknown)
    else if (amount < tiers.minimum) found.push(tiers.belowMinimum)
    else findInEvidence(invoice, policy, found)
  }
}

/** A copy comes with every case by itself; only a person can write a description. */
const findInEvidence = (invoice: Invoice, policy: EligibilityPolicy, found: Found[]): void => {
  const { required, described } = evidenceOf(invoice, policy)
  if (required.includes('file')) found.push(copyNeeded)
  if (required.includes('description') && !described) found.push(descriptionNeeded(policy))
}

const copyNeeded: Found = {
  code: 'evidence_needed',
  message: 'A copy of the invoice belongs to this claim. It is attached when the case is created.',
  field: 'amountToRecover',
}

const currencyUnknown = (currencyCode: string | null): Found => ({
  code: 'currency_unknown',
  message:
    currencyCode === null
      ? 'The invoice has no currency.'
      : `“${currencyCode}” is not a currency of ISO 4217.`,
  field: 'currencyCode',
})

/** What a policy says about amounts in one currency; amounts are scaled. */
interface Tiers {
  readonly minimum: bigint | undefined
  readonly minimumUnknown: Found
  readonly belowMinimum: Found
}

const tiersUnder = memoize(({ minimumAmounts }: EligibilityPolicy) => {
  const ofAmount = (code: RuleCode, message: string): Found => ({ code, message, field: 'amountToRecover' })
  return memoize((currencyCode: string): Tiers => {
    const minimum = minimumAmounts[currencyCode]
    return {
      minimum: minimum === undefined ? undefined : scaled(minimum),
      minimumUnknown: ofAmount(
        'amount_minimum_unknown',
        `We know no minimum amount in ${currencyCode}; the case may be refused if it is worth less than USD 100.`,
      ),
      belowMinimum: ofAmount('amount_below_minimum', `The minimum for a case is ${currencyCode} ${minimum}.`),
    }
  })
})

const descriptionNeeded = memoize(
  ({ evidence: { weakDescriptionBelow } }: EligibilityPolicy): Found => ({
    code: 'description_needed',
    message: `Against a private person a description is needed, whatever the amount. Write what was delivered into the reference number in Zoho Books, in ${weakDescriptionBelow} characters or more.`,
    field: 'claimDescription',
  }),
)

// One memory for each date and not one for both: a book has few of either, but many pairs.
const findingsOfDate = memoize(({ oldAfterMonths }: EligibilityPolicy) =>
  memoize((date: string): readonly Found[] => [
    {
      code: 'invoice_date_in_future',
      message: `The invoice is dated ${date}, which is in the future.`,
      field: 'date',
      until: date,
    },
    {
      code: 'older_than_24_months',
      message: `The invoice is older than ${oldAfterMonths} months; collection costs more.`,
      field: 'date',
      from: addMonths(date, oldAfterMonths),
    },
  ]),
)

const findingOfDueDate = memoize(({ minDaysOverdue }: EligibilityPolicy) =>
  memoize((dueDate: string): Found => {
    const eligible = addDays(dueDate, minDaysOverdue)
    return {
      code: 'not_overdue',
      message:
        minDaysOverdue === 0
          ? `Due on ${dueDate}; it can become a case from that day on.`
          : `Due on ${dueDate}; it can become a case from ${eligible} on.`,
      field: 'dueDate',
      until: eligible,
    }
  }),
)

const dateMissing: Found = {
  code: 'invoice_date_missing',
  message: 'The invoice has no date.',
  field: 'date',
}
const dueDateMissing: Found = {
  code: 'due_date_missing',
  message: 'The invoice has no due date.',
  field: 'dueDate',
}
const dueBeforeDate: Found = {
  code: 'due_before_invoice_date',
  message: 'The due date lies before the invoice date.',
  field: 'dueDate',
}

const findInDates = ({ date, dueDate }: Invoice, policy: EligibilityPolicy, found: Found[]): void => {
  if (date === null) found.push(dateMissing)
  else found.push(...findingsOfDate(policy)(date))
  if (dueDate === null) found.push(dueDateMissing)
  else {
    found.push(findingOfDueDate(policy)(dueDate))
    if (date !== null && dueDate < date) found.push(dueBeforeDate)
  }
}

const referenceTooLong: Found = {
  code: 'reference_too_long',
  message: `The invoice number is longer than ${maxReferenceLength} characters.`,
  field: 'creditorReference',
}
const descriptionTooLong: Found = {
  code: 'description_too_long',
  message: `The reference is longer than ${maxDescriptionLength.toLocaleString('en')} characters.`,
  field: 'claimDescription',
}
const paymentInProgress: Found = {
  code: 'payment_in_progress',
  message: 'A payment is under way. Wait for it, or confirm that you want a case anyway.',
  field: 'zohoStatus',
}

const paymentExpectedOn = memoize(
  (day: string): Found => ({
    code: 'payment_expected',
    message: `Zoho Books notes a payment expected on ${day}.`,
    field: 'paymentExpectedDate',
    until: addDays(day, 1),
  }),
)
const disputed = memoize(
  (subStatus: string): Found => ({
    code: 'disputed',
    message: `The invoice is marked “${subStatus}” in Zoho Books. Collection is for undisputed claims.`,
    field: 'subStatus',
  }),
)
const otherSubStatus = memoize(
  (subStatus: string): Found => ({
    code: 'sub_status_noted',
    message: `The invoice is marked “${subStatus}” in Zoho Books.`,
    field: 'subStatus',
  }),
)
const creditsUnused = (amount: string, currencyCode: string | null): Found => ({
  code: 'credits_unused',
  message: `The customer has unused credits of ${currencyCode === null ? '' : `${currencyCode} `}${presentAmount(amount, currencyCode)}. Apply them first if they belong to this invoice.`,
  field: 'unusedCredits',
})

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
  const closed = notOwed.get(status)
  if (closed !== undefined)
    found.push({
      code: 'not_unpaid',
      message: `The invoice ${closed} in Zoho Books.`,
      field: 'zohoStatus',
    })
  else if (!owed.has(status))
    found.push({
      code: 'status_unknown',
      message: `We do not know the status “${invoice.zohoStatus}”, so we hold the invoice back.`,
      field: 'zohoStatus',
    })
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
