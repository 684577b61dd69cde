import { sql } from 'kysely'
import { moveConnection } from '../../../db/connections/connection-states.ts'
import { findConnection } from '../../../db/connections/connections.repo.ts'
import { beginConnect } from '../../../src/connections/begin-connect.ts'
import { completeConnect } from '../../../src/connections/complete-connect.ts'
import { processConnectionEvent } from '../../../src/connections/process-event.ts'
import { AppError } from '../../../src/errors.ts'
import { accessTokenOf, decryptToken, refreshTokenOf } from '../../../src/tokens/encryption.ts'
import { revokeToken } from '../../../src/tokens/revoke-token.ts'
import { aClient } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { consent, simulatedContext } from '../../support/simulated-zoho.ts'
import { tokenRow } from '../../support/token-rows.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

let database: TestDatabase
let simulator: Simulator
let ctx: TestContext
let clientId: string

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 })
})
beforeEach(async () => {
  simulator = await startSimulator({ invoices: 0 })
  ctx = simulatedContext(database.db, simulator)
  clientId = await aClient(database.db)
})
afterEach(() => simulator.close())
afterAll(() => database.drop())

const person = () => ({ clientId, subject: 'user-1', sessionId: 'session-1' })
const complete = (query: Record<string, unknown>, who: Partial<ReturnType<typeof person>> = {}) =>
  completeConnect(ctx, { ...person(), ip: '203.0.113.7', ...who, query })
const begin = () => beginConnect(ctx, person())
const connect = async () => complete(await consent(await begin()))
const refusal = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof AppError)) throw new Error(`not refused: ${String(error)}`)
  return error
}
const rows = async () => {
  const { rows: counted } = await sql<Record<string, number>>`
    select (select count(*) from connections where client_id = ${clientId}) as connections,
      (select count(*) from oauth_tokens where client_id = ${clientId}) as tokens,
      (select count(*) from connection_events where client_id = ${clientId}) as events,
      (select count(*) from audit_events where client_id = ${clientId}) as audits`.execute(ctx.db)
  return counted[0]
}
const nothing = { connections: 0, tokens: 0, events: 0, audits: 0 }
const tokenRequests = () => simulator.control.requests({ path: '/oauth/v2/token$' }).length

it('connects the first active organization of the list, even where another is the default', async () => {
  const { connectionId, organizationName } = await connect()
  expect(organizationName).toBe('Nordwind Handels GmbH')
  const connection = await findConnection(ctx.db, connectionId)
  expect(connection).toMatchObject({
    client_id: clientId,
    state: 'active',
    data_center: 'sim',
    zoho_organization_id: simulator.control.organizations()[0]?.organizationId,
    organization_time_zone: 'Europe/Berlin',
    organization_currency_code: 'EUR',
    connected_by: 'user-1',
  })
  expect(connection?.webhook_token_hash).toMatch(/^[\w-]{43}$/)
  expect(await rows()).toEqual({ connections: 1, tokens: 1, events: 1, audits: 1 })
  const audited = await ctx.db
    .selectFrom('audit_events')
    .selectAll()
    .where('client_id', '=', clientId)
    .execute()
  expect(audited[0]).toMatchObject({
    action: 'connection.connected',
    actor: 'user-1',
    actor_role: 'client',
    ip_address: '203.0.113.7',
    subject_id: connectionId,
  })
})

it('the connected event arms the full run and the token refresh, once', async () => {
  const { connectionId } = await connect()
  const [intent] = ctx.nudged
  if (intent?.job !== 'connection-event') throw new Error('not nudged')
  await Promise.all([processConnectionEvent(ctx, intent.id), processConnectionEvent(ctx, intent.id)])
  expect(ctx.nudged.filter(({ job }) => job === 'sync-connection')).toHaveLength(1)
  const connection = await findConnection(ctx.db, connectionId)
  expect(connection).toMatchObject({ next_sync_kind: 'full' })
  expect(connection?.next_sync_at?.getTime()).toBeLessThanOrEqual(Date.now())
  const { next_refresh_at } = await tokenRow(ctx.db, connectionId)
  const minutes = ((next_refresh_at?.getTime() ?? 0) - Date.now()) / 60_000
  expect(minutes).toBeGreaterThan(44)
  expect(minutes).toBeLessThan(56)
})

