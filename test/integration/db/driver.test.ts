import { sql } from 'kysely'
import { createDatabase } from '../../../db/core/database.ts'
import { named, prepared } from '../../../db/core/statement-name.ts'
import { toAppError } from '../../../src/errors.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase({ poolSize: 2 })
})
afterAll(() => test.drop())

it('a statement marked so is prepared once per connection, any other never', async () => {
  await test.db.connection().execute(async (db) => {
    for (const id of ['a', 'b']) {
      await sql`${prepared('select clients')} select 1 from clients where id = ${id}`.execute(db)
      await sql`${named('select clients')} select 2 from clients where id = ${id}`.execute(db)
    }
    const { rows } = await sql`select statement from pg_prepared_statements`.execute(db)
    expect(rows).toEqual([{ statement: '/* prepared select clients */ select 1 from clients where id = $1' }])
  })
})

it('a connection that was lost in a transaction fails its statements with the code of the standard', async () => {
  const lost = test.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
    await sql`select pg_terminate_backend(${rows[0]?.pid}, 5000)`.execute(test.db)
    await sql`select 1`.execute(trx).catch(() => undefined)
    await sql`select 1`.execute(trx)
  })
  await expect(lost).rejects.toMatchObject({ code: '08006' })
  await expect(sql`select 1 as one`.execute(test.db)).resolves.toMatchObject({ rows: [{ one: 1 }] })
})

it.each([
  'postgres://u:p@postgres.invalid:5432/x', // The name of a container that is down.
  'postgres://u:p@127.0.0.1:1/x',
])('a server that is not there is an outage of the database, not a defect of ours: %s', async (url) => {
  const db = createDatabase({ url, poolSize: 1 })
  const error = await sql`select 1`.execute(db).catch((thrown: unknown) => thrown)
  await db.destroy()
  expect(toAppError(error)).toMatchObject({ code: 'database_unavailable', status: 503 })
})
