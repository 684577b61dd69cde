/** The filters of Bulk Import as they stand in the URL. Parameters that are not valid are left out. */
import { z } from 'zod'
import { maxExceptions } from '../../../cases/selection.ts'
import { type InvoiceFilter, invoiceFilterSchema } from '../../../invoices/invoice-filter.ts'
import { typedAmount } from '../../../values/money.ts'

const text = z.string().trim().max(200)
const optional = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined)

const amount = optional(
  z.string().transform((typed, context) => {
    const decimal = typedAmount(typed)
    if (decimal !== undefined) return decimal
    context.addIssue('not an amount')
    return z.NEVER
  }),
)

const day = optional(z.iso.date())

const schema = z.object({
  q: optional(text.min(1)),
  /** Missing: what is ready, or everything while nothing is. */
  eligibility: optional(z.enum(['eligible', 'blocked', 'case', 'all'])),
  minDaysOverdue: optional(z.coerce.number().int().min(0).max(36_500)),
  maxDaysOverdue: optional(z.coerce.number().int().min(0).max(36_500)),
  minAmount: amount,
  maxAmount: amount,
  dueFrom: day,
  dueTo: day,
  invoiceDateFrom: day,
  invoiceDateTo: day,
  customerId: optional(z.string().regex(/^[\w-]{1,100}$/)),
  /** Why no case can be made, or what is worth a look. */
  reason: optional(invoiceFilterSchema.shape.reason),
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
  /** Place of the first row in the whole list, as far as paging has told. */
  at: optional(z.coerce.number().int().min(1).max(1e9)),
  /** `all`: everything eligible that matches is selected. */
  select: optional(z.literal('all')),
  /** Taken out of all that is selected: ids with commas between. */
  except: optional(z.string().regex(/^[\w-]{1,100}(,[\w-]{1,100})*$/)),
})

export type ListQuery = z.infer<typeof schema>

const blankIsMissing = (given: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      value === '' ? undefined : Array.isArray(value) ? value[0] : value,
    ]),
  )

/** The button of a form has one value: the place and, behind a `~`, the number of its first row. */
const withPlace = ({ cursor, ...given }: Record<string, unknown>) => {
  const [place, at] = typeof cursor === 'string' ? cursor.split('~') : []
  return at === undefined ? { cursor, ...given } : { ...given, cursor: place, at }
}

/** The field of the age has one value: the fewest and the most days overdue. */
const withAge = ({ age, ...given }: Record<string, unknown>) => {
  if (typeof age !== 'string') return given
  const [minDaysOverdue, maxDaysOverdue] = age.split('-').map((days) => days || undefined)
  return { ...given, minDaysOverdue, maxDaysOverdue }
}

export const parseListQuery = (given: unknown): ListQuery =>
  schema.parse(withAge(withPlace(blankIsMissing((given ?? {}) as Record<string, unknown>))))

/** Which of the four lists is shown. */
export const tabOf = (query: ListQuery) => query.eligibility ?? 'eligible'

/** What narrows a list down, whichever of the four it is. */
const narrowing = ({
  q,
  minDaysOverdue,
  maxDaysOverdue,
  minAmount,
  maxAmount,
  dueFrom,
  dueTo,
  invoiceDateFrom,
  invoiceDateTo,
  customerId,
  currency,
}: ListQuery): InvoiceFilter => ({
  q,
  minDaysOverdue,
  maxDaysOverdue,
  minAmount,
  maxAmount,
  dueFrom,
  dueTo,
  invoiceDateFrom,
  invoiceDateTo,
  customerId,
  currency,
})

/** The part of the query that says which invoices, as the domain spells it. */
export const filterOf = (query: ListQuery): InvoiceFilter => ({
  ...narrowing(query),
  reason: query.reason,
  eligibility: tabOf(query),
})

/** The same for all four lists at once: what their counts are of. */
export const filterOfAll = narrowing

/** Ids as a form sends them: repeated, or joined by commas. At most as many as a command may hold, and one more. */
export const parseIds = (given: unknown): readonly string[] => {
  const ids = [given]
    .flat()
    .filter((value): value is string => typeof value === 'string')
    .flatMap((value) => value.split(','))
    .filter((id) => /^[\w-]{1,64}$/.test(id))
  return [...new Set(ids)].slice(0, 10_001)
}

/** Of `shown` rows all were ticked; who is not among `ticked` any more was taken out. */
export const exceptionsOf = (given: unknown, query: ListQuery): readonly string[] => {
  const { shown, ids } = (given ?? {}) as { shown?: unknown; ids?: unknown }
  const ticked = new Set(parseIds(ids))
  const before = parseIds(query.except).filter((id) => !ticked.has(id))
  const taken = parseIds(shown).filter((id) => !ticked.has(id))
  return [...new Set([...before, ...taken])].slice(0, maxExceptions)
}

const defaults = parseListQuery({})

/** Everything that is not as usual, as query parameters. */
export const listParameters = (query: ListQuery): Record<string, string> =>
  Object.fromEntries(
    Object.entries(query)
      .filter(([name, value]) => value !== undefined && value !== defaults[name as keyof ListQuery])
      .map(([name, value]) => [name, String(value)]),
  )

/** The same list as the API is asked for it. */
export const apiParameters = (query: ListQuery): Record<string, string> =>
  listParameters({
    ...query,
    eligibility: tabOf(query),
    limit: defaults.limit,
    cursor: undefined,
    at: undefined,
    select: undefined,
    except: undefined,
  })

/** The address of the list with some of its parameters changed. Whatever else changes, paging starts again. */
export const listHref = (
  query: ListQuery,
  change: Partial<ListQuery> = {},
  path = '/bulk-import',
): string => {
  const fresh = { cursor: undefined, at: undefined, select: undefined, except: undefined }
  const next = { ...query, ...fresh, ...change } as ListQuery
  const search = new URLSearchParams(listParameters(next)).toString()
  return search === '' ? path : `${path}?${search}`
}

/** The filters of one of the four lists, all off. */
export const noFilter = {
  q: undefined,
  minDaysOverdue: undefined,
  maxDaysOverdue: undefined,
  minAmount: undefined,
  maxAmount: undefined,
  dueFrom: undefined,
  dueTo: undefined,
  invoiceDateFrom: undefined,
  invoiceDateTo: undefined,
  customerId: undefined,
  reason: undefined,
  currency: undefined,
} as const satisfies Partial<ListQuery>

/** True when the list is narrowed down. */
export const isFiltered = (query: ListQuery): boolean =>
  (Object.keys(noFilter) as (keyof typeof noFilter)[]).some((name) => query[name] !== undefined)
