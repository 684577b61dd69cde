/** Holds docs/scaling.md to the catalogue: where the keys of each table allow it to be in a distributed PostgreSQL. */
import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

interface Placed {
  readonly place: 'distributed' | 'reference' | 'one node'
  readonly column?: string | undefined
}

const wordsIn = (cell = ''): readonly string[] => [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word)

const section = readFileSync('docs/scaling.md', 'utf8').split('## Sharding')[1] ?? ''
const documented = section
  .split('\n')
  .filter((line) => /^\| `/.test(line))
  .flatMap((line): readonly (readonly [string, Placed])[] => {
    const [, tables, place = '', column] = line.split('|').map((cell) => cell.trim())
    return wordsIn(tables).map((table) => [
      table,
      { place: place as Placed['place'], column: wordsIn(column)[0] },
    ])
  })
const placed = new Map(documented)

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())

/** Column names of a table by their numbers. */
const columns = (relation: string, numbers: string) => sql`
  array(select attname::text from pg_attribute
    where attrelid = ${sql.ref(relation)} and attnum = any(${sql.ref(numbers)}))`

it('places each table once', async () => {
  const { rows } = await sql<{ name: string }>`
    select relname::text as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'kysely_%'`.execute(
    test.db,
  )
  expect(documented.map(([table]) => table).sort()).toEqual(rows.map(({ name }) => name).sort())
})

it('every unique key of a distributed table contains its distribution column', async () => {
  const { rows } = await sql<{ table: string; key: string; columns: string[] }>`
    select c.relname::text as table, i.indexrelid::regclass::text as key, ${columns('i.indrelid', 'i.indkey')} as columns
    from pg_index i join pg_class c on c.oid = i.indrelid
    where i.indisunique and c.relnamespace = 'public'::regnamespace`.execute(test.db)
  const wrong = rows.filter(({ table, columns }) => {
    const { place, column } = placed.get(table) ?? {}
    return place === 'distributed' && !columns.some((name) => name === column)
  })
  expect(rows.length).toBeGreaterThan(20)
  expect(wrong).toEqual([])
})

it('every foreign key points to where its table may point', async () => {
  const { rows } = await sql<{ from: string; to: string; own: string[]; theirs: string[] }>`
    select f.relname::text as from, t.relname::text as to,
      ${columns('k.conrelid', 'k.conkey')} as own, ${columns('k.confrelid', 'k.confkey')} as theirs
    from pg_constraint k join pg_class f on f.oid = k.conrelid join pg_class t on t.oid = k.confrelid
    where k.contype = 'f'`.execute(test.db)
  const wrong = rows.filter(({ from, to, own, theirs }) => {
    const [source, target] = [placed.get(from), placed.get(to)]
    if (target?.place === 'reference') return false
    if (source?.place !== target?.place) return true
    if (source?.place !== 'distributed') return false
    return !own.some((name) => name === source.column) || !theirs.some((name) => name === target?.column)
  })
  expect(rows.length).toBeGreaterThan(15)
  expect(wrong).toEqual([])
})
