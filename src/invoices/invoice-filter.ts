/** The filter of the list, as the API, a page's address and a command's selection spell it. */
import { z } from 'zod'
import type { InvoiceFilter as FilterInSql } from '../../db/invoices/portal-invoices.repo.ts'
import type { EligibilityPolicy } from '../eligibility/policy.ts'
import { addDays } from '../values/day.ts'
import { scaled } from '../values/money.ts'

const blank = (value: unknown) => (value === '' ? undefined : value)

export const invoiceFilterSchema = z.object({
  q: z.preprocess(blank, z.string().trim().max(200).optional()),
  eligibility: z.preprocess(blank, z.enum(['eligible', 'blocked', 'case', 'all']).optional()),
  minDaysOverdue: z.preprocess(blank, z.coerce.number().int().min(0).max(36_500).optional()),
  minAmount: z.preprocess(
    blank,
    z
      .string()
      .trim()
      .regex(/^\d{1,13}(\.\d{1,4})?$/, 'must be a decimal number')
      .optional(),
  ),
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

const keyUnit = 10n ** 8n

/** What the filter means on a day. */
export const filterOn = (filter: InvoiceFilter, today: string, policy: EligibilityPolicy): FilterInSql => ({
  ...(filter.q ? { q: filter.q } : {}),
  eligibility: filter.eligibility ?? 'all',
  ...(filter.minDaysOverdue === undefined ? {} : { dueBy: addDays(today, -filter.minDaysOverdue) }),
  ...(filter.minAmount === undefined ? {} : { minAmountKey: String(scaled(filter.minAmount) / keyUnit) }),
  ...(filter.currency === undefined ? {} : { currency: filter.currency }),
  ...(policy.severity.not_overdue === 'blocker'
    ? { eligibleDueBy: addDays(today, -policy.minDaysOverdue) }
    : {}),
})
