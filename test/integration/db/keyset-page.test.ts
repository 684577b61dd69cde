/** Next and Previous over lists of the portal: in order, nothing twice, nothing left out, in both directions. */
import { sql } from 'kysely'
import { asPortalReader } from '../../../db/core/database.ts'
import { type Cursor, keysetPage, UnknownCursorError } from '../../../db/core/keyset-page.ts'
import { aConnection, type BuiltConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
let connection: BuiltConnection
let ids: readonly string[]
beforeAll(async () => {
  test = await createTestDatabase()
  connection = await aConnection(createTestContext({ db: test.db }))
  // pairs of the same moment, so that the id decides
  await sql`insert into sync_runs (connection_id, client_id, zoho_organization_id, kind, trigger, state, started_at)
    select ${connection.id}, ${connection.client_id}, '1', 'full', 'manual', 'completed', timestamptz '2026-01-01' + (n / 2) * interval '1 hour'
    from generate_series(1, 7) n`.execute(test.db)
  const { rows } = await sql<{ id: string }>`select id from sync_runs order by started_at desc, id`.execute(
    test.db,
  )
  ids = rows.map(({ id }) => id)
})
afterAll(() => test.drop())

const page = (cursor: Cursor | undefined, { limit = 3, ascending = false } = {}) =>
  asPortalReader(test.db, connection.client_id, async (trx) => {
    const { rows, ...places } = await keysetPage<{ id: string }>(trx, {
      from: 'portal_sync_runs',
      by: 'started_at',
      ascending,
      limit,
      cursor,
    })
    return { ids: rows.map(({ id }) => id), ...places }
  })

it.each([1, 2, 3, 6, 7, 8])('pages of %d go through the list and back', async (limit) => {
  const there: string[][] = []
  for (let place: Cursor | undefined | null; place !== null; ) {
    const one = await page(place, { limit })
    there.push(one.ids)
    place = one.next
  }
  expect(there.flat()).toEqual(ids)
  expect(there.every((one) => one.length > 0 && one.length <= limit)).toBe(true)

  let place: Cursor | null = { direction: 'previous', id: there.at(-1)?.[0] ?? '' }
  for (const before of there.slice(0, -1).reverse()) {
    const one: Awaited<ReturnType<typeof page>> = await page(place ?? undefined, { limit })
    expect(one.ids).toEqual(before)
    expect(one.next).toEqual({ direction: 'next', id: before.at(-1) })
    place = one.previous
  }
  if (there.length > 1) expect(place).toBeNull()
})

it('the first page has nothing before it, the last nothing after it, one between has both', async () => {
  const first = await page(undefined)
  expect(first).toMatchObject({ next: { direction: 'next', id: ids[2] }, previous: null })
  const second = await page(first.next ?? undefined)
  expect(second).toMatchObject({ next: { id: ids[5] }, previous: { direction: 'previous', id: ids[3] } })
  expect(await page(second.next ?? undefined)).toMatchObject({
    ids: [ids[6]],
    next: null,
    previous: { id: ids[6] },
  })
})

it('a list may also begin with the oldest', async () => {
  const { rows } = await sql<{ id: string }>`select id from sync_runs order by started_at, id`.execute(
    test.db,
  )
  const first = await page(undefined, { ascending: true, limit: 4 })
  const second = await page(first.next ?? undefined, { ascending: true, limit: 4 })
  expect([...first.ids, ...second.ids]).toEqual(rows.map(({ id }) => id))
  expect((await page(second.previous ?? undefined, { ascending: true, limit: 4 })).ids).toEqual(first.ids)
})

it('a place of another client is no place', async () => {
  const other = await aConnection(createTestContext({ db: test.db }))
  const found = asPortalReader(test.db, other.client_id, (trx) =>
    keysetPage(trx, {
      from: 'portal_sync_runs',
      by: 'started_at',
      limit: 3,
      cursor: { direction: 'next', id: ids[0] ?? '' },
    }),
  )
  await expect(found).rejects.toThrow(UnknownCursorError)
})
