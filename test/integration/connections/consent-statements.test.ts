/** The state of a consent is used once, in time, by the session and client that began it; requests are counted by window. */
import { sql } from 'kysely'
import {
  insertOauthState,
  useOauthState,
  wasOauthStateUsed,
} from '../../../db/connections/oauth-states.repo.ts'
import { countRequest, forgetRateLimits } from '../../../db/core/rate-limits.repo.ts'
import { aClient } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
  for (const id of ['acme', 'other']) await aClient(test.db, { id })
})
afterAll(() => test.drop())

describe('a consent', () => {
  let key: { stateHash: string; sessionHash: string; clientId: string }
  let number = 0
  const begin = (lifetimeSeconds = 60) =>
    insertOauthState(test.db, { ...key, createdBy: 'u', lifetimeSeconds })
  beforeEach(() => {
    key = { stateHash: `state-${++number}`, sessionHash: 'session', clientId: 'acme' }
  })

  it('is completed once; the same session hears that it was, nobody else', async () => {
    await begin()
    expect(await wasOauthStateUsed(test.db, key)).toBe(false)
    expect(await useOauthState(test.db, key)).toBe(true)
    expect(await useOauthState(test.db, key)).toBe(false)
    expect(await wasOauthStateUsed(test.db, key)).toBe(true)
    expect(await wasOauthStateUsed(test.db, { ...key, sessionHash: 'another' })).toBe(false)
    expect(await wasOauthStateUsed(test.db, { ...key, clientId: 'other' })).toBe(false)
  })

  it.each([
    ['another session', { sessionHash: 'another' }],
    ['another client', { clientId: 'other' }],
    ['another state', { stateHash: 'another' }],
  ])('is not completed by %s', async (_whose, change) => {
    await begin()
    expect(await useOauthState(test.db, { ...key, ...change })).toBe(false)
    expect(await useOauthState(test.db, key)).toBe(true)
  })

  it('is not completed after its time', async () => {
    await begin(-1)
    expect(await useOauthState(test.db, key)).toBe(false)
  })
})

it('requests are counted until the window of the first one ends, and then anew', async () => {
  const count = () => countRequest(test.db, 'k', 60_000)
  expect(await count()).toMatchObject({ requests: 1 })
  await sql`update rate_limits set expires_at = expires_at - interval '30 seconds'`.execute(test.db)
  const second = await count()
  expect(second.requests).toBe(2)
  expect(second.ms).toBeLessThanOrEqual(30_000)
  await forgetRateLimits(test.db)
  expect(await count()).toMatchObject({ requests: 3 })
  await sql`update rate_limits set expires_at = now()`.execute(test.db)
  expect(await count()).toMatchObject({ requests: 1 })
  await sql`update rate_limits set expires_at = now() - interval '1 second'`.execute(test.db)
  await forgetRateLimits(test.db)
  expect(await test.db.selectFrom('rate_limits').selectAll().execute()).toEqual([])
})
