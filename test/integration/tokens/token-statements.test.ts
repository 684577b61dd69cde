/** Token rows, statement by statement: mints are counted, pauses kept, and only the row that was read is written. */
import { sql } from 'kysely'
import type { Trx } from '../../../db/core/database.ts'
import {
  armFirstRefresh,
  lockToken,
  postponeDueRefresh,
  replaceEncryption,
  storeAccessToken,
  storeRefreshFailure,
  storeRevoked,
  type TokenRow,
  upsertToken,
} from '../../../db/tokens/oauth-tokens.repo.ts'
import { aConnection, type BuiltConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { passTime, tokenRow } from '../../support/token-rows.ts'

let test: TestDatabase
let connection: BuiltConnection
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())
beforeEach(async () => {
  connection = await aConnection(createTestContext({ db: test.db }))
})

const within = <T>(act: (trx: Trx) => Promise<T>) => test.db.transaction().execute(act)
const locked = async (): Promise<TokenRow> => {
  const row = await within((trx) => lockToken(trx, connection.id))
  if (row === undefined) throw new Error('no token')
  return row
}
const minted = {
  accessTokenJwe: 'eyA',
  refreshTokenJwe: 'eyR',
  keyId: 'k',
  expiresInSeconds: 3_600,
  nextRefreshInSeconds: 3_000,
  scope: null,
}
const store = (row: TokenRow) => within((trx) => storeAccessToken(trx, row, minted))
const fail = (row: TokenRow, code = 'zoho_token_throttled', pauseSeconds = 60) =>
  within((trx) => storeRefreshFailure(trx, row, { code, pauseSeconds }))
const secondsFromNow = (at: Date | null) => ((at?.getTime() ?? 0) - Date.now()) / 1000

describe('the mints of the last ten minutes', () => {
  it('are a new grant, each refresh, and each failed one, since Zoho may have minted all the same', async () => {
    await within((trx) =>
      upsertToken(trx, {
        connectionId: connection.id,
        clientId: connection.client_id,
        refreshTokenJwe: 'eyR',
        accessTokenJwe: 'eyA',
        expiresInSeconds: 3_600,
        scope: null,
        keyId: 'k',
      }),
    )
    expect((await locked()).recent_mints).toHaveLength(1)
    await store(await locked())
    expect((await locked()).recent_mints).toHaveLength(2)
    await fail(await locked())
    expect((await locked()).recent_mints).toHaveLength(3)
  })

  it('are forgotten after ten minutes and not before, in the order in which they came', async () => {
    await store(await locked())
    await passTime(test.db, 590, connection.id)
    await store(await locked())
    const { recent_mints: mints } = await locked()
    expect(mints).toHaveLength(2)
    expect(mints[1]?.getTime()).toBeGreaterThan(mints[0]?.getTime() ?? 0)
    await passTime(test.db, 20, connection.id)
    expect((await locked()).recent_mints).toHaveLength(1)
    await store(await locked())
    expect((await tokenRow(test.db, connection.id)).minted_at).toHaveLength(2)
  })
})

describe('a row that changed since it was read', () => {
  it('is written by nobody who read it before', async () => {
    const old = await locked()
    expect(await store(old)).toBe(true)
    const known = await tokenRow(test.db, connection.id)
    expect(await store(old)).toBe(false)
    await expect(fail(old)).rejects.toThrow()
    expect(await within((trx) => storeRevoked(trx, old))).toBe(false)
    expect(
      await replaceEncryption(test.db, old, { refreshTokenJwe: 'eyX', accessTokenJwe: null, keyId: 'x' }),
    ).toBe(false)
    expect(await tokenRow(test.db, connection.id)).toEqual(known)
  })

  it('a new encryption of it is a change too', async () => {
    const old = await locked()
    expect(
      await replaceEncryption(test.db, old, { refreshTokenJwe: 'eyX', accessTokenJwe: null, keyId: 'x' }),
    ).toBe(true)
    expect(await store(old)).toBe(false)
  })
})

