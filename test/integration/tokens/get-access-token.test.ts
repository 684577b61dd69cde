import { sql } from 'kysely'
import { findConnection } from '../../../db/connections/connections.repo.ts'
import { AppError } from '../../../src/errors.ts'
import { accessTokenOf, decryptToken, refreshTokenOf } from '../../../src/tokens/encryption.ts'
import { getAccessToken, renewAccessToken } from '../../../src/tokens/get-access-token.ts'
import { refreshAccessToken, tokenRefreshFailed } from '../../../src/tokens/refresh-access-token.ts'
import { mintsPerTenMinutes } from '../../../src/tokens/refresh-policy.ts'
import { aConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { aGrantedConnection, simulatedContext } from '../../support/simulated-zoho.ts'
import { passTime, tokenRow } from '../../support/token-rows.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type FailureAction, type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

let database: TestDatabase
let simulator: Simulator
let ctx: TestContext
/** Gives up on a token call after a second, for the answers that never come. */
let hasty: TestContext

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 })
  simulator = await startSimulator({ invoices: 0 })
  ctx = simulatedContext(database.db, simulator, { config: { databasePoolSize: 10 } })
  hasty = simulatedContext(database.db, simulator, { config: ctx.config, timeouts: { tokenMs: 1_000 } })
})
afterAll(async () => {
  await simulator.close()
  await database.drop()
})
beforeEach(() => {
  simulator.control.clearRules()
  simulator.control.clearLog()
})

const tokenCalls = () => simulator.control.requests({ path: '/oauth/v2/token$' }).length
const failing = (action: FailureAction, times = 1) =>
  simulator.control.fail({ match: { grantType: 'refresh_token' }, action, times })
const codeOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof AppError)) throw new Error(`not refused: ${String(error)}`)
  return error
}
const expired = () => aGrantedConnection(ctx, simulator, { expiresInSeconds: -60 })
const stateOf = async (id: string) => {
  const connection = await findConnection(ctx.db, id)
  return { state: connection?.state, problem: connection?.problem_code }
}

it('a token that lives longer than five minutes is used as it is', async () => {
  const connection = await aGrantedConnection(ctx, simulator, { expiresInSeconds: 320 })
  expect(await getAccessToken(ctx, connection.id)).toBe(connection.accessToken)
  expect(tokenCalls()).toBe(0)
})

it.each([-60, 280, null])(
  'a token with %p seconds left is replaced, and the refresh token kept',
  async (left) => {
    const connection = await aGrantedConnection(ctx, simulator, { expiresInSeconds: left })
    const token = await getAccessToken(ctx, connection.id)
    expect(token).not.toBe(connection.accessToken)
    expect(tokenCalls()).toBe(1)
    const row = await tokenRow(ctx.db, connection.id)
    const keys = ctx.config.tokenEncryptionKeys
    expect(await decryptToken(keys, refreshTokenOf(connection.id), row.refresh_token_jwe)).toBe(
      connection.refreshToken,
    )
    expect(await decryptToken(keys, accessTokenOf(connection.id), row.access_token_jwe ?? '')).toBe(token)
    expect(row).toMatchObject({ version: 2, refresh_failures: 0, refresh_error_code: null })
    const nextInMinutes = ((row.next_refresh_at?.getTime() ?? 0) - Date.now()) / 60_000
    expect(nextInMinutes).toBeGreaterThan(44)
    expect(nextInMinutes).toBeLessThan(56)
  },
)

it('a rotated refresh token is stored, should Zoho ever send one', async () => {
  const connection = await expired()
  failing({ patch: { refresh_token: '1000.new.one' } })
  await getAccessToken(ctx, connection.id)
  const row = await tokenRow(ctx.db, connection.id)
  expect(
    await decryptToken(ctx.config.tokenEncryptionKeys, refreshTokenOf(connection.id), row.refresh_token_jwe),
  ).toBe('1000.new.one')
})

it('500 callers at once make one token call and get the same token', async () => {
  const connection = await expired()
  const tokens = await Promise.all(Array.from({ length: 500 }, () => getAccessToken(ctx, connection.id)))
  expect(new Set(tokens).size).toBe(1)
  expect(tokenCalls()).toBe(1)
})

it('callers over many connections do not run the pool dry while Zoho is slow', async () => {
  const connections = await Promise.all(Array.from({ length: 12 }, expired))
  failing({ delayMs: 1000 }, 0)
  const refreshing = connections.map(({ id }) => getAccessToken(ctx, id))
  const first = await Promise.race([
    Promise.any(refreshing).then(() => 'a refresh'),
    sql`select 1`.execute(ctx.db).then(() => 'another query'),
  ])
  expect(first).toBe('another query')
  await Promise.all(refreshing)
  expect(tokenCalls()).toBe(12)
})

