import { sql } from 'kysely'
import { asPortalReader } from '../../../db/database.ts'
import { migrateToLatest, schemaVersion } from '../../../db/migrate.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())

it('migrating twice changes nothing', async () => {
  expect(await migrateToLatest(test.db)).toEqual([])
  const { current, needed } = await schemaVersion(test.db)
  expect(current).toBe(needed)
})

it('the portal role sees its own client only, and no table at all', async () => {
  await test.db
    .insertInto('clients')
    .values([
      { id: 'a', name: 'A' },
      { id: 'b', name: 'B' },
    ])
    .execute()
  for (const client_id of ['a', 'b'])
    await test.db
      .insertInto('connections')
      .values({
        client_id,
        data_center: 'us',
        zoho_organization_id: '1',
        organization_name: `${client_id} Ltd`,
        connected_by: 'x',
        webhook_token: client_id,
      })
      .execute()
  const seen = await asPortalReader(test.db, 'a', (trx) =>
    trx.selectFrom('portal_connection').select('organization_name').execute(),
  )
  expect(seen).toEqual([{ organization_name: 'a Ltd' }])
  await expect(
    asPortalReader(test.db, 'a', (trx) => trx.selectFrom('connections').selectAll().execute()),
  ).rejects.toThrow(/permission denied/)
  await expect(
    asPortalReader(test.db, 'a', (trx) => trx.selectFrom('oauth_tokens').selectAll().execute()),
  ).rejects.toThrow(/permission denied/)
  const { rows } = await sql<{ role: string }>`select current_user as role`.execute(test.db)
  expect(rows[0]?.role).toBe('postgres')
})
