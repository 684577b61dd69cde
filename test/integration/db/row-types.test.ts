/** The row types that Kysely works with are those of the real schema: each column, whether it may be null, and its kind. */
import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())

interface Column {
  readonly nullable: boolean
  readonly kind: string
}

const source = readFileSync('db/core/schema.ts', 'utf8')

/** Interfaces of the file by name: column → type as written. */
const interfaces = new Map(
  [...source.matchAll(/^(?:export )?interface (\w+Table) \{\n([\s\S]*?)^\}/gm)].map(
    ([, name = '', body = '']) => [
      name,
      new Map(
        [...body.matchAll(/^ {2}(\w+): (.+?)$/gm)].map(
          ([, column = '', type = '']) => [column, type] as const,
        ),
      ),
    ],
  ),
)
const tables = new Map(
  [...(/interface Database \{([\s\S]*?)\n\}/.exec(source)?.[1] ?? '').matchAll(/(\w+): (\w+Table)\b/g)]
    .filter(([, table]) => !table?.startsWith('portal_') || table === 'portal_sessions')
    .map(([, table = '', type = '']) => [table, type] as const),
)

/** What a written type says of the column. */
const declared = (type: string): Column => {
  const nullable = /^Nullable(Timestamp|<)|\| null/.test(type)
  if (/Timestamp/.test(type)) return { nullable, kind: 'time' }
  if (/\bDay\b/.test(type)) return { nullable, kind: 'day' }
  if (/\[\]/.test(type) && /Date\[\]|string\[\]/.test(type)) return { nullable, kind: 'array' }
  if (/ColumnType<(Finding|Proof|unknown|RowProblem)|JSONColumnType|Record</.test(type))
    return { nullable, kind: 'json' }
  if (/\bboolean\b/.test(type)) return { nullable, kind: 'boolean' }
  if (/Money|ColumnType<string \| null/.test(type)) return { nullable, kind: 'text' }
  if (/\bnumber\b/.test(type)) return { nullable, kind: 'number' }
  return { nullable, kind: 'text' }
}

const kinds: Readonly<Record<string, string>> = {
  'timestamp with time zone': 'time',
  date: 'day',
  ARRAY: 'array',
  jsonb: 'json',
  boolean: 'boolean',
  integer: 'number',
  bigint: 'number',
  numeric: 'text',
  text: 'text',
  uuid: 'text',
}

// A generated column may be null as far as the catalogue knows; its expression says otherwise.
const real = async () => {
  const { rows } = await sql<{ table: string; column: string; nullable: boolean; type: string }>`
    select c.table_name as table, c.column_name as column, c.is_nullable = 'YES' and c.is_generated = 'NEVER' as nullable, c.data_type as type
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.table_name !~ '^kysely_'`.execute(
    test.db,
  )
  const found = new Map<string, Map<string, Column>>()
  for (const { table, column, nullable, type } of rows) {
    const columns = found.get(table) ?? new Map<string, Column>()
    found.set(table, columns.set(column, { nullable, kind: kinds[type] ?? type }))
  }
  return found
}

it('finds the row types at all', () => {
  expect(tables.size).toBeGreaterThan(15)
  expect(interfaces.get('CasesTable')?.size).toBeGreaterThan(20)
})

it('every table has a row type, and every row type a table', async () => {
  expect([...tables.keys()].sort()).toEqual([...(await real()).keys()].sort())
})

it('every row type has the columns of its table, as null and as kind', async () => {
  const found = await real()
  for (const [table, type] of tables) {
    const written = Object.fromEntries(
      [...(interfaces.get(type) ?? [])].map(([column, text]) => [column, declared(text)]),
    )
    expect({ table, columns: written }).toEqual({
      table,
      columns: Object.fromEntries(found.get(table) ?? []),
    })
  }
})