describe('a token that Zoho refused', () => {
  it('is replaced once, however many callers it hit', async () => {
    const connection = await aGrantedConnection(ctx, simulator)
    const rejected = connection.accessToken
    const tokens = await Promise.all(
      Array.from({ length: 50 }, () => getAccessToken(ctx, connection.id, { rejected })),
    )
    expect(new Set(tokens).size).toBe(1)
    expect(tokens[0]).not.toBe(rejected)
    expect(tokenCalls()).toBe(1)
  })

  it('that was replaced in the meantime costs no call', async () => {
    const connection = await expired()
    const token = await getAccessToken(ctx, connection.id)
    expect(await getAccessToken(ctx, connection.id, { rejected: connection.accessToken })).toBe(token)
    expect(tokenCalls()).toBe(1)
  })

  it('is never handed out again, even when no other is to be had', async () => {
    const connection = await aGrantedConnection(ctx, simulator)
    failing('html502')
    const error = await codeOf(getAccessToken(ctx, connection.id, { rejected: connection.accessToken }))
    expect(error.code).toBe('zoho_token_unclear')
  })
})

describe('what an answer of the token endpoint does to the connection', () => {
  const active = { state: 'active', problem: null }
  const localised = {
    status: 400,
    body: { error_description: '您的请求过于频繁，请稍后再试。', error: '拒绝访问', status: 'failure' },
  }
  it.each<[string, FailureAction, string, number, number]>([
    ['HTML 502', 'html502', 'zoho_token_unclear', 5, 7],
    ['HTML 404', 'html404', 'zoho_token_unclear', 5, 7],
    ['empty body', 'empty', 'zoho_token_unclear', 5, 7],
    ['truncated JSON', 'truncate', 'zoho_token_unclear', 5, 7],
    ['connection reset', 'reset', 'zoho_token_unclear', 5, 7],
    ['hang', 'hang', 'zoho_token_unclear', 5, 7],
    ['500 with JSON', { status: 500, body: { error: 'invalid_code' } }, 'zoho_token_unclear', 5, 7],
    [
      '200 with an unknown error',
      { status: 200, body: { error: 'general_error' } },
      'zoho_token_unclear',
      5,
      7,
    ],
    [
      'throttle',
      { status: 400, body: { error: 'Access Denied', status: 'failure' } },
      'zoho_token_throttled',
      600,
      760,
    ],
    ['throttle in Chinese', localised, 'zoho_token_throttled', 600, 760],
    ['throttle under 200', { ...localised, status: 200 }, 'zoho_token_throttled', 600, 760],
  ])(
    '%s: the connection stays, the endpoint is left alone for a while',
    async (_, action, code, from, to) => {
      const connection = await expired()
      failing(action)
      const error = await codeOf(getAccessToken(action === 'hang' ? hasty : ctx, connection.id))
      expect(error).toMatchObject({ code, retry: 'later' })
      const pause = ((error.retryAt?.getTime() ?? 0) - Date.now()) / 1000
      expect(pause).toBeGreaterThan(from - 2)
      expect(pause).toBeLessThan(to)
      expect(await stateOf(connection.id)).toEqual(active)
      // Whoever comes during the pause hears the same without a call.
      expect(await codeOf(getAccessToken(ctx, connection.id))).toMatchObject({ code, retryAt: error.retryAt })
      expect(tokenCalls()).toBe(1)
      // Afterwards all is well again.
      await passTime(ctx.db, to, connection.id)
      expect(await getAccessToken(ctx, connection.id)).not.toBe(connection.accessToken)
      expect(await tokenRow(ctx.db, connection.id)).toMatchObject({ refresh_failures: 0 })
    },
  )

  it.each(['invalid_client', 'invalid_client_secret', 'invalid_redirect_uri'])(
    '%s: the grant is kept, the connection shows our trouble until a success',
    async (error) => {
      const connection = await expired()
      failing({ status: 200, body: { error } })
      expect(await codeOf(getAccessToken(ctx, connection.id))).toMatchObject({
        code: 'zoho_client_misconfigured',
        details: { reason: error },
      })
      expect(await stateOf(connection.id)).toEqual({ state: 'active', problem: 'zoho_client_misconfigured' })
      await passTime(ctx.db, 400, connection.id)
      await getAccessToken(ctx, connection.id)
      expect(await stateOf(connection.id)).toEqual(active)
    },
  )

  it('invalid_code: the connection needs a reconnect, and Zoho is not asked again', async () => {
    const connection = await expired()
    failing({ status: 200, body: { error: 'invalid_code' } })
    expect(await codeOf(getAccessToken(ctx, connection.id))).toMatchObject({ code: 'reconnect_required' })
    expect(await stateOf(connection.id)).toEqual({
      state: 'reconnect_required',
      problem: 'reconnect_required',
    })
    expect(await tokenRow(ctx.db, connection.id)).toMatchObject({
      access_token_jwe: null,
      next_refresh_at: null,
    })
    expect(await codeOf(getAccessToken(ctx, connection.id))).toMatchObject({ code: 'reconnect_required' })
    expect(tokenCalls()).toBe(1)
    const audited = await ctx.db
      .selectFrom('audit_events')
      .select('action')
      .where('subject_id', '=', connection.id)
      .execute()
    expect(audited).toEqual([{ action: 'connection.reconnect_required' }])
  })

  it('trouble is shown from the third failure in a row, with growing pauses', async () => {
    const connection = await expired()
    failing('html502', 3)
    const pauses: number[] = []
    for (const problem of [null, null, 'zoho_token_unclear']) {
      const { retryAt } = await codeOf(getAccessToken(ctx, connection.id))
      pauses.push(((retryAt?.getTime() ?? 0) - Date.now()) / 1000)
      expect((await stateOf(connection.id)).problem).toBe(problem)
      await passTime(ctx.db, 60, connection.id)
    }
    // 5, 10 and 20 s, each up to a quarter longer
    for (const [at, pause] of pauses.entries()) expect(pause).toBeGreaterThan((pauses[at - 1] ?? 0) + 0.5)
    await getAccessToken(ctx, connection.id)
    expect(await stateOf(connection.id)).toEqual(active)
  })
})

