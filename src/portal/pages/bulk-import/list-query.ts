/** The filters of Bulk Import as they stand in the URL. Parameters that are not valid are left out. */
import { z } from 'zod'
import type { InvoiceFilter } from '../../../invoices/invoice-filter.ts'

const text = z.string().trim().max(200)
const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined)

/** "1 000,50", "1.000,50" and "1,000.50" are 1000.50; "1.000" and "12,5" are read as decimals. */
const decimal = (text: string): string => {
  const compact = text.replace(/[\s'’]/g, '')
  if (/^\d{1,3}(\.\d{3})*,\d{1,2}$/.test(compact)) return compact.replaceAll('.', '').replace(',', '.')
  if (/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(compact)) return compact.replaceAll(',', '')
  return compact.replace(',', '.')
}

const schema = z.object({
  q: optional(text.min(1)),
  eligibility: z.enum(['eligible', 'blocked', 'case', 'all']).catch('all'),
  minDaysOverdue: optional(z.coerce.number().int().min(0).max(36_500)),
  minAmount: optional(
    z
      .string()
      .transform(decimal)
      .pipe(z.string().regex(/^\d{1,13}(\.\d{1,4})?$/)),
  ),
  currency: optional(
    z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z]{3}$/),
  ),
  sort: z.enum(['dueDate', 'amount', 'customer', 'invoiceNumber']).catch('dueDate'),
  order: z.enum(['asc', 'desc']).catch('asc'),
  limit: z.coerce
    .number()
    .int()
    .pipe(z.union([z.literal(25), z.literal(50), z.literal(100)]))
    .catch(50),
  cursor: optional(z.string().min(1).max(2000)),
  /** `all`: everything eligible that matches is selected. */
  select: optional(z.literal('all')),
})

export type ListQuery = z.infer<typeof schema>

const blankIsMissing = (given: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      value === '' ? undefined : Array.isArray(value) ? value[0] : value,
    ]),
  )

export const parseListQuery = (given: unknown): ListQuery =>
  schema.parse(blankIsMissing((given ?? {}) as Record<string, unknown>))

/** The part of the query that says which invoices, as the domain spells it. */
export const filterOf = ({
  q,
  eligibility,
  minDaysOverdue,
  minAmount,
  currency,
}: ListQuery): InvoiceFilter => ({
  q,
  eligibility,
  minDaysOverdue,
  minAmount,
  currency,
})

/** Ids as a form sends them: repeated, or joined by commas. At most as many as a command may hold, and one more. */
export const parseIds = (given: unknown): readonly string[] => {
  const ids = [given]
    .flat()
    .filter((value): value is string => typeof value === 'string')
    .flatMap((value) => value.split(','))
    .filter((id) => /^[\w-]{1,64}$/.test(id))
  return [...new Set(ids)].slice(0, 10_001)
}

const defaults = parseListQuery({})

/** Everything that is not as usual, as query parameters. */
export const listParameters = (query: ListQuery): Record<string, string> =>
  Object.fromEntries(
    Object.entries(query)
      .filter(([name, value]) => value !== undefined && value !== defaults[name as keyof ListQuery])
      .map(([name, value]) => [name, String(value)]),
  )

/** The address of the list with some of its parameters changed. Whatever else changes, paging starts again. */
export const listHref = (
  query: ListQuery,
  change: Partial<ListQuery> = {},
  path = '/bulk-import',
): string => {
  const next = { ...query, cursor: undefined, select: undefined, ...change } as ListQuery
  const search = new URLSearchParams(listParameters(next)).toString()
  return search === '' ? path : `${path}?${search}`
}

/** True when the list is narrowed down. */
export const isFiltered = (query: ListQuery): boolean =>
  query.q !== undefined ||
  query.eligibility !== 'all' ||
  query.minDaysOverdue !== undefined ||
  query.minAmount !== undefined ||
  query.currency !== undefined
