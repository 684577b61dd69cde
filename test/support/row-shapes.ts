import type { InsertType, SelectType } from 'kysely'
import type { Database } from '../../db/core/schema.ts'

type Base<T> = unknown extends T
  ? 'json'
  : [T] extends [string]
    ? 'string'
    : [T] extends [number]
      ? 'number'
      : [T] extends [boolean]
        ? 'boolean'
        : [T] extends [Date]
          ? 'timestamp'
          : [T] extends [string[]]
            ? 'string[]'
            : [T] extends [Date[]]
              ? 'timestamp[]'
              : [T] extends [Uint8Array]
                ? 'bytea'
                : 'json'

type Read<Column> = unknown extends SelectType<Column> ? 'json' : Base<NonNullable<SelectType<Column>>>

type OrNull<Column> =
  unknown extends SelectType<Column> ? '' : null extends SelectType<Column> ? ' or null' : ''

/** What an insert may leave out. */
type Omissible<Column> = [InsertType<Column>] extends [never]
  ? ', omissible'
  : undefined extends InsertType<Column>
    ? ', omissible'
    : ''

/** PostgreSQL does not know which columns of a view can be null. */
type View = Exclude<Extract<keyof Database, `portal_${string}`>, 'portal_sessions'>

/** The row types of db/core/schema.ts in words, as row-types.test.ts reads them from a database. */
export type RowShapes = {
  readonly [Table in keyof Database]: {
    readonly [Column in keyof Database[Table]]: Table extends View
      ? Read<Database[Table][Column]>
      : `${Read<Database[Table][Column]>}${OrNull<Database[Table][Column]>}${Omissible<Database[Table][Column]>}`
  }
}