it('a token that still lives serves on while Zoho’s token endpoint is down', async () => {
  const connection = await aGrantedConnection(ctx, simulator, { expiresInSeconds: 120 })
  failing('html502', 0)
  expect(await getAccessToken(ctx, connection.id)).toBe(connection.accessToken)
  expect(await getAccessToken(ctx, connection.id)).toBe(connection.accessToken)
  expect(tokenCalls()).toBe(1)
})

it('those who waited for a failing refresher do not call one after the other', async () => {
  const connection = await expired()
  failing('hang', 0)
  const others = Array.from({ length: 3 }, () =>
    simulatedContext(ctx.db, simulator, {
      timeouts: { tokenMs: 1_000 },
      config: { tokenEncryptionKeys: ctx.config.tokenEncryptionKeys },
    }),
  )
  // Rejected tokens of their own keep them from sharing one promise, as separate processes would.
  const outcomes = await Promise.all(
    others.map((other, at) => codeOf(getAccessToken(other, connection.id, { rejected: `1000.${at}` }))),
  )
  expect(outcomes.map((error) => error.code)).toEqual(Array(3).fill('zoho_token_unclear'))
  expect(tokenCalls()).toBe(1)
})

it('the mint budget stops us before Zoho does', async () => {
  const connection = await expired()
  let rejected = await getAccessToken(ctx, connection.id)
  for (let mints = 1; mints < mintsPerTenMinutes; mints++)
    rejected = await getAccessToken(ctx, connection.id, { rejected })
  const error = await codeOf(getAccessToken(ctx, connection.id, { rejected }))
  expect(error).toMatchObject({ code: 'zoho_token_throttled', details: { reason: 'own_mint_budget' } })
  const wait = ((error.retryAt?.getTime() ?? 0) - Date.now()) / 1000
  expect(wait).toBeGreaterThan(540)
  expect(wait).toBeLessThan(601)
  expect(tokenCalls()).toBe(mintsPerTenMinutes)
  expect(simulator.control.counters().tokensThrottled).toBe(0)
  await passTime(ctx.db, 601, connection.id)
  expect(await getAccessToken(ctx, connection.id, { rejected })).not.toBe(rejected)
})

it('expires_in in milliseconds is understood', async () => {
  const connection = await expired()
  failing({ patch: { expires_in: 3_600_000 } })
  await getAccessToken(ctx, connection.id)
  const { access_token_expires_at } = await tokenRow(ctx.db, connection.id)
  const minutes = ((access_token_expires_at?.getTime() ?? 0) - Date.now()) / 60_000
  expect(minutes).toBeGreaterThan(59)
  expect(minutes).toBeLessThan(61)
})

it('workers whose clocks are minutes off agree on when a token expires', async () => {
  const connection = await aGrantedConnection(ctx, simulator, { expiresInSeconds: 400 })
  for (const minutes of [-10, 10]) {
    const skewed = simulatedContext(ctx.db, simulator, {
      clock: { now: () => new Date(Date.now() + minutes * 60_000) },
      config: { tokenEncryptionKeys: ctx.config.tokenEncryptionKeys },
    })
    expect(await getAccessToken(skewed, connection.id)).toBe(connection.accessToken)
  }
  expect(tokenCalls()).toBe(0)
})

