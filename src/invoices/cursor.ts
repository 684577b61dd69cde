/** Places in the list as opaque text: base64url of JSON, parsed as anything else that comes from outside. */
import { z } from 'zod'
import type { InvoiceCursor, InvoiceSort, Order } from '../../db/invoices/portal-invoices.repo.ts'
import { AppError } from '../errors.ts'

interface Listing {
  readonly sort: InvoiceSort
  readonly order: Order
}

const keys: Readonly<Record<InvoiceSort, z.ZodType<string>>> = {
  // PostgreSQL has no year 0
  dueDate: z.union([z.iso.date().refine((day) => !day.startsWith('0000')), z.literal('infinity')]),
  amount: z
    .string()
    .refine((key) => /^-?\d{1,19}$/.test(key) && BigInt.asIntN(64, BigInt(key)) === BigInt(key)),
  customer: z.string().max(200),
  invoiceNumber: z.string().max(200),
}

const cursorText = z.strictObject({
  s: z.string(),
  o: z.string(),
  d: z.enum(['next', 'previous']),
  k: z.string().max(400),
  i: z.string().max(100),
})

export const encodeInvoiceCursor = (cursor: InvoiceCursor | null, { sort, order }: Listing): string | null =>
  cursor === null
    ? null
    : Buffer.from(
        JSON.stringify({ s: sort, o: order, d: cursor.direction, k: cursor.key, i: cursor.id }),
      ).toString('base64url')

/** @throws AppError invalid_request when it is not a cursor of this product, or of a list in another order */
export const decodeInvoiceCursor = (
  text: string | undefined,
  { sort, order }: Listing,
): InvoiceCursor | undefined => {
  if (text === undefined || text === '') return undefined
  const parsed = cursorText.safeParse(json(Buffer.from(text, 'base64url').toString('utf8')))
  if (!parsed.success || parsed.data.s !== sort || parsed.data.o !== order) throw badCursor()
  const { d, k, i } = parsed.data
  if (!keys[sort].safeParse(k).success || i.includes('\u0000') || k.includes('\u0000')) throw badCursor()
  return { direction: d, key: k, id: i }
}

const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const badCursor = () =>
  new AppError('invalid_request', {
    message: 'The cursor does not belong to this list.',
    details: { field: 'cursor' },
  })
