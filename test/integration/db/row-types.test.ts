/** Holds the row types of db/core/schema.ts to the tables and views that the migrations make: the compiler compares them. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import type { Db, Trx } from '../../../db/core/database.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

const rowShapes = fileURLToPath(new URL('../../support/row-shapes.ts', import.meta.url))

let test: TestDatabase
let directory: string
beforeAll(async () => {
  test = await createTestDatabase()
  directory = await mkdtemp(join(tmpdir(), 'row-types-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
  await test.drop()
})

/** Each table with its columns, in the words of test/support/row-shapes.ts. */
const shapesOf = async (db: Db | Trx): Promise<Record<string, Record<string, string>>> => {
  const { rows } = await sql<{ table: string; columns: Record<string, string> }>`
    select c.table_name as table, jsonb_object_agg(c.column_name,
      case
        when udt_name in ('text', 'uuid', 'numeric', 'date') then 'string'
        when udt_name in ('int4', 'int8') then 'number'
        when udt_name = 'bool' then 'boolean'
        when udt_name = 'timestamptz' then 'timestamp'
        when udt_name = '_text' then 'string[]'
        when udt_name = '_timestamptz' then 'timestamp[]'
        when udt_name = 'jsonb' then 'json'
        else udt_name
      end
      || case when table_type = 'BASE TABLE' and is_nullable = 'YES' then ' or null' else '' end
      || case when table_type = 'BASE TABLE' and (is_nullable = 'YES' or column_default is not null
        or is_identity = 'YES' or is_generated = 'ALWAYS') then ', omissible' else '' end) as columns
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and c.table_name not like 'kysely_%'
    group by c.table_name`.execute(db)
  return Object.fromEntries(rows.map(({ table, columns }) => [table, columns]))
}

/** What the compiler says to a value that is the database and a type that is the schema file; empty: they agree. */
const differences = async (db: Db | Trx): Promise<string> => {
  const file = join(directory, 'actual.ts')
  const text = `import type { RowShapes } from '${rowShapes}'
    export const actual: RowShapes = ${JSON.stringify(await shapesOf(db), null, 2)}`
  await writeFile(file, text)
  const strict = ['--strict', '--skipLibCheck', '--target', 'esnext', '--module', 'esnext', '--types', '']
  const flags = ['--noEmit', '--allowImportingTsExtensions', '--moduleResolution', 'bundler', ...strict]
  return new Promise((done) => {
    execFile(
      process.execPath,
      [resolve('node_modules/typescript/bin/tsc'), ...flags, file],
      { cwd: directory },
      (_, stdout) =>
        done(
          stdout.replace(/actual\.ts\((\d+),\d+\)/g, (_at, line) => text.split('\n')[line - 1]?.trim() ?? ''),
        ),
    )
  })
}

it('row types are the tables and views of a migrated database: columns, types, null and what may be left out', async () => {
  expect(await differences(test.db)).toBe('')
})

it.each([
  ['alter table clients add column nick text', `'"nick"' does not exist`],
  ['alter table workers drop column host', "'host' is missing"],
  ['create table extra (id text)', `'"extra"' does not exist`],
  [
    'alter table cases alter column debtor_name drop not null',
    '"string or null, omissible"\' is not assignable',
  ],
  ['alter table sync_runs alter column attempts drop default', '"number"\' is not assignable'],
])('tells that a database differs after: %s', async (change, told) => {
  const trx = await test.db.startTransaction().execute()
  await sql.raw(change).execute(trx)
  expect(await differences(trx)).toContain(told)
  await trx.rollback().execute()
})