describe('nothing is stored when', () => {
  afterEach(async () => expect(await rows()).toEqual(nothing))

  it('the person rejects, with or without the state coming back', async () => {
    expect((await refusal(complete(await consent(await begin(), { decision: 'reject' })))).code).toBe(
      'connect_denied',
    )
    simulator.control.setSwitches({ denyState: false })
    const query = await consent(await begin(), { decision: 'reject' })
    expect(query).not.toHaveProperty('state')
    expect((await refusal(complete(query))).code).toBe('connect_denied')
  })

  it.each([
    ['is empty', {}],
    ['has no state', { code: 'x' }],
    ['has a made-up state', { code: 'x', state: 'x' }],
    ['has two states', { code: 'x', state: ['x', 'y'] }],
    ['has an object for a state', { code: 'x', state: { $ne: '' } }],
    ['has an endless state', { code: 'x', state: 'x'.repeat(100_000) }],
    ['has NUL in its state', { code: 'x', state: '\u0000' }],
  ])('the callback %s', async (_, query) => {
    expect((await refusal(complete(query))).code).toBe('connect_state_invalid')
    expect(tokenRequests()).toBe(0)
  })

  it('the callback has a good state and neither code nor a known error', async () => {
    const { state } = await consent(await begin())
    expect((await refusal(complete({ state }))).code).toBe('connect_failed')
    const again = await consent(await begin())
    expect((await refusal(complete({ state: again['state'], error: 'server_error' }))).code).toBe(
      'connect_failed',
    )
  })

  it('the state belongs to another browser session or another client', async () => {
    const query = await consent(await begin())
    expect((await refusal(complete(query, { sessionId: 'session-2' }))).code).toBe('connect_state_invalid')
    const other = await aClient(ctx.db)
    expect((await refusal(complete(query, { clientId: other }))).code).toBe('connect_state_invalid')
    expect(tokenRequests()).toBe(0)
  })

  it('the state is older than ten minutes', async () => {
    const query = await consent(await begin())
    await sql`update oauth_states set expires_at = expires_at - interval '601 seconds' where client_id = ${clientId}`.execute(
      ctx.db,
    )
    expect((await refusal(complete(query))).code).toBe('connect_state_invalid')
    expect(tokenRequests()).toBe(0)
  })

  it('the code is older than two minutes', async () => {
    const query = await consent(await begin())
    simulator.control.advanceClock(121_000)
    expect((await refusal(complete(query))).code).toBe('connect_failed')
  })

  it('our client secret is wrong', async () => {
    ctx = simulatedContext(database.db, simulator, { config: { zoho: { clientSecret: 'wrong' } } })
    expect(await refusal(complete(await consent(await begin())))).toMatchObject({
      code: 'zoho_client_misconfigured',
      details: { reason: 'invalid_client_secret' },
    })
  })

  it('the answer has no refresh token', async () => {
    simulator.control.fail({
      match: { grantType: 'authorization_code' },
      action: { patch: { refresh_token: { $absent: true } } },
    })
    expect((await refusal(complete(await consent(await begin())))).code).toBe('connect_no_refresh_token')
  })

  it.each<[string, Parameters<Simulator['control']['fail']>[0]['action'], string]>([
    ['is throttled', { status: 400, body: { error: '拒绝访问', status: 'failure' } }, 'zoho_token_throttled'],
    ['is down', 'html502', 'zoho_token_unclear'],
    ['hangs', 'hang', 'zoho_token_unclear'],
  ])('the token endpoint %s', async (_, action, code) => {
    if (action === 'hang') ctx = simulatedContext(database.db, simulator, { timeouts: { tokenMs: 2_000 } })
    simulator.control.fail({ match: { grantType: 'authorization_code' }, action })
    expect((await refusal(complete(await consent(await begin())))).code).toBe(code)
  })

  it.each([
    ['no organization', (control: Simulator['control']) => control.setOrganizations([])],
    [
      'only inactive ones',
      (control: Simulator['control']) => {
        for (const { organizationId } of control.organizations())
          control.updateOrganization(organizationId, { isActive: false })
      },
    ],
  ])('the user has %s; the useless grant is revoked', async (_, arrange) => {
    arrange(simulator.control)
    expect((await refusal(connect())).code).toBe('connect_no_organization')
    const [intent] = ctx.nudged
    if (intent?.job !== 'revoke-token') throw new Error('not ordered')
    await revokeToken(ctx, intent.id)
    expect(simulator.control.requests({ path: '/revoke' })).toMatchObject([{ status: 200 }])
  })

  it('the organizations cannot be listed', async () => {
    simulator.control.fail({ match: { path: '/organizations' }, action: { status: 401, body: { code: 57 } } })
    expect((await refusal(connect())).code).toBe('zoho_permission_missing')
    simulator.control.fail({ match: { path: '/organizations' }, action: 'html502' })
    expect((await refusal(connect())).code).toBe('zoho_unavailable')
  })
})

