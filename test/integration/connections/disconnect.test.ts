import { sql } from 'kysely'
import { findConnection, findLiveConnection } from '../../../db/connections/connections.repo.ts'
import { disconnect } from '../../../src/connections/disconnect.ts'
import { connectionEventFailed, processConnectionEvent } from '../../../src/connections/process-event.ts'
import { AppError } from '../../../src/errors.ts'
import { callBooks } from '../../../src/sync/call-books.ts'
import { getAccessToken } from '../../../src/tokens/get-access-token.ts'
import { revokeToken, tokenRevocationFailed } from '../../../src/tokens/revoke-token.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { aGrantedConnection, simulatedContext } from '../../support/simulated-zoho.ts'
import { aRun, stagedCount, stageRows } from '../../support/staged-rows.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

let database: TestDatabase
let simulator: Simulator
let ctx: TestContext

beforeAll(async () => {
  database = await createTestDatabase()
  simulator = await startSimulator({ invoices: 0 })
})
beforeEach(() => {
  simulator.control.clearRules()
  simulator.control.clearLog()
  ctx = simulatedContext(database.db, simulator)
})
afterAll(async () => {
  await simulator.close()
  await database.drop()
})

const nudgedWith = (job: TestContext['nudged'][number]['job']) => {
  const intent = ctx.nudged.find((one) => one.job === job)
  if (!intent) throw new Error(`not nudged: ${job}`)
  return intent
}
const end = (clientId: string) => disconnect(ctx, { clientId, subject: 'user-1', ip: '203.0.113.7' })
const revocation = (id: string) =>
  ctx.db.selectFrom('token_revocations').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

it('tokens and staged rows go at once, the run under way is cancelled, the audit stays', async () => {
  const connection = await aGrantedConnection(ctx, simulator)
  await stageRows(ctx.db, connection, 3)
  const runId = await aRun(ctx.db, connection)
  await end(connection.client_id)
  expect(await findLiveConnection(ctx.db, connection.client_id)).toBeUndefined()
  expect(await findConnection(ctx.db, connection.id)).toMatchObject({
    state: 'disconnected',
    disconnected_at: expect.any(Date),
    next_sync_at: null,
    problem_code: null,
  })
  expect(await stagedCount(ctx.db, connection.id)).toBe(0)
  const { rows } = await sql<{ state: string; lease: string | null; tokens: number; actions: string[] }>`
    select r.state, r.lease_token as lease,
      (select count(*) from oauth_tokens where connection_id = r.connection_id) as tokens,
      array(select action from audit_events where subject_id = ${connection.id}) as actions
    from sync_runs r where r.id = ${runId}`.execute(ctx.db)
  expect(rows).toEqual([{ state: 'cancelled', lease: null, tokens: 0, actions: ['connection.disconnected'] }])
  await expect(getAccessToken(ctx, connection.id)).rejects.toMatchObject({ code: 'connection_gone' })
})

it('the grant is revoked at Zoho and its token forgotten', async () => {
  const connection = await aGrantedConnection(ctx, simulator)
  await end(connection.client_id)
  const { id: revocationId } = nudgedWith('revoke-token')
  await revokeToken(ctx, revocationId)
  await revokeToken(ctx, revocationId)
  expect(await revocation(revocationId)).toMatchObject({
    revoked_at: expect.any(Date),
    refresh_token_jwe: null,
    next_attempt_at: null,
  })
  expect(simulator.control.requests({ path: '/revoke' })).toHaveLength(1)
  const dataCenter = ctx.zoho.dataCenter('sim')
  const { refreshToken } = connection
  expect(await ctx.zoho.refresh({ dataCenter, refreshToken })).toEqual({ verdict: 'revoked' })
})

it('a grant that is gone already counts as revoked', async () => {
  const connection = await aGrantedConnection(ctx, simulator)
  simulator.control.revoke()
  await end(connection.client_id)
  const { id: revocationId } = nudgedWith('revoke-token')
  await revokeToken(ctx, revocationId)
  expect((await revocation(revocationId)).revoked_at).not.toBeNull()
})

