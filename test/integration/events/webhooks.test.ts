/** Endpoints that are told of events: what they get, what happens when they do not take it, and who may manage them. */
import { sql } from 'kysely'
import { Webhook } from 'standardwebhooks'
import { publishEvents } from '../../../db/events/events.repo.ts'
import { claimDueRows } from '../../../db/jobs/due-rows.repo.ts'
import type { EncryptionKey } from '../../../src/config.ts'
import type { Ctx } from '../../../src/context.ts'
import { deliverEvent } from '../../../src/events/deliver-event.ts'
import { rotateKeys } from '../../../src/tokens/rotate-keys.ts'
import { aClient } from '../../support/builders.ts'
import { testConfig } from '../../support/context.ts'
import { gateAt, waitingForLocks } from '../../support/forced-order.ts'
import { bearer, startPortal, type TestPortal } from '../http/portal-fixture.ts'
import { aCase, caseEvent } from './facts.ts'
import { type Behaviour, failing, hanging, ok, type Receiver, startReceiver } from './receiver.ts'

/** The first and nine more, over three days. */
const mostAttempts = 10

const behaviours = new Map<string, Behaviour>()
let portal: TestPortal
let receiver: Receiver
beforeAll(async () => {
  portal = await startPortal()
  receiver = await startReceiver((path) => behaviours.get(path) ?? ok)
})
afterAll(async () => {
  await receiver.close()
  await portal.close()
})
beforeEach(async () => {
  behaviours.clear()
  receiver.got.splice(0)
  await sql`delete from webhook_endpoints`.execute(db())
  await sql`delete from events`.execute(db())
})

const db = () => portal.database.db
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
const call = async (method: Method, path = '', body?: object, claims: object = { role: 'host' }) => {
  const answer = await portal.app.inject({
    method,
    url: `/api/webhook-endpoints${path}`,
    headers: await bearer(claims),
    ...(body && { payload: body }),
  })
  return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() }
}

const anEndpoint = async (path = '/a', settings: object = {}) => {
  const { status, body } = await call('POST', '', { url: `${receiver.url}${path}`, ...settings })
  expect(status).toBe(201)
  return body as { id: string; secret: string; url: string }
}

/** What the workers do with all that is due. @returns how many attempts were made. */
const work = async (ctx: Ctx = portal.ctx): Promise<number> => {
  await publishEvents(db(), 1_000)
  let attempts = 0
  for (;;) {
    const rows = await claimDueRows(db(), 'deliver-event', { limit: 100, staleSeconds: 0 })
    if (rows.length === 0) return attempts
    attempts += rows.length
    await Promise.all(rows.map(({ id }) => deliverEvent(ctx, id)))
  }
}

/** As if the pause before the next attempt were over. */
const hurry = () =>
  sql`update event_deliveries set next_attempt_at = now() where state = 'pending'`.execute(db())
const stateOf = async (id: string) => (await call('GET', `/${id}`)).body
const logOf = async (id: string) => (await call('GET', `/${id}/deliveries`)).body.items

it('an endpoint gets the event as the feed has it, signed with the secret that was shown once', async () => {
  const { id, secret } = await anEndpoint()
  const clientId = await aClient(db())
  const caseId = await aCase(db(), { clientId })
  expect(await work()).toBe(1)
  const feed = await portal.app.inject({ url: '/api/event-log', headers: await bearer({ role: 'host' }) })
  const [{ headers, body } = { headers: {}, body: '' }] = receiver.got
  const payload = new Webhook(secret).verify(body, headers as Record<string, string>)
  const [event] = feed.json().items
  expect(payload).toEqual({ ...event, timestamp: event.occurredAt })
  expect(headers).toMatchObject({ 'webhook-id': event.id, 'content-type': 'application/json' })
  expect(event).toMatchObject({ type: 'case.created', subject: caseId, clientId })
  expect(await logOf(id)).toMatchObject([
    {
      eventId: event.id,
      type: 'case.created',
      state: 'delivered',
      attempts: 1,
      history: [{ status: 204, error: null }],
    },
  ])
  for (const { body: shown } of [await call('GET'), await call('GET', `/${id}`)])
    expect(JSON.stringify(shown)).not.toContain('secret":')
  expect(JSON.stringify((await db().selectFrom('webhook_endpoints').selectAll().execute())[0])).not.toContain(
    secret,
  )
  expect(portal.logged.join('')).not.toMatch(/whsec_|v1,/)
})

