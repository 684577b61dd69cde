/** The feed: every fact is told once, in order, and nobody who follows it misses one. */
import { sql } from 'kysely'
import { expireEvents, publishEvents } from '../../../db/events/events.repo.ts'
import { type EventTypeName, eventCatalogue, eventTypeNames } from '../../../src/events/catalogue.ts'
import { aClient, aConnection } from '../../support/builders.ts'
import { waitingForLocks } from '../../support/forced-order.ts'
import { bearer, cookieOf, signToken, startPortal, type TestPortal } from '../http/portal-fixture.ts'
import { aCase, aDocument, caseEvent } from './facts.ts'

interface Event {
  readonly id: string
  readonly sequence: number
  readonly type: EventTypeName
  readonly clientId: string
  readonly subject: string
  readonly occurredAt: string
  readonly data: Record<string, unknown>
}

let portal: TestPortal
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal.close())
beforeEach(async () => {
  await sql`delete from events`.execute(portal.database.db)
})

const ask = async (query: Record<string, string | number> = {}, claims: object = { role: 'host' }) => {
  const answer = await portal.app.inject({
    url: '/api/event-log',
    query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)])),
    headers: await bearer(claims),
  })
  return { status: answer.statusCode, body: answer.json() }
}
const read = async (query: Record<string, string | number> = {}, claims?: object) => {
  const { status, body } = await ask(query, claims)
  expect(status).toBe(200)
  return body as { items: Event[]; next: number; more: boolean }
}

/** Promise.withResolvers, which Node 20 does not have. */
const deferred = () => {
  let resolve: () => void = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

const db = () => portal.database.db
const move = (id: string, state: string) =>
  sql`update connections set state = ${state}, disconnected_at = case when ${state} = 'disconnected' then now() end,
    problem_code = 'zoho_grant_revoked' where id = ${id}`.execute(db())
const aRun = async (connectionId: string, clientId: string) => {
  const { rows } = await sql<{ id: string }>`
    insert into sync_runs (connection_id, client_id, zoho_organization_id, kind, trigger, rows_read, rows_new)
    values (${connectionId}, ${clientId}, 'org-1', 'full', 'manual', 7, 2) returning id`.execute(db())
  return rows[0]?.id ?? ''
}

/** Each fact that there is, as its rows are written. */
const allFacts = async () => {
  const connection = await aConnection(portal.ctx)
  const { id, client_id: clientId } = connection
  await move(id, 'reconnect_required')
  await move(id, 'active')
  await move(id, 'error')
  await move(id, 'active')
  for (const state of ['completed', 'failed', 'cancelled']) {
    const run = await aRun(id, clientId)
    await sql`update sync_runs set state = ${state}, error_code = case when ${state} = 'failed' then 'zoho_unavailable' end
      where id = ${run}`.execute(db())
  }
  const caseId = await aCase(db(), { clientId })
  await sql`update case_commands set state = 'completed', created = 1 where client_id = ${clientId}`.execute(
    db(),
  )
  await caseEvent(db(), caseId, 'invoice_changed', { state: 'partly_paid', outstanding: '100.5' })
  await caseEvent(db(), caseId, 'description_changed')
  await caseEvent(db(), caseId, 'withdrawn')
  await caseEvent(db(), caseId, 'reinstated')
  await aDocument(db(), caseId)
  await move(id, 'paused')
  await move(id, 'active')
  await move(id, 'disconnected')
  return { connectionId: id, clientId, caseId }
}

it('every fact is told once and in order, with data of the shape that the catalogue promises', async () => {
  const { connectionId, clientId, caseId } = await allFacts()
  const { items } = await read()
  expect(items.map(({ type }) => type)).toEqual([
    'connection.connected',
    'connection.reconnect_required',
    'connection.recovered',
    'connection.recovered',
    'sync.completed',
    'sync.failed',
    'case.created',
    'command.completed',
    'case.invoice_changed',
    'case.description_changed',
    'case.withdrawn',
    'case.reinstated',
    'case.document_added',
    'connection.disconnected',
  ])
  expect(new Set(items.map(({ type }) => type))).toEqual(new Set(eventTypeNames))
  for (const { type, data } of items) expect(eventCatalogue[type].data.strict().parse(data)).toEqual(data)
  for (const { subject, type } of items)
    if (type.startsWith('case.')) expect(subject).toBe(caseId)
    else if (type.startsWith('connection.')) expect(subject).toBe(connectionId)
  expect(new Set(items.map((event) => event.clientId))).toEqual(new Set([clientId]))
  const numbers = items.map(({ sequence }) => sequence)
  expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at))
})

it('amounts are text with the decimals of their currency, and nothing is said of the debtor', async () => {
  const clientId = await aClient(db())
  await aCase(db(), { clientId, amount: '690', currencyCode: 'EUR' })
  await aCase(db(), { clientId, amount: '690', currencyCode: 'JPY' })
  const { items } = await read()
  expect(items.map(({ data }) => data['amountToRecover'])).toEqual(['690.00', '690'])
  expect(JSON.stringify(items)).not.toContain('Muster')
})

it('a fact that is rolled back is not told', async () => {
  const clientId = await aClient(db())
  await db()
    .transaction()
    .execute(async (trx) => {
      await aCase(trx, { clientId })
      throw new Error('no')
    })
    .catch(() => undefined)
  expect((await read()).items).toEqual([])
})

