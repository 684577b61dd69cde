/** Next/Previous over an ordered list, however long it is: no offset, no count. */
import { type RawBuilder, sql } from 'kysely'
import type { Trx } from './database.ts'
import type { Database } from './schema.ts'
import { named } from './statement-name.ts'

/** Continue after (next) or before (previous) the row with this id. */
export interface Cursor {
  readonly direction: 'next' | 'previous'
  readonly id: string
}

export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly next: Cursor | null
  readonly previous: Cursor | null
}

export interface KeysetQuery {
  readonly from: keyof Database
  /** Column that orders the list, never null; equal values are ordered by id. */
  readonly by: string
  /** Default: the greatest, so the newest, first. */
  readonly ascending?: boolean
  readonly where?: RawBuilder<boolean>
  readonly limit: number
  readonly cursor: Cursor | undefined
}

const past = ({ from, by, ascending, cursor }: KeysetQuery) => {
  if (!cursor) return sql<boolean>`true`
  const column = sql.ref(by)
  const anchor = sql`(select ${column} from ${sql.table(from)} where id = ${cursor.id})`
  const forwards = cursor.direction === 'next'
  const beyond = sql.raw(forwards === (ascending ?? false) ? '>' : '<')
  const later = sql.raw(forwards ? '>' : '<')
  return sql<boolean>`(${column} ${beyond} ${anchor} or (${column} = ${anchor} and id ${later} ${cursor.id}))`
}

/** The row that a cursor names is gone, of another list, or another client's: nobody can tell what comes after it. */
export class UnknownCursorError extends Error {
  override readonly name = 'UnknownCursorError'
}

/** One page, in order. @throws UnknownCursorError */
export const keysetPage = async <Row extends { readonly id: string }>(
  trx: Trx,
  query: KeysetQuery,
): Promise<Page<Row>> => {
  const backwards = query.cursor?.direction === 'previous'
  const direction = sql.raw(backwards === (query.ascending ?? false) ? 'desc' : 'asc')
  const order = sql`${sql.ref(query.by)} ${direction}, id ${sql.raw(backwards ? 'desc' : 'asc')}`
  const { rows: found } = await sql<Row>`${named(`select ${query.from}`)}
    select * from ${sql.table(query.from)}
    where ${query.where ?? sql`true`} and ${past(query)}
    order by ${order} limit ${query.limit + 1}`.execute(trx)

  if (query.cursor && found.length === 0) {
    const { rows: anchor } = await sql`${named(`select ${query.from}`)}
      select 1 from ${sql.table(query.from)} where id = ${query.cursor.id}`.execute(trx)
    if (anchor.length === 0) throw new UnknownCursorError()
  }

  const more = found.length > query.limit
  const rows = backwards ? found.slice(0, query.limit).reverse() : found.slice(0, query.limit)
  const [first, last] = [rows.at(0), rows.at(-1)]
  const moreAfter = backwards ? query.cursor !== undefined : more
  const moreBefore = backwards ? more : query.cursor !== undefined
  return {
    rows,
    next: moreAfter && last ? { direction: 'next', id: last.id } : null,
    previous: moreBefore && first ? { direction: 'previous', id: first.id } : null,
  }
}
