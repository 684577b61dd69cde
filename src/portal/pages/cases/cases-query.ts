import { z } from 'zod'
import { caseSorts } from '../../../../db/cases/portal-cases.repo.ts'
import { invoiceStates } from '../../../../db/core/schema.ts'
import { typedAmount } from '../../../values/money.ts'

const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined)

const amount = optional(
  z.string().transform((typed, context) => {
    const decimal = typedAmount(typed)
    if (decimal !== undefined) return decimal
    context.addIssue('not an amount')
    return z.NEVER
  }),
)

const schema = z.object({
  q: optional(z.string().trim().min(1).max(200)),
  currency: optional(
    z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z]{3}$/),
  ),
  createdFrom: optional(z.iso.date()),
  createdTo: optional(z.iso.date()),
  invoiceState: optional(z.enum(invoiceStates)),
  evidence: optional(z.enum(['complete', 'incomplete'])),
  status: optional(z.enum(['pending_verification', 'withdrawn'])),
  minAmount: amount,
  maxAmount: amount,
  sort: optional(z.enum(caseSorts)),
  order: optional(z.enum(['asc', 'desc'])),
  cursor: optional(z.string().min(1).max(100)),
})

/** Search and filters of the list of cases, as they stand in the URL. */
export type CasesQuery = z.infer<typeof schema>

export const parseCasesQuery = (given: unknown): CasesQuery =>
  schema.parse(
    Object.fromEntries(
      Object.entries(given ?? {}).map(([name, value]) => [name, value === '' ? undefined : value]),
    ),
  )

const place = new Set(['sort', 'order', 'cursor'])

/** True when the list is narrowed down. */
export const isNarrowed = (query: CasesQuery): boolean =>
  Object.entries(query).some(([name, value]) => !place.has(name) && value !== undefined)

/** The same list with some of it changed; a change begins at its first page. */
export const casesHref = (query: CasesQuery, change: Partial<CasesQuery>, path = '/cases'): string => {
  const given = Object.entries({ ...query, cursor: undefined, ...change }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}