it('an event that commits after a later one was read is not skipped by who follows the feed', async () => {
  const [slow, quick] = [await aClient(db()), await aClient(db())]
  const written = deferred()
  const mayCommit = deferred()
  const first = db()
    .transaction()
    .execute(async (trx) => {
      await aCase(trx, { clientId: slow })
      written.resolve()
      await mayCommit.promise
    })
  await written.promise
  await aCase(db(), { clientId: quick })
  const before = await read()
  expect(before.items.map(({ clientId }) => clientId)).toEqual([quick])
  mayCommit.resolve()
  await first
  const after = await read({ after: before.next })
  expect(after.items.map(({ clientId }) => clientId)).toEqual([slow])
  expect((await read({ after: after.next })).items).toEqual([])
})

it('two publishers at once give each event one number, without a gap', async () => {
  const clientId = await aClient(db())
  const { next } = await read()
  const mayGo = deferred()
  const held = deferred()
  const keeper = db()
    .transaction()
    .execute(async (trx) => {
      await sql`select 1 from event_feed for update`.execute(trx)
      held.resolve()
      await mayGo.promise
    })
  await held.promise
  for (let at = 0; at < 5; at += 1) await aCase(db(), { clientId })
  const publishing = [publishEvents(db(), 3), publishEvents(db(), 3)]
  await waitingForLocks(portal.database, 2)
  mayGo.resolve()
  await keeper
  expect((await Promise.all(publishing)).sort()).toEqual([2, 3])
  const { items } = await read({ after: next })
  expect(items.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5].map((at) => next + at))
})

it('a client gets its own events and no others, whatever it asks for; host and operator get all, or those of one client', async () => {
  const [mine, other] = ['acme', 'another']
  await aClient(db(), { id: mine })
  await aClient(db(), { id: other })
  for (const clientId of [mine, other, mine]) await aCase(db(), { clientId })
  const clientsOf = async (query: Record<string, string>, claims: object) =>
    (await read(query, claims)).items.map(({ clientId }) => clientId)
  expect(await clientsOf({}, { role: 'client', client_id: mine })).toEqual([mine, mine])
  expect(await clientsOf({ clientId: other }, { role: 'client', client_id: mine })).toEqual([mine, mine])
  expect(await clientsOf({}, { role: 'host', client_id: undefined })).toEqual([mine, other, mine])
  expect(await clientsOf({}, { role: 'operator' })).toEqual([mine, other, mine])
  expect(await clientsOf({ clientId: other }, { role: 'host' })).toEqual([other])
})

it('gives pages, and narrows to types; what is passed over is not read again', async () => {
  const clientId = await aClient(db())
  const start = (await read()).next
  const ids: string[] = []
  for (let at = 0; at < 5; at += 1) ids.push(await aCase(db(), { clientId }))
  const first = await read({ after: start, limit: 2 })
  expect(first).toMatchObject({ more: true, next: start + 2 })
  const rest = await read({ after: first.next, limit: 3 })
  expect(rest).toMatchObject({ more: false, next: start + 5 })
  expect([...first.items, ...rest.items].map(({ subject }) => subject)).toEqual(ids)
  expect(await read({ after: start, types: 'case.withdrawn,sync.failed' })).toEqual({
    items: [],
    next: start + 5,
    more: false,
  })
  expect((await ask({ types: 'case.eaten' })).status).toBe(400)
})

it('says when events that a reader has not seen are gone, and gives the rest to who begins anew', async () => {
  const clientId = await aClient(db())
  const start = (await read()).next
  for (let at = 0; at < 3; at += 1) await aCase(db(), { clientId })
  const { items } = await read({ after: start })
  await sql`update events set occurred_at = now() - interval '31 days' where sequence <= ${start + 2}`.execute(
    db(),
  )
  await sql`with endpoint as (insert into webhook_endpoints (url, secret_jwe, created_by) values ('https://host.test', 'eyJ', 'host') returning id)
    insert into event_deliveries (endpoint_id, cause, created_at) select id, 'test', now() - make_interval(days => age)
    from endpoint, unnest(array[29, 31]) age`.execute(db())
  expect(await expireEvents(db(), 30, 1)).toBe(2)
  expect(await db().selectFrom('event_deliveries').select('cause').execute()).toHaveLength(1)
  await sql`delete from webhook_endpoints`.execute(db())
  expect(await ask({ after: start + 1 })).toMatchObject({ status: 410, body: { code: 'events_expired' } })
  expect((await read({ after: start + 2 })).items).toEqual(items.slice(2))
  expect((await read()).items).toEqual(items.slice(2))
})

it('the catalogue is public, with the JSON Schema of the data of each type', async () => {
  const answer = await portal.app.inject({
    url: '/api/event-log/types',
    headers: await bearer({ role: 'client' }),
  })
  const { items } = answer.json()
  expect(items.map(({ type }: Event) => type)).toEqual(eventTypeNames)
  expect(items.find(({ type }: Event) => type === 'case.document_added')).toMatchObject({
    subject: 'case',
    data: { type: 'object', required: ['reference', 'organizationId', 'zohoInvoiceId', 'documentId'] },
  })
})

it('a host reads the feed and nothing of a client, needs no client and has no pages; only a host may be nobody’s', async () => {
  const headers = await bearer({ role: 'host', client_id: undefined })
  const statusOf = async (url: string) => (await portal.app.inject({ url, headers })).statusCode
  expect(await statusOf('/api/event-log')).toBe(200)
  for (const url of ['/api/invoices', '/api/cases', '/api/connection', '/sessions'])
    expect(await statusOf(url)).toBe(403)
  for (const role of ['client', 'operator'])
    expect((await ask({}, { role, client_id: undefined })).status).toBe(401)
  const link = await portal.app.inject({
    url: '/session',
    query: { token: await signToken({ role: 'host' }) },
  })
  expect(link.statusCode).toBe(403)
  expect(cookieOf(link)).toBe('')
})
