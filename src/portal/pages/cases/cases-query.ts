import { z } from 'zod'

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
  cursor: optional(z.string().min(1).max(100)),
})

/** Search and filters of the list of cases, as they stand in the URL. */
export type CasesQuery = z.infer<typeof schema>

export const parseCasesQuery = (given: unknown): CasesQuery => schema.parse(given ?? {})

/** True when the list is narrowed down. */
export const isNarrowed = ({ q, currency, createdFrom, createdTo }: CasesQuery): boolean =>
  [q, currency, createdFrom, createdTo].some((value) => value !== undefined)

/** The same list at another place. */
export const casesHref = (query: CasesQuery, cursor: string): string => {
  const given = Object.entries({ ...query, cursor }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return `/cases?${new URLSearchParams(given)}`
}
