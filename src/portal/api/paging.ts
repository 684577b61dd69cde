/** Next/Previous cursors as they stand in a URL. */
import { z } from 'zod'
import type { Cursor, Page } from '../../../db/core/keyset-page.ts'

const letters = { next: 'n', previous: 'p' } as const

/** Opaque to callers. */
export const writeCursor = (cursor: Cursor | null) => cursor && `${letters[cursor.direction]}.${cursor.id}`

const uuid = z.uuid()

/** `n.<id>` or `p.<id>`; anything else is refused as invalid. */
const cursorText = z
  .string()
  .max(60)
  .refine(
    (text) => /^[np]\./.test(text) && uuid.safeParse(text.slice(2)).success,
    'is not a cursor of this list',
  )
  .describe('From `next` or `previous` of an answer')

export const readCursor = (text: string | undefined): Cursor | undefined =>
  text === undefined
    ? undefined
    : { direction: text.startsWith('p') ? 'previous' : 'next', id: text.slice(2) }

export const limitQuery = (standard = 50, most = 200) =>
  z.coerce.number().int().min(1).max(most).default(standard).describe('Rows of a page')

export const pageQuery = z.object({ limit: limitQuery(), cursor: cursorText.optional() })

/** `id` names the schema in the interface document: call it once per module, not per app. */
export const pageOf = <Item extends z.ZodType>(item: Item, id: string) =>
  z
    .object({
      items: z.array(item).readonly(),
      next: z.string().nullable().describe('Cursor of the next page; null: this is the last one'),
      previous: z.string().nullable(),
    })
    .meta({ id })

/** A page of rows as the answer of a list. */
export const presentPage = <Row, Item>(page: Page<Row>, present: (row: Row) => Item) => ({
  items: page.rows.map(present),
  next: writeCursor(page.next),
  previous: writeCursor(page.previous),
})
