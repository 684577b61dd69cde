/** The filter of the list, as the API, a page's address and a command's selection spell it. */
import { z } from 'zod'
import type { InvoiceFilter as FilterInSql } from '../../db/invoices/portal-invoices.repo.ts'
import type { EligibilityPolicy } from '../eligibility/policy.ts'
import { ruleCodes } from '../eligibility/rules.ts'
import { addDays } from '../values/day.ts'
import { scaled, typedAmount } from '../values/money.ts'

const blank = (value: unknown) => (value === '' ? undefined : value)

const amount = z.preprocess(
  blank,
  z
    .string()
    .trim()
    .regex(/^\d{1,13}(\.\d{1,4})?$/, 'must be a decimal number')
    .optional(),
)

const day = z.preprocess(blank, z.iso.date().optional())

export const invoiceFilterSchema = z.object({
  q: z.preprocess(blank, z.string().trim().max(200).optional()),
  eligibility: z.preprocess(blank, z.enum(['eligible', 'blocked', 'case', 'all']).optional()),
  minDaysOverdue: z.preprocess(blank, z.coerce.number().int().min(0).max(36_500).optional()),
  maxDaysOverdue: z.preprocess(blank, z.coerce.number().int().min(0).max(36_500).optional()),
  minAmount: amount,
  maxAmount: amount,
  dueFrom: day,
  dueTo: day,
  invoiceDateFrom: day,
  invoiceDateTo: day,
  customerId: z.preprocess(blank, z.string().trim().max(100).optional()),
  reason: z.preprocess(blank, z.enum(ruleCodes).optional()),
  currency: z.preprocess(
    blank,
    z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z]{3}$/, 'must be a currency code')
      .optional(),
  ),
})

export type InvoiceFilter = z.output<typeof invoiceFilterSchema>

/** A filter of our own making, which no address spells. */
export type FilterOfSelection = InvoiceFilter & Pick<FilterInSql, 'except' | 'only' | 'notHeld'>

const keyUnit = 10n ** 8n

/** A value in the unit of `value_key`. */
const valueKey = (decimal: string | undefined) =>
  decimal === undefined ? undefined : String(scaled(decimal) / keyUnit)

const earlier = (a: string | undefined, b: string | undefined) =>
  a === undefined || (b !== undefined && b < a) ? b : a

const later = (a: string | undefined, b: string | undefined) =>
  a === undefined || (b !== undefined && b > a) ? b : a

const searched = (q: string | undefined) => {
  // one spelling of accented letters, whatever the keyboard made of them
  const text = q?.normalize('NFC')
  return text ? { q: text, qAmount: typedAmount(text) } : {}
}

/** Amounts are those of the currency that is asked for; over several currencies, values in the organization's. */
const amounts = ({ currency, minAmount, maxAmount }: FilterOfSelection) =>
  currency === undefined
    ? { minValueKey: valueKey(minAmount), maxValueKey: valueKey(maxAmount) }
    : { minAmount, maxAmount }

/** What the filter means on a day. */
export const filterOn = (
  {
    q,
    eligibility,
    minDaysOverdue,
    maxDaysOverdue,
    minAmount,
    maxAmount,
    dueFrom,
    dueTo,
    ...same
  }: FilterOfSelection,
  today: string,
  policy: EligibilityPolicy,
): FilterInSql => ({
  ...same,
  ...searched(q),
  eligibility: eligibility ?? 'all',
  dueFrom: later(dueFrom, maxDaysOverdue === undefined ? undefined : addDays(today, -maxDaysOverdue)),
  dueBy: earlier(dueTo, minDaysOverdue === undefined ? undefined : addDays(today, -minDaysOverdue)),
  ...amounts({ currency: same.currency, minAmount, maxAmount }),
  ...(policy.severity.not_overdue === 'blocker'
    ? { eligibleDueBy: addDays(today, -policy.minDaysOverdue) }
    : {}),
})
