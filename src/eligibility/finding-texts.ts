/**
 * What a finding says. It is stored as its code and the values of its sentence; the sentence is made here, when it is
 * shown, by the one table that a translator would take.
 */
import type { Finding } from '../../db/core/schema.ts'
import { type ErrorCode, errorCatalogue } from '../error-catalogue.ts'
import { presentAmount } from '../values/money.ts'
import type { RuleCode } from './rules.ts'

/** The days from and until which a finding is in force. */
type Days = Pick<Finding, 'from' | 'until'>
type Values = NonNullable<Finding['values']>
type NoValues = Readonly<Record<never, never>>

interface FindingText<V = Values> {
  /** Field of the Invoice, e.g. `debtor.city`. */
  readonly field: string | undefined
  sentence(values: V, days: Days): string
}

const about = <V = NoValues>(
  field: string | undefined,
  sentence: (values: V, days: Days) => string,
): FindingText<V> => ({ field, sentence })

/** How an invoice that is not owed stands: Zoho's status (contract 9), or `removed` when it is gone. */
const closed: Readonly<Record<string, string>> = {
  draft: 'is still a draft',
  void: 'was voided',
  paid: 'is paid',
  pending_approval: 'waits for approval',
  rejected: 'was rejected in approval',
  removed: 'was deleted',
}

const texts = {
  debtor_name_missing: about('debtor.name', () => 'The customer has no name.'),
  address_missing: about('debtor.address', () => 'The billing address has no street.'),
  city_missing: about('debtor.city', () => 'The billing address has no city.'),
  zip_missing: about('debtor.zipCode', () => 'The billing address has no postal code.'),
  country_missing: about('debtor.countryAlpha2', () => 'The billing address has no country.'),
  country_unknown: about(
    'debtor.countryAlpha2',
    ({ country }: { readonly country: string }) => `“${country}” is not a country that we recognise.`,
  ),
  state_missing: about('debtor.state', ({ state }: { readonly state?: string }) =>
    state === undefined
      ? 'A debtor in the United States needs a state.'
      : `“${state}” is not a state of the United States.`,
  ),
  email_missing: about('debtor.email', () => 'The customer has no e-mail address.'),
  email_invalid: about('debtor.email', () => 'The e-mail address is not valid.'),
  phone_missing: about('debtor.phone', () => 'The customer has no phone number.'),
  phone_invalid: about('debtor.phone', () => 'The phone number is not valid.'),
  debtor_type_assumed: about(
    'debtor.type',
    () =>
      'Taken for a company, because the invoice names one. Reconnect Zoho Books to let us read what your customer’s record says.',
  ),
  amount_not_positive: about('amountToRecover', () => 'Nothing is left to recover.'),
  amount_below_minimum: about(
    'amountToRecover',
    ({ currencyCode, minimum }: { readonly currencyCode: string; readonly minimum: string }) =>
      `The minimum for a case is ${currencyCode} ${minimum}.`,
  ),
  amount_minimum_unknown: about(
    'amountToRecover',
    ({ currencyCode }: { readonly currencyCode: string }) =>
      `We know no minimum amount in ${currencyCode}; the case may be refused if it is worth less than USD 100.`,
  ),
  currency_unknown: about('currencyCode', ({ currencyCode }: { readonly currencyCode?: string }) =>
    currencyCode === undefined
      ? 'The invoice has no currency.'
      : `“${currencyCode}” is not a currency of ISO 4217.`,
  ),
  evidence_needed: about(
    'amountToRecover',
    () => 'A copy of the invoice belongs to this claim. It is attached when the case is created.',
  ),
  description_needed: about(
    'claimDescription',
    ({ characters }: { readonly characters: number }) =>
      `Against a private person a description is needed, whatever the amount: what was delivered or done, in ${characters} characters or more. It comes from the reference number in Zoho Books, or is written on the case.`,
  ),
  invoice_date_missing: about('date', () => 'The invoice has no date.'),
  invoice_date_in_future: about(
    'date',
    ({ date }: { readonly date: string }) => `The invoice is dated ${date}, which is in the future.`,
  ),
  older_than_24_months: about(
    'date',
    ({ months }: { readonly months: number }) =>
      `The invoice is older than ${months} months; collection costs more.`,
  ),
  due_date_missing: about('dueDate', () => 'The invoice has no due date.'),
  due_before_invoice_date: about('dueDate', () => 'The due date lies before the invoice date.'),
  not_overdue: about('dueDate', ({ dueDate }: { readonly dueDate: string }, { until }) =>
    until === dueDate
      ? `Due on ${dueDate}; it can become a case from that day on.`
      : `Due on ${dueDate}; it can become a case from ${until} on.`,
  ),
  not_unpaid: about(
    'zohoStatus',
    ({ status }: { readonly status: string }) => `The invoice ${closed[status]} in Zoho Books.`,
  ),
  status_unknown: about('zohoStatus', ({ status }: { readonly status?: string }) =>
    status === undefined
      ? 'Zoho Books sends this invoice in a form that we cannot read, so we hold it back.'
      : `We do not know the status “${status}”, so we hold the invoice back.`,
  ),
  reference_too_long: about(
    'creditorReference',
    ({ limit }: { readonly limit: number }) => `The invoice number is longer than ${limit} characters.`,
  ),
  description_too_long: about(
    'claimDescription',
    ({ limit }: { readonly limit: number }) =>
      `The reference is longer than ${limit.toLocaleString('en')} characters.`,
  ),
  payment_in_progress: about(
    'zohoStatus',
    () => 'A payment is under way. Wait for it, or confirm that you want a case anyway.',
  ),
  payment_expected: about(
    'paymentExpectedDate',
    ({ day }: { readonly day: string }) => `Zoho Books notes a payment expected on ${day}.`,
  ),
  disputed: about(
    'subStatus',
    ({ subStatus }: { readonly subStatus: string }) =>
      `The invoice is marked “${subStatus}” in Zoho Books. Collection is for undisputed claims.`,
  ),
  sub_status_noted: about(
    'subStatus',
    ({ subStatus }: { readonly subStatus: string }) => `The invoice is marked “${subStatus}” in Zoho Books.`,
  ),
  credits_unused: about(
    'unusedCredits',
    ({ amount, currencyCode }: { readonly amount: string; readonly currencyCode?: string }) =>
      `The customer has unused credits of ${currencyCode === undefined ? '' : `${currencyCode} `}${presentAmount(amount, currencyCode ?? null)}. Apply them first if they belong to this invoice.`,
  ),
  already_a_case: about(
    undefined,
    ({ reference, withdrawn }: { readonly reference?: string; readonly withdrawn?: true }) => {
      if (reference === undefined)
        return 'Another client who connected the same organization has a case for this invoice.'
      return withdrawn
        ? `Case ${reference} was created for this invoice and is withdrawn; it can be reinstated.`
        : `Case ${reference} was created for this invoice.`
    },
  ),
  unknown_invoice: about(
    undefined,
    () => 'This invoice is not among the unpaid invoices of your connected organization.',
  ),
} satisfies Record<RuleCode | 'unknown_invoice', unknown>

