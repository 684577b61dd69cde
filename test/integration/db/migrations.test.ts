import { type Migration, sql } from 'kysely'
import { asPortalReader, createDatabase } from '../../../db/core/database.ts'
import { MigrationRefused, migrateToLatest, oneAtATime, schemaVersion } from '../../../db/core/migrate.ts'
import { needed } from '../../../db/core/schema-number.ts'
import { migrations } from '../../../db/migrations/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitingForLocks } from '../../support/forced-order.ts'
import { waitFor } from '../../support/wait-for.ts'

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

it('what brings a database up to date is done by one process after the other', async () => {
  const log: string[] = []
  let release = () => {}
  const held = new Promise<void>((done) => {
    release = done
  })
  const first = oneAtATime(test.db, async () => {
    log.push('first begins')
    await held
    log.push('first ends')
  })
  await waitFor('the first to begin', () => log.length > 0)
  const second = oneAtATime(test.db, async () => {
    log.push('second begins')
  })
  await Promise.race([waitingForLocks(test, 1), second])
  release()
  await Promise.all([first, second])
  expect(log).toEqual(['first begins', 'first ends', 'second begins'])
})

describe('a schema of a newer version', () => {
  const change = (statement: string): Migration => ({
    up: async (db) => {
      await sql.raw(statement).execute(db)
    },
  })
  const newer = {
    ...migrations,
    '9001-more': change('create table more ()'),
    '9002-contract-9001-less': change('drop table used_sign_in_tokens'),
  }
  const { '9002-contract-9001-less': _, ...expanded } = newer
  let own: TestDatabase
  beforeEach(async () => {
    own = await createTestDatabase()
  })
  afterEach(() => own.drop())
  const asVersion = (version: string) =>
    createDatabase({ url: `${own.url}?application_name=zoho-books-collector/${version}`, poolSize: 1 })

  it('fits as long as it only has more', async () => {
    expect(await migrateToLatest(own.db, expanded)).toEqual(['9001-more'])
    expect(await schemaVersion(own.db)).toEqual({ current: '9001-more', needed, fits: true })
  })

  it('takes nothing away while a process runs that uses it, and is refused by one that comes later', async () => {
    const [migrator, old] = [asVersion('9002'), asVersion('0001')]
    await own.db.destroy()
    await sql`select 1`.execute(old)
    await expect(migrateToLatest(migrator, newer)).rejects.toThrow(
      /processes of schema version 1 are running, and 9001-more, 9002-contract-9001-less takes away/,
    )
    expect((await schemaVersion(migrator)).current).toBe(needed)
    await old.destroy()
    await waitFor('the old process to be gone', () =>
      migrateToLatest(migrator, newer).catch((error: unknown) => {
        if (!(error instanceof MigrationRefused)) throw error
      }),
    )
    expect(await schemaVersion(migrator)).toMatchObject({ current: '9002-contract-9001-less', fits: false })
    await migrator.destroy()
  })
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
        webhook_token_hash: client_id,
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