it('a failed revocation stays ordered, with growing pauses, and is given up after days', async () => {
  const connection = await aGrantedConnection(ctx, simulator)
  await end(connection.client_id)
  const { id: revocationId } = nudgedWith('revoke-token')
  simulator.control.fail({ match: { path: '/revoke' }, action: 'html502', times: 2 })
  await expect(revokeToken(ctx, revocationId)).rejects.toMatchObject({ code: 'zoho_unavailable' })
  expect(simulator.control.requests({ path: '/revoke' })).toHaveLength(2)
  const error = new AppError('zoho_unavailable')
  await tokenRevocationFailed(ctx, revocationId, error, { last: false })
  expect((await revocation(revocationId)).attempts).toBe(0)
  const pauses: number[] = []
  for (let round = 1; round <= 3; round++) {
    await tokenRevocationFailed(ctx, revocationId, error, { last: true })
    pauses.push(((await revocation(revocationId)).next_attempt_at?.getTime() ?? 0) - Date.now())
  }
  expect(pauses.map((pause) => Math.round(pause / 60_000))).toEqual([1, 2, 4])
  for (let round = 4; round <= 45; round++)
    await tokenRevocationFailed(ctx, revocationId, error, { last: true })
  expect(await revocation(revocationId)).toMatchObject({
    refresh_token_jwe: null,
    next_attempt_at: null,
    revoked_at: null,
    error_code: 'zoho_unavailable',
  })
})

it('a refresh under way ends first, so that no token is stored afterwards', async () => {
  const connection = await aGrantedConnection(ctx, simulator, { expiresInSeconds: -1 })
  simulator.control.fail({ match: { grantType: 'refresh_token' }, action: { delayMs: 250 } })
  const refreshing = getAccessToken(ctx, connection.id)
  await waitFor(
    'the token call',
    () => simulator.control.requests({ grantType: 'refresh_token' }).length === 1,
  )
  await Promise.all([refreshing, end(connection.client_id)])
  const left = await ctx.db
    .selectFrom('oauth_tokens')
    .select('connection_id')
    .where('connection_id', '=', connection.id)
    .execute()
  expect(left).toEqual([])
})

it('Zoho is not called for it any more, with a token that is still at hand neither', async () => {
  const connection = await aGrantedConnection(ctx, simulator)
  const tokenHolder = { accessToken: await getAccessToken(ctx, connection.id) }
  await end(connection.client_id)
  let called = false
  const call = callBooks(
    ctx,
    connection.id,
    { priority: 'person', endpoint: 'invoice', tokenHolder },
    async (): Promise<never> => {
      called = true
      throw new AppError('zoho_unavailable')
    },
  )
  await expect(call).rejects.toMatchObject({ code: 'connection_gone' })
  expect(called).toBe(false)
})

it('two at once disconnect once', async () => {
  const connection = await aGrantedConnection(ctx, simulator)
  const outcomes = await Promise.allSettled([end(connection.client_id), end(connection.client_id)])
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  await expect(end(connection.client_id)).rejects.toMatchObject({ code: 'not_connected' })
})

it('the event sweeps up what a run staged in its last moment', async () => {
  const connection = await aGrantedConnection(ctx, simulator)
  await end(connection.client_id)
  await stageRows(ctx.db, connection, 2)
  await processConnectionEvent(ctx, nudgedWith('connection-event').id)
  expect(await stagedCount(ctx.db, connection.id)).toBe(0)
})

it('an event that failed comes back later', async () => {
  const connection = await aGrantedConnection(ctx, simulator)
  await end(connection.client_id)
  const { id: eventId } = nudgedWith('connection-event')
  await connectionEventFailed(ctx, eventId, new AppError('internal_error'), { last: true })
  const event = await ctx.db
    .selectFrom('connection_events')
    .selectAll()
    .where('id', '=', eventId)
    .executeTakeFirstOrThrow()
  expect(event).toMatchObject({ attempts: 1, error_code: 'internal_error', enqueued_at: null })
  expect((event.next_attempt_at?.getTime() ?? 0) - Date.now()).toBeGreaterThan(5000)
})
