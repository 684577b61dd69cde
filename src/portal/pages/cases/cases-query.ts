import { z } from 'zod'

const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined)

const schema = z.object({
  q: optional(z.string().trim().min(1).max(200)),
  currency: optional(z.string().regex(/^[A-Z]{3}$/)),
  cursor: optional(z.string().min(1).max(2000)),
})

export type CasesQuery = z.infer<typeof schema>

export const parseCasesQuery = (given: unknown): CasesQuery => schema.parse(given ?? {})

export const casesHref = (query: CasesQuery, cursor: string): string => {
  const search = new URLSearchParams()
  if (query.q !== undefined) search.set('q', query.q)
  if (query.currency !== undefined) search.set('currency', query.currency)
  search.set('cursor', cursor)
  return `/cases?${search}`
}