it('a refresh that worked ends the row of failures, a failed one lengthens it and waits', async () => {
  await fail(await locked())
  const at = await fail(await locked(), 'zoho_token_throttled', 600)
  expect(secondsFromNow(at)).toBeGreaterThan(590)
  expect(await locked()).toMatchObject({
    refresh_failures: 2,
    refresh_error_code: 'zoho_token_throttled',
    due: false,
  })
  await store(await locked())
  const after = await locked()
  expect(after).toMatchObject({ refresh_failures: 0, refresh_error_code: null })
  expect(secondsFromNow(after.next_refresh_at)).toBeGreaterThan(2_900)
  expect(secondsFromNow(after.access_token_expires_at)).toBeGreaterThan(3_500)
})

it('a dead grant keeps no access token and asks for nothing', async () => {
  await within(async (trx) => storeRevoked(trx, (await lockToken(trx, connection.id)) as TokenRow))
  expect(await locked()).toMatchObject({
    access_token_jwe: null,
    access_token_expires_at: null,
    next_refresh_at: null,
    refresh_error_code: 'reconnect_required',
  })
})

it('the first refresh is armed once, before the end of the token, and only if there is one', async () => {
  await armFirstRefresh(test.db, connection.id, 600)
  const first = (await locked()).next_refresh_at
  expect(secondsFromNow(first)).toBeGreaterThan(2_900)
  expect(secondsFromNow(first)).toBeLessThan(3_050)
  await armFirstRefresh(test.db, connection.id, 60)
  expect((await locked()).next_refresh_at).toEqual(first)
  await sql`update oauth_tokens set next_refresh_at = null, access_token_expires_at = null where connection_id = ${connection.id}`.execute(
    test.db,
  )
  await armFirstRefresh(test.db, connection.id, 60)
  expect((await locked()).next_refresh_at).toBeNull()
})

it('only a refresh that is due is put off', async () => {
  await store(await locked())
  const { next_refresh_at: known } = await locked()
  await postponeDueRefresh(test.db, connection.id, 60)
  expect((await locked()).next_refresh_at).toEqual(known)
  await passTime(test.db, 3_001, connection.id)
  await postponeDueRefresh(test.db, connection.id, 60)
  expect(secondsFromNow((await locked()).next_refresh_at)).toBeGreaterThan(50)
})

describe('while the token endpoint of a data centre is down', () => {
  const outage = (secondsAgo: number) =>
    sql`insert into zoho_outages (data_center, service, since) values ('us', 'accounts', now() - make_interval(secs => ${secondsAgo}))
      on conflict (data_center, service) do update set since = excluded.since`.execute(test.db)
  const pause = async (of: BuiltConnection, code = 'zoho_token_unclear') => {
    const at = await within(async (trx) =>
      storeRefreshFailure(trx, (await lockToken(trx, of.id)) as TokenRow, { code, pauseSeconds: 600 }),
    )
    return Math.round(secondsFromNow(at) / 30) * 30
  }
  const another = (dataCenter = 'us') => aConnection(createTestContext({ db: test.db }), { dataCenter })
  beforeEach(() =>
    sql`update oauth_tokens set next_refresh_at = null, refresh_error_code = null`.execute(test.db),
  )
  afterEach(() => sql`delete from zoho_outages`.execute(test.db))

  it('one of those who wait looks every 90 seconds, the others wait their time', async () => {
    await outage(60)
    expect(await pause(connection)).toBe(90)
    expect(await pause(await another())).toBe(600)
    expect(await pause(connection)).toBe(90)
  })

  it('nobody looks for it in the first half minute, after another failure, or on behalf of another data centre', async () => {
    expect(await pause(connection)).toBe(600)
    await outage(10)
    expect(await pause(connection)).toBe(600)
    await outage(60)
    expect(await pause(connection, 'zoho_token_throttled')).toBe(600)
    expect(await pause(await another('eu'))).toBe(600)
    await sql`insert into zoho_outages (data_center, service, since) values ('eu', 'accounts', now() - interval '1 minute')`.execute(
      test.db,
    )
    expect(await pause(await another())).toBe(90)
    expect(await pause(await another('eu'))).toBe(90)
  })
})
