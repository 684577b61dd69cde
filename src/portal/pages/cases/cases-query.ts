import { z } from 'zod'
import { caseSorts } from '../../../../db/cases/portal-cases.repo.ts'
import { invoiceStates } from '../../../../db/core/schema.ts'

const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined)

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
  sort: optional(z.enum(caseSorts)),
  order: optional(z.enum(['asc', 'desc'])),
  cursor: optional(z.string().min(1).max(100)),
})

/** Search and filters of the list of cases, as they stand in the URL. */
export type CasesQuery = z.infer<typeof schema>

export const parseCasesQuery = (given: unknown): CasesQuery => schema.parse(given ?? {})

/** True when the list is narrowed down. */
export const isNarrowed = ({ q, currency, createdFrom, createdTo, invoiceState }: CasesQuery): boolean =>
  [q, currency, createdFrom, createdTo, invoiceState].some((value) => value !== undefined)

/** The same list with some of it changed; a change begins at its first page. */
export const casesHref = (query: CasesQuery, change: Partial<CasesQuery>): string => {
  const given = Object.entries({ ...query, cursor: undefined, ...change }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return given.length === 0 ? '/cases' : `/cases?${new URLSearchParams(given)}`
}