it('an inactive first organization is skipped, wherever its flag stands', async () => {
  const [first, second] = simulator.control.organizations()
  simulator.control.updateOrganization(first?.organizationId ?? '', { isActive: false })
  simulator.control.setSwitches({ activeFlag: 'top' })
  expect((await connect()).organizationName).toBe(second?.name)
})

it('a replayed callback is refused and changes nothing', async () => {
  const query = await consent(await begin())
  const { connectionId } = await complete(query)
  const before = await tokenRow(ctx.db, connectionId)
  expect((await refusal(complete(query))).code).toBe('already_connected')
  expect((await refusal(complete(query, { sessionId: 'session-2' }))).code).toBe('connect_state_invalid')
  expect(await tokenRow(ctx.db, connectionId)).toEqual(before)
  expect(tokenRequests()).toBe(1)
})

it('a double submit exchanges the code once', async () => {
  const query = await consent(await begin())
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => complete(query)))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(tokenRequests()).toBe(1)
  expect(await rows()).toMatchObject({ connections: 1, tokens: 1, events: 1 })
})

it('two tabs that finish at the same time end in one connection', async () => {
  const queries = await Promise.all([begin(), begin()].map(async (url) => consent(await url)))
  const outcomes = await Promise.all(queries.map((query) => complete(query)))
  expect(new Set(outcomes.map(({ connectionId }) => connectionId)).size).toBe(1)
  expect(await rows()).toEqual({ connections: 1, tokens: 1, events: 2, audits: 2 })
})