it('each endpoint gets the types and clients that it wants, and no others', async () => {
  const [mine, other] = [await aClient(db()), await aClient(db())]
  await anEndpoint('/all')
  await anEndpoint('/mine', { clientIds: [mine] })
  await anEndpoint('/withdrawn', { types: ['case.withdrawn'] })
  await aCase(db(), { clientId: mine })
  await caseEvent(db(), await aCase(db(), { clientId: other }), 'withdrawn')
  await work()
  const gotBy = (path: string) =>
    receiver.got
      .filter((one) => one.path === path)
      .map(({ body }) => JSON.parse(body) as { type: string; clientId: string })
      .map(({ type, clientId }) => `${type} ${clientId}`)
      .sort()
  const [created, withdrawn] = [[mine, other].map((id) => `case.created ${id}`), `case.withdrawn ${other}`]
  expect(gotBy('/all')).toEqual([...created, withdrawn].sort())
  expect(gotBy('/mine')).toEqual([`case.created ${mine}`])
  expect(gotBy('/withdrawn')).toEqual([withdrawn])
})

it('what was not taken is tried again under the same id, later and later, and then delivered', async () => {
  const { id } = await anEndpoint()
  behaviours.set('/a', failing)
  await aCase(db(), { clientId: await aClient(db()) })
  expect(await work()).toBe(1)
  expect(await work()).toBe(0)
  const [waiting] = await logOf(id)
  expect(waiting).toMatchObject({
    state: 'pending',
    attempts: 1,
    history: [{ status: 500, error: 'status', answer: 'no' }],
  })
  const pauseUntil = (time: string) => (new Date(time).getTime() - Date.now()) / 1000
  const pause = pauseUntil(waiting.nextAttemptAt)
  expect(pause).toBeGreaterThan(0)
  expect(pause).toBeLessThan(7)
  expect((await stateOf(id)).failingSince).not.toBeNull()
  await hurry()
  expect(await work()).toBe(1)
  expect(pauseUntil((await logOf(id))[0].nextAttemptAt)).toBeGreaterThan(10 * pause)
  behaviours.set('/a', ok)
  await hurry()
  expect(await work()).toBe(1)
  expect(new Set(receiver.got.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect(await logOf(id)).toMatchObject([{ state: 'delivered', attempts: 3 }])
  expect(await stateOf(id)).toMatchObject({ enabled: true, failingSince: null })
})

it('an endpoint that takes nothing through all attempts is disabled and says so; enabled again it gets what waits', async () => {
  const { id } = await anEndpoint()
  behaviours.set('/a', failing)
  const clientId = await aClient(db())
  await aCase(db(), { clientId })
  for (let at = 1; at < mostAttempts; at += 1) {
    await work()
    await hurry()
  }
  await aCase(db(), { clientId })
  await work()
  expect(await stateOf(id)).toMatchObject({ enabled: false, disabledReason: 'failing' })
  expect(portal.logged.join('')).toContain('webhook.endpoint_disabled')
  expect((await logOf(id)).map(({ state }: { state: string }) => state)).toEqual(['pending', 'failed'])
  await hurry()
  await aCase(db(), { clientId })
  expect(await work()).toBe(0)
  expect((await call('POST', `/${id}/test`)).body).toMatchObject({ code: 'webhook_disabled' })
  behaviours.set('/a', ok)
  expect((await call('PATCH', `/${id}`, { enabled: true })).body).toMatchObject({
    enabled: true,
    disabledReason: null,
  })
  expect(await work()).toBe(1)
})

it('one event that it cannot take does not disable an endpoint that takes others', async () => {
  const { id } = await anEndpoint()
  const clientId = await aClient(db())
  const poison = await aCase(db(), { clientId })
  behaviours.set('/a', (got, answer) => (got.body.includes(poison) ? failing : ok)(got, answer))
  for (let at = 0; at < mostAttempts; at += 1) {
    await aCase(db(), { clientId })
    await work()
    await hurry()
  }
  expect((await logOf(id)).filter(({ state }: { state: string }) => state !== 'delivered')).toMatchObject([
    { state: 'failed', attempts: mostAttempts },
  ])
  expect(await stateOf(id)).toMatchObject({ enabled: true })
})

it('an endpoint that answers that it is gone is disabled at once', async () => {
  const { id } = await anEndpoint()
  behaviours.set('/a', (_got, answer) => void answer.writeHead(410).end())
  await aCase(db(), { clientId: await aClient(db()) })
  await work()
  expect(await stateOf(id)).toMatchObject({ enabled: false, disabledReason: 'gone' })
})

it('of two workers that take one delivery at the same time one sends it', async () => {
  await anEndpoint()
  await aCase(db(), { clientId: await aClient(db()) })
  await publishEvents(db(), 10)
  const [{ id } = { id: '' }] = await db().selectFrom('event_deliveries').select('id').execute()
  const gate = await gateAt(portal.database, 'event_deliveries', 'update')
  const first = deliverEvent(portal.ctx, id)
  await gate.reached()
  const second = deliverEvent(portal.ctx, id)
  await waitingForLocks(portal.database, 2)
  await gate.open()
  expect((await Promise.all([first, second])).sort()).toEqual([0, 1])
  expect(receiver.got).toHaveLength(1)
})

it('one job delivers a backlog of its endpoint, and goes when the worker is asked to stop', async () => {
  await anEndpoint()
  const clientId = await aClient(db())
  for (let at = 0; at < 5; at += 1) await aCase(db(), { clientId })
  await publishEvents(db(), 10)
  const [row] = await claimDueRows(db(), 'deliver-event', { limit: 1, staleSeconds: 60 })
  const stopping = AbortSignal.abort()
  expect(await deliverEvent(portal.ctx, row?.id ?? '', { signal: stopping })).toBe(1)
  const [next] = await claimDueRows(db(), 'deliver-event', { limit: 1, staleSeconds: 60 })
  expect(await deliverEvent(portal.ctx, next?.id ?? '')).toBe(4)
  const order = receiver.got.map(({ body }) => JSON.parse(body).sequence)
  expect(order).toEqual([...order].sort((a, b) => a - b))
})

it('while a secret is being rotated both sign, and then only the new one does', async () => {
  const { id, secret: old } = await anEndpoint()
  const { body } = await call('POST', `/${id}/rotate-secret`, { overlapHours: 1 })
  expect(body.previousSecretUntil).not.toBeNull()
  const clientId = await aClient(db())
  const verifies = async (secret: string) => {
    receiver.got.splice(0)
    await aCase(db(), { clientId })
    await work()
    const [got] = receiver.got
    try {
      new Webhook(secret).verify(got?.body ?? '', got?.headers as Record<string, string>)
      return true
    } catch {
      return false
    }
  }
  expect([await verifies(old), await verifies(body.secret)]).toEqual([true, true])
  await sql`update webhook_endpoints set previous_secret_until = now() - interval '1 second'`.execute(db())
  expect([await verifies(old), await verifies(body.secret)]).toEqual([false, true])
  const { body: at0 } = await call('POST', `/${id}/rotate-secret`, { overlapHours: 0 })
  expect([await verifies(body.secret), await verifies(at0.secret)]).toEqual([false, true])
})

it('secrets follow a new encryption key', async () => {
  const { id, secret } = await anEndpoint()
  await call('POST', `/${id}/rotate-secret`)
  const [first] = portal.ctx.config.tokenEncryptionKeys
  const keys: readonly EncryptionKey[] = [{ id: 'new', secret: Buffer.alloc(32, 3) }]
  const withKeys = (tokenEncryptionKeys: readonly EncryptionKey[]): Ctx => ({
    ...portal.ctx,
    config: testConfig({ ...portal.ctx.config, tokenEncryptionKeys }),
  })
  const order = { operator: 'op', host: 'here' }
  const withoutTheOld = await rotateKeys(withKeys(keys), order)
  expect(withoutTheOld).toEqual({
    rotated: 0,
    failed: [{ connectionId: null, endpointId: id, keyId: first?.id, misplaced: false }],
  })
  const { rotated, failed } = await rotateKeys(withKeys([...keys, ...(first ? [first] : [])]), order)
  expect({ rotated, failed }).toEqual({ rotated: 1, failed: [] })
  await aCase(db(), { clientId: await aClient(db()) })
  await work(withKeys(keys))
  const [got] = receiver.got
  expect(() =>
    new Webhook(secret).verify(got?.body ?? '', got?.headers as Record<string, string>),
  ).not.toThrow()
})

it('a test says that it is one, is sent once, and says nothing about the endpoint', async () => {
  const { id, secret } = await anEndpoint()
  behaviours.set('/a', failing)
  const { status, body } = await call('POST', `/${id}/test`)
  expect(status).toBe(202)
  expect(portal.ctx.nudged.at(-1)).toEqual({ job: 'deliver-event', id: body.deliveryId })
  await work()
  await hurry()
  expect(await work()).toBe(0)
  const [got] = receiver.got
  expect(new Webhook(secret).verify(got?.body ?? '', got?.headers as Record<string, string>)).toMatchObject({
    type: 'webhook.test',
  })
  expect(await logOf(id)).toMatchObject([
    { id: body.deliveryId, cause: 'test', state: 'failed', attempts: 1 },
  ])
  expect(await stateOf(id)).toMatchObject({ enabled: true, failingSince: null })
})

it('replays one event, and those of a period that the filter takes, under their old ids', async () => {
  const clientId = await aClient(db())
  const before = await aCase(db(), { clientId })
  await publishEvents(db(), 10)
  const { id } = await anEndpoint()
  await aCase(db(), { clientId })
  await work()
  const [{ id: deliveryId }] = await logOf(id)
  expect((await call('POST', `/${id}/deliveries/${deliveryId}/replay`)).status).toBe(202)
  await work()
  const ids = () => receiver.got.map(({ headers }) => headers['webhook-id'])
  expect(ids()).toHaveLength(2)
  expect(new Set(ids()).size).toBe(1)
  const around = { from: new Date(Date.now() - 60_000), to: new Date(Date.now() + 60_000) }
  expect((await call('POST', `/${id}/replay`, around)).body).toEqual({ deliveries: 2 })
  // They wait already.
  expect((await call('POST', `/${id}/replay`, around)).body).toEqual({ deliveries: 0 })
  await work()
  expect(receiver.got.map(({ body }) => JSON.parse(body).subject)).toContain(before)
  expect(new Set(ids()).size).toBe(2)
  const past = { from: new Date(0), to: around.from }
  expect((await call('POST', `/${id}/replay`, past)).body).toEqual({ deliveries: 0 })
  const other = await anEndpoint('/b')
  expect((await call('POST', `/${other.id}/deliveries/${deliveryId}/replay`)).status).toBe(404)
})

it('a name that resolves to a private address is refused when it is called, and the log says so', async () => {
  const guarded: Ctx = {
    ...portal.ctx,
    config: testConfig({ ...portal.ctx.config, webhookPrivateNetworks: [] }),
  }
  const { id } = await anEndpoint('/a', { url: receiver.url.replace('127.0.0.1', 'localhost') })
  await aCase(db(), { clientId: await aClient(db()) })
  await work(guarded)
  expect(await logOf(id)).toMatchObject([
    { state: 'pending', history: [{ error: 'address_refused', status: null, answer: '' }] },
  ])
  expect(receiver.got).toEqual([])
})

it('an endpoint that hangs holds up no other, and gets one place once it has failed', async () => {
  const slow = await anEndpoint('/slow')
  await anEndpoint('/quick')
  behaviours.set('/slow', hanging)
  const clientId = await aClient(db())
  for (let at = 0; at < 10; at += 1) await aCase(db(), { clientId })
  await publishEvents(db(), 100)
  const claim = async () => {
    const rows = await claimDueRows(db(), 'deliver-event', { limit: 100, staleSeconds: 60 })
    return rows.map(({ id }) => id)
  }
  const endpointOf = async (ids: readonly string[]) => {
    const rows = await db()
      .selectFrom('event_deliveries')
      .select('endpoint_id')
      .where('id', 'in', [...ids])
      .execute()
    return rows.filter(({ endpoint_id }) => endpoint_id === slow.id).length
  }
  const first = await claim()
  expect([first.length, await endpointOf(first)]).toEqual([8, 4])
  expect(await claim()).toEqual([])
  await sql`update webhook_endpoints set failing_since = now() where id = ${slow.id}`.execute(db())
  await sql`update event_deliveries set enqueued_at = null`.execute(db())
  const later = await claim()
  expect([later.length, await endpointOf(later)]).toEqual([5, 1])
})

it.each([
  'http://10.0.0.1/',
  'http://169.254.169.254/latest/meta-data',
  'http://[::ffff:10.0.0.1]/',
  'http://user:password@host.example.com/',
  'ftp://host.example.com/',
  'nonsense',
])('refuses an endpoint at %s', async (url) => {
  expect(await call('POST', '', { url })).toMatchObject({
    status: 400,
    body: { code: 'webhook_url_refused' },
  })
  const { id } = await anEndpoint()
  expect((await call('PATCH', `/${id}`, { url })).status).toBe(400)
})

it('in production an endpoint must be https', async () => {
  const production = await startPortal({ config: { production: true, webhookPrivateNetworks: [] } })
  try {
    const make = async (url: string) => {
      const answer = await production.app.inject({
        method: 'POST',
        url: '/api/webhook-endpoints',
        headers: { ...(await bearer({ role: 'host' })), 'x-forwarded-proto': 'https' },
        payload: { url },
      })
      return answer.statusCode
    }
    expect(await make('http://host.example.com/')).toBe(400)
    expect(await make('https://127.0.0.1/')).toBe(400)
    expect(await make('https://host.example.com/')).toBe(201)
  } finally {
    await production.close()
  }
})

it('host and operator manage endpoints and a client does not; each deed is in the audit, without the address’s path', async () => {
  const { id } = await anEndpoint('/secret-path')
  const someDelivery = '11111111-1111-4111-8111-111111111111'
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['POST', '', { url: 'https://x.test' }],
    ['GET', `/${id}`, undefined],
    ['PATCH', `/${id}`, { enabled: false }],
    ['DELETE', `/${id}`, undefined],
    ['POST', `/${id}/rotate-secret`, undefined],
    ['POST', `/${id}/test`, undefined],
    ['GET', `/${id}/deliveries`, undefined],
    ['POST', `/${id}/deliveries/${someDelivery}/replay`, undefined],
    ['POST', `/${id}/replay`, { from: new Date(0), to: new Date() }],
  ] as const)
    expect([method, path, (await call(method, path, body, { role: 'client' })).status]).toEqual([
      method,
      path,
      403,
    ])
  expect(
    (await call('PATCH', `/${id}`, { enabled: false, description: 'ours' }, { role: 'operator' })).body,
  ).toMatchObject({
    enabled: false,
    disabledReason: 'by_hand',
    description: 'ours',
    url: `${receiver.url}/secret-path`,
  })
  expect((await call('DELETE', `/${id}`)).status).toBe(204)
  expect((await call('GET', `/${id}`)).status).toBe(404)
  const deeds = await db()
    .selectFrom('audit_events')
    .selectAll()
    .where('subject_id', '=', id)
    .orderBy('id')
    .execute()
  expect(deeds.map(({ action, actor_role }) => [action, actor_role])).toEqual([
    ['webhook_endpoint.created', 'host'],
    ['webhook_endpoint.changed', 'operator'],
    ['webhook_endpoint.deleted', 'host'],
  ])
  expect(JSON.stringify(deeds)).not.toContain('secret-path')
})
