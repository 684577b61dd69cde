import { sql } from 'kysely'
import { consent, simulatorForContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { bearer, signIn, startPortal, type TestPortal } from './portal-fixture.ts'

let simulator: Simulator
let portal: TestPortal
beforeAll(async () => {
  simulator = await startSimulator({ invoices: 0 })
  portal = await startPortal({ simulator: simulatorForContext(simulator) })
})
afterAll(async () => {
  await portal.close()
  await simulator.close()
})

type Headers = Record<string, string>

const start = async (headers: Headers) => {
  const answer = await portal.app.inject({ url: '/integrations/zoho-books/connect', headers })
  expect(answer.statusCode).toBe(302)
  return String(answer.headers.location)
}
const comeBack = async (query: Record<string, string>, headers: Headers) => {
  const answer = await portal.app.inject({ url: '/integrations/zoho-books/callback', query, headers })
  expect(answer.statusCode).toBe(302)
  return String(answer.headers.location)
}
const stored = async (clientId: string) => {
  const { rows } = await sql<{ connections: number; tokens: number }>`
    select (select count(*) from connections where client_id = ${clientId}) as connections,
      (select count(*) from oauth_tokens where client_id = ${clientId}) as tokens`.execute(portal.ctx.db)
  return rows[0]
}
const nothing = { connections: 0, tokens: 0 }
let number = 0
const someone = async () => {
  number += 1
  const clientId = `client-${number}`
  return { clientId, headers: { cookie: await signIn(portal, { client_id: clientId }) } }
}

it('leads to Zoho and back, and says so', async () => {
  const { clientId, headers } = await someone()
  const consentPage = await start(headers)
  expect(new URL(consentPage).origin).toBe(simulator.url)
  expect(await comeBack(await consent(consentPage), headers)).toBe('/integrations?connected=1')
  expect(await stored(clientId)).toEqual({ connections: 1, tokens: 1 })
  const state = await portal.app.inject({ url: '/api/connection', headers })
  expect(state.json()).toMatchObject({
    state: 'active',
    organization: { name: 'Nordwind Handels GmbH' },
    dataCenter: 'sim',
    progress: null,
  })
  const organizations = await portal.app.inject({ url: '/api/connection/organizations', headers })
  expect(organizations.json().items).toMatchObject([
    { name: 'Nordwind Handels GmbH', selected: true },
    { name: 'Harbor & Pine, Inc.', isDefault: true, selected: false },
  ])
})

it('works for a program with a bearer token, even when it renews the token on the way', async () => {
  const [before, after] = [
    await bearer({ client_id: 'program' }),
    await bearer({ client_id: 'program', name: 'x' }),
  ]
  expect(await comeBack(await consent(await start(before)), after)).toBe('/integrations?connected=1')
})

it.each<[string, string, (q: Record<string, string>) => Record<string, string>]>([
  ['without a state', 'connect_state_invalid', ({ code = '' }) => ({ code })],
  ['with a wrong state', 'connect_state_invalid', (query) => ({ ...query, state: 'x'.repeat(43) })],
  ['after Reject', 'connect_denied', ({ state = '' }) => ({ state, error: 'access_denied' })],
  ['without a code', 'connect_failed', ({ state = '' }) => ({ state })],
  [
    'with a data centre of nobody',
    'unknown_data_center',
    (q) => ({ ...q, 'accounts-server': 'https://evil.example' }),
  ],
])('a callback %s ends on the page with %s, and stores nothing', async (_what, code, change) => {
  const { clientId, headers } = await someone()
  const query = await consent(await start(headers))
  expect(await comeBack(change(query), headers)).toBe(`/integrations?error=${code}`)
  expect(await stored(clientId)).toEqual(nothing)
})

it('a callback with somebody else’s state stores nothing for either', async () => {
  const [victim, attacker] = [await someone(), await someone()]
  const query = await consent(await start(attacker.headers))
  expect(await comeBack(query, victim.headers)).toBe('/integrations?error=connect_state_invalid')
  expect(await stored(victim.clientId)).toEqual(nothing)
  expect(await stored(attacker.clientId)).toEqual(nothing)
})

it('a replayed callback changes nothing', async () => {
  const { clientId, headers } = await someone()
  const query = await consent(await start(headers))
  await comeBack(query, headers)
  expect(await comeBack(query, headers)).toMatch(
    /^\/integrations\?error=(already_connected|connect_state_invalid)$/,
  )
  expect(await stored(clientId)).toEqual({ connections: 1, tokens: 1 })
})

it('a callback without a session asks to sign in and does not spend the code', async () => {
  const { clientId, headers } = await someone()
  const query = await consent(await start(headers))
  const answer = await portal.app.inject({ url: '/integrations/zoho-books/callback', query })
  expect(answer.statusCode).toBe(401)
  expect(await stored(clientId)).toEqual(nothing)
  expect(await comeBack(query, headers)).toBe('/integrations?connected=1')
})

it('disconnects over HTTP, once', async () => {
  const { clientId, headers } = await someone()
  await comeBack(await consent(await start(headers)), headers)
  const away = {
    method: 'DELETE',
    url: '/api/connection',
    headers: { ...headers, origin: 'http://portal.test' },
  } as const
  const answer = await portal.app.inject(away)
  expect(answer.statusCode).toBe(202)
  expect(answer.json()).toMatchObject({ state: 'not_connected', organization: null })
  expect(await stored(clientId)).toEqual({ connections: 1, tokens: 0 })
  const again = await portal.app.inject(away)
  expect(again.statusCode).toBe(409)
  expect(again.json()).toMatchObject({ code: 'not_connected' })
})

it('syncs on request, and names the same run while one is under way', async () => {
  const { headers } = await someone()
  const sync = (payload?: object) =>
    portal.app.inject({
      method: 'POST',
      url: '/api/connection/sync',
      headers: { ...headers, 'sec-fetch-site': 'same-origin' },
      ...(payload ? { payload } : {}),
    })
  expect((await sync()).json()).toMatchObject({ code: 'not_connected' })
  await comeBack(await consent(await start(headers)), headers)
  const first = await sync({ kind: 'full' })
  expect(first.statusCode).toBe(202)
  expect((await sync()).json()).toEqual(first.json())
  const runs = await portal.app.inject({ url: '/api/sync-runs', headers })
  expect(runs.json()).toMatchObject({
    items: [{ id: first.json().runId, kind: 'full', trigger: 'manual', state: 'running' }],
    next: null,
    previous: null,
  })
})

it('what a person does to a connection is on record: who, when, from where', async () => {
  const { clientId, headers } = await someone()
  const remoteAddress = '203.0.113.9'
  const go = async () => {
    const query = await consent(await start(headers))
    await portal.app.inject({ url: '/integrations/zoho-books/callback', query, headers, remoteAddress })
  }
  const act = async (method: 'POST' | 'PUT' | 'DELETE', path: string, payload?: object) => {
    const answer = await portal.app.inject({
      method,
      url: `/api/connection${path}`,
      headers: { ...headers, 'sec-fetch-site': 'same-origin' },
      remoteAddress,
      ...(payload && { payload }),
    })
    expect(answer.statusCode).toBeLessThan(300)
  }
  const before = Date.now()
  await go()
  await act('POST', '/sync', { kind: 'full' })
  await sql`update connections set state = 'reconnect_required' where client_id = ${clientId}`.execute(
    portal.ctx.db,
  )
  await go()
  const [, second] = simulator.control.organizations()
  await act('PUT', '/organization', { organizationId: second?.organizationId })
  await act('DELETE', '')
  const events = await portal.ctx.db
    .selectFrom('audit_events')
    .select(['action', 'actor', 'actor_role', 'ip_address', 'created_at'])
    .where('client_id', '=', clientId)
    .where('subject_type', '=', 'connection')
    .orderBy('id')
    .execute()
  expect(events.map(({ action }) => action)).toEqual([
    'connection.connected',
    'sync.requested',
    'connection.reconnected',
    'connection.organization_changed',
    'connection.disconnected',
  ])
  for (const { actor, actor_role: role, ip_address: ip, created_at: at } of events) {
    expect([actor, role, ip]).toEqual(['user-1', 'client', remoteAddress])
    expect(at.getTime()).toBeGreaterThan(before - 1000)
  }
})

it('no code, state or token of the whole way is in the log', async () => {
  const { headers } = await someone()
  simulator.control.recordIssued()
  const query = await consent(await start(headers))
  await comeBack(query, headers)
  const log = portal.logged.join()
  const issued = simulator.control.issuedSecrets()
  // the code, the access token and the refresh token at least
  expect(issued.length).toBeGreaterThanOrEqual(3)
  for (const secret of [...issued, query['code'], query['state'], headers.cookie.split('=')[1]])
    expect(log).not.toContain(secret)
})
