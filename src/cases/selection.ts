/** What a client ordered: invoices by id, or all that match a filter at the moment of the order. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../errors.ts'
import { invoiceFilterSchema } from '../invoices/invoice-filter.ts'

export const maxIds = 10_000
/** An order by filter is resolved and stored in one statement, so it has a limit too. */
export const maxMatches = 200_000

const invoiceId = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[\w-]+$/, 'must be an invoice id')

/** All that match, but for some that were taken out by hand. */
export const maxExceptions = 200
export const selectionFilterSchema = invoiceFilterSchema.extend({
  except: z
    .array(invoiceId)
    .max(maxExceptions)
    .optional()
    .describe('Invoices that are left out although they match'),
})

/** By ids or by filter; the body of both case-command requests holds it. */
export const selectionSchema = z.union([
  z.strictObject({ zohoInvoiceIds: z.array(invoiceId) }),
  z.strictObject({ filter: selectionFilterSchema }),
])

export type Selection =
  | { readonly zohoInvoiceIds: readonly string[] }
  | { readonly filter: z.input<typeof selectionFilterSchema> }

export type ResolvedSelection = z.output<typeof selectionSchema>

/**
 * Checks a selection; an id that is named twice counts once.
 *
 * @throws AppError invalid_request, selection_empty, selection_too_large
 */
export const parseSelection = (given: Selection): ResolvedSelection => {
  const parsed = selectionSchema.safeParse(given)
  if (!parsed.success)
    throw new AppError('invalid_request', {
      details: {
        problems: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
      },
    })
  if ('filter' in parsed.data) return parsed.data
  const zohoInvoiceIds = [...new Set(parsed.data.zohoInvoiceIds)]
  if (zohoInvoiceIds.length === 0) throw new AppError('selection_empty')
  if (zohoInvoiceIds.length > maxIds)
    throw new AppError('selection_too_large', { details: { selected: zohoInvoiceIds.length } })
  return { zohoInvoiceIds }
}

/** Same order → same hash, in whatever sequence the ids were sent. */
export const requestHash = (
  selection: ResolvedSelection,
  acceptPaymentInProgress: readonly string[],
): string => {
  const canonical =
    'filter' in selection
      ? { filter: Object.entries(selection.filter).sort(([a], [b]) => (a < b ? -1 : 1)) }
      : { ids: [...selection.zohoInvoiceIds].sort() }
  return createHash('sha256')
    .update(JSON.stringify([canonical, [...new Set(acceptPaymentInProgress)].sort()]))
    .digest('hex')
}