describe('the scheduled refresh', () => {
  it('renews a token that is due although it is fresh, once', async () => {
    const connection = await aGrantedConnection(ctx, simulator, { expiresInSeconds: 600 })
    await sql`update oauth_tokens set next_refresh_at = now() where connection_id = ${connection.id}`.execute(
      ctx.db,
    )
    await refreshAccessToken(ctx, connection.id)
    await refreshAccessToken(ctx, connection.id)
    expect(tokenCalls()).toBe(1)
    expect(await getAccessToken(ctx, connection.id)).not.toBe(connection.accessToken)
  })

  it('ends well when the grant turns out dead', async () => {
    const connection = await expired()
    simulator.control.revoke()
    await refreshAccessToken(ctx, connection.id)
    await refreshAccessToken(ctx, connection.id)
    expect((await stateOf(connection.id)).state).toBe('reconnect_required')
  })

  it('a failure arms the row for later, never for at once', async () => {
    const connection = await expired()
    await sql`update oauth_tokens set next_refresh_at = now() where connection_id = ${connection.id}`.execute(
      ctx.db,
    )
    const error = new AppError('database_unavailable')
    await tokenRefreshFailed(ctx, connection.id, error, { last: false })
    expect((await tokenRow(ctx.db, connection.id)).next_refresh_at?.getTime()).toBeLessThanOrEqual(Date.now())
    await tokenRefreshFailed(ctx, connection.id, error, { last: true })
    const { next_refresh_at } = await tokenRow(ctx.db, connection.id)
    expect((next_refresh_at?.getTime() ?? 0) - Date.now()).toBeGreaterThan(50_000)
  })
})

it('a missing key names its id and the connection, and mends itself when the key is back', async () => {
  const connection = await aGrantedConnection(ctx, simulator)
  const other = simulatedContext(ctx.db, simulator)
  const error = await codeOf(getAccessToken(other, connection.id))
  // The context of the other test keys has the same id for another key, so it must not decrypt either.
  expect(error).toMatchObject({
    code: 'token_key_missing',
    retry: 'later',
    details: { keyId: 'test-key', connectionId: connection.id, reason: 'does_not_decrypt' },
  })
  expect((await stateOf(connection.id)).problem).toBe('token_key_missing')
  expect(await getAccessToken(ctx, connection.id)).toBe(connection.accessToken)
  expect(await stateOf(connection.id)).toEqual({ state: 'active', problem: null })
})

it('a connection that is gone or waits for its reconnect gets no token', async () => {
  const gone = await aConnection(ctx, { state: 'disconnected' })
  const waiting = await aConnection(ctx, { state: 'reconnect_required' })
  expect(await codeOf(getAccessToken(ctx, gone.id))).toMatchObject({ code: 'connection_gone' })
  expect(await codeOf(getAccessToken(ctx, waiting.id))).toMatchObject({ code: 'reconnect_required' })
  // Not by the scheduled way either, which an older job may still take.
  expect(await codeOf(renewAccessToken(ctx, waiting.id))).toMatchObject({ code: 'reconnect_required' })
  expect(await codeOf(getAccessToken(ctx, '00000000-0000-4000-8000-000000000000'))).toMatchObject({
    code: 'connection_gone',
  })
  expect(tokenCalls()).toBe(0)
})

it('a reconnect that comes while an old grant is being refused stands: only the holder of the row judges', async () => {
  const connection = await expired()
  simulator.control.fail({ match: { grantType: 'refresh_token' }, action: { delayMs: 300 } })
  const losing = codeOf(getAccessToken(ctx, connection.id))
  simulator.control.revoke()
  await waitFor('the token call', () => tokenCalls() === 1)
  const { upsertToken } = await import('../../../db/tokens/oauth-tokens.repo.ts')
  const { encryptToken } = await import('../../../src/tokens/encryption.ts')
  const { moveConnection } = await import('../../../db/connections/connection-states.ts')
  const fresh = simulator.control.grant()
  const keys = ctx.config.tokenEncryptionKeys
  await ctx.db.transaction().execute(async (trx) => {
    await upsertToken(trx, {
      connectionId: connection.id,
      clientId: connection.client_id,
      refreshTokenJwe: await encryptToken(keys, refreshTokenOf(connection.id), fresh.refreshToken),
      accessTokenJwe: await encryptToken(keys, accessTokenOf(connection.id), fresh.accessToken),
      expiresInSeconds: 3600,
      scope: null,
      keyId: 'test-key',
    })
    await moveConnection(trx, connection.id, 'active')
  })
  expect((await losing).code).toBe('reconnect_required')
  expect((await stateOf(connection.id)).state).toBe('active')
  expect(await getAccessToken(ctx, connection.id)).toBe(fresh.accessToken)
})