it('a crash while storing leaves nothing behind', async () => {
  const query = await consent(await begin())
  await sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'disk full'; end $$`.execute(
    ctx.db,
  )
  await sql`create trigger refuse before insert on audit_events for each row execute function refuse()`.execute(
    ctx.db,
  )
  await expect(complete(query)).rejects.toThrow('disk full')
  await sql`drop trigger refuse on audit_events; `.execute(ctx.db)
  await sql`drop function refuse()`.execute(ctx.db)
  expect(await rows()).toEqual(nothing)
})

describe('connecting again', () => {
  const stage = (connectionId: string) =>
    sql`insert into staged_invoices (connection_id, zoho_invoice_id, client_id, zoho_organization_id, amount_to_recover,
        zoho_status, policy_version, content_hash, zoho_modified_at, proven_at)
      values (${connectionId}, '1', ${clientId}, '1', 1, 'sent', 'x', 'x', now(), now())`.execute(ctx.db)
  const staged = () =>
    ctx.db.selectFrom('staged_invoices').select('zoho_invoice_id').where('client_id', '=', clientId).execute()

  it.each(['reconnect_required', 'error'] as const)(
    'to the same organization from %s keeps rows, watermark and webhook, and clears the problem and what its customers failed with',
    async (state) => {
      const { connectionId } = await connect()
      await stage(connectionId)
      await sql`update connections set watermark = now() where id = ${connectionId}`.execute(ctx.db)
      await sql`
        insert into debtor_syncs (connection_id, client_id, error_code, failures, next_sync_at)
        select id, client_id, 'zoho_permission_missing', 3, now() + interval '1 day' from connections where id = ${connectionId}
        on conflict (connection_id) do update
        set error_code = excluded.error_code, failures = excluded.failures, next_sync_at = excluded.next_sync_at`.execute(
        ctx.db,
      )
      simulator.control.revoke()
      await moveConnection(ctx.db, connectionId, state, 'reconnect_required')
      const before = await findConnection(ctx.db, connectionId)
      expect((await connect()).connectionId).toBe(connectionId)
      const after = await findConnection(ctx.db, connectionId)
      expect(after).toMatchObject({
        state: 'active',
        problem_code: null,
        watermark: before?.watermark,
        webhook_token_hash: before?.webhook_token_hash,
        connected_at: before?.connected_at,
      })
      expect(await staged()).toHaveLength(1)
      // What the grant before was refused may be allowed now.
      expect(
        await ctx.db
          .selectFrom('debtor_syncs')
          .select(['error_code', 'failures', 'next_sync_at'])
          .where('connection_id', '=', connectionId)
          .execute(),
      ).toEqual([{ error_code: null, failures: 0, next_sync_at: null }])
      const events = await ctx.db
        .selectFrom('connection_events')
        .select('kind')
        .where('connection_id', '=', connectionId)
        .orderBy('created_at')
        .execute()
      expect(events.map(({ kind }) => kind)).toEqual(['connected', 'reconnected'])
    },
  )

  it('prefers the connected organization to the first of the list', async () => {
    const { connectionId } = await connect()
    const [first, second] = simulator.control.organizations()
    simulator.control.setOrganizations([second?.organizationId ?? '', first?.organizationId ?? ''])
    expect(await connect()).toMatchObject({ connectionId, organizationName: first?.name })
  })

  it('with a Zoho user who does not have that organization is refused, and the first stands', async () => {
    const { connectionId } = await connect()
    const before = await tokenRow(ctx.db, connectionId)
    const other = simulator.control.addOrganization({ name: 'Other Ltd', userId: null })
    simulator.control.addUser({ userId: 'stranger', organizationIds: [other] })
    const query = await consent(await begin(), { user: 'stranger' })
    expect((await refusal(complete(query))).code).toBe('already_connected')
    expect(await tokenRow(ctx.db, connectionId)).toEqual(before)
    expect(ctx.nudged.at(-1)?.job).toBe('revoke-token')
  })

  it('leaves an operator’s pause in force', async () => {
    const { connectionId } = await connect()
    await moveConnection(ctx.db, connectionId, 'paused')
    await connect()
    expect((await findConnection(ctx.db, connectionId))?.state).toBe('paused')
  })
})

it('two clients may connect the same organization', async () => {
  await connect()
  const first = clientId
  clientId = await aClient(ctx.db)
  await connect()
  const { rows: connections } = await sql<{ n: number }>`
    select count(*) as n from connections where client_id in (${first}, ${clientId}) and state = 'active'`.execute(
    ctx.db,
  )
  expect(connections[0]?.n).toBe(2)
})

it('no token, state or session is stored in the clear', async () => {
  const query = await consent(await begin())
  const { connectionId } = await complete(query)
  const row = await tokenRow(ctx.db, connectionId)
  const keys = ctx.config.tokenEncryptionKeys
  const secrets = [
    await decryptToken(keys, refreshTokenOf(connectionId), row.refresh_token_jwe),
    await decryptToken(keys, accessTokenOf(connectionId), row.access_token_jwe ?? ''),
    query['state'] ?? '',
    query['code'] ?? '',
    'session-1',
  ]
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(
    ctx.db,
  )
  for (const { name } of tables) {
    const { rows: dump } = await sql<{ text: string | null }>`
      select string_agg(t::text, '') as text from ${sql.table(name)} t`.execute(ctx.db)
    for (const secret of secrets) expect(dump[0]?.text ?? '').not.toContain(secret)
  }
})

it('remembers what was granted, and takes what a token answer leaves out for what was asked', async () => {
  const asked = ['ZohoBooks.invoices.READ', 'ZohoBooks.settings.READ', 'ZohoBooks.contacts.READ']
  const url = new URL(await begin())
  expect(url.searchParams.get('scope')).toBe(asked.join(','))
  url.searchParams.set('scope', asked.slice(0, 2).join(','))
  const first = await complete(await consent(url.href))
  expect(await findConnection(ctx.db, first.connectionId)).toMatchObject({
    granted_scopes: asked.slice(0, 2),
  })

  simulator.control.setSwitches({ scopeKey: false })
  const again = await connect()
  expect(again.connectionId).toBe(first.connectionId)
  expect(await findConnection(ctx.db, again.connectionId)).toMatchObject({ granted_scopes: asked })
})