type FindingCode = keyof typeof texts
type ValuesOf<Code extends FindingCode> = Parameters<(typeof texts)[Code]['sentence']>[0]
type Given<Code extends FindingCode> =
  NoValues extends ValuesOf<Code>
    ? [values?: ValuesOf<Code>, days?: Days]
    : [values: ValuesOf<Code>, days?: Days]

/** A finding as it is stored: with the values that its sentence needs. */
export const finding = <Code extends FindingCode>(
  code: Code,
  ...[values, days]: Given<Code>
): Finding & { readonly code: Code } => ({
  code,
  ...(values !== undefined && { values: values as Values }),
  ...days,
})

/** A finding as a person is shown it. */
export interface ShownFinding extends Days {
  readonly code: string
  readonly message: string
  /** Field of the Invoice that it is about, e.g. `debtor.city`. */
  readonly field?: string
  /** Page in Zoho Books where a person can fix it. */
  readonly fixUrl?: string
}

const has = <Key extends string>(table: Readonly<Record<Key, unknown>>, code: string): code is Key =>
  Object.hasOwn(table, code)

/** An error that is the reason of an outcome says what a client reads of it, without what we would do about it. */
const textOf = (code: string): FindingText => {
  if (has(texts, code)) return texts[code]
  const message = has<ErrorCode>(errorCatalogue, code)
    ? errorCatalogue[code].message
    : `Noted by another version of this program: ${code}.`
  return about(undefined, () => message)
}

/** Makes the sentence of a finding. */
export const showFinding = ({ code, values = {}, from, until }: Finding): ShownFinding => {
  const { field, sentence } = textOf(code)
  return {
    code,
    message: sentence(values, { from, until }),
    ...(field !== undefined && { field }),
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
  }
}

/** Findings in one cell of a table: "city_missing: The billing address has no city. | …" */
export const inSentences = (findings: readonly ShownFinding[]): string =>
  findings.map(({ code, message }) => `${code}: ${message}`).join(' | ')
