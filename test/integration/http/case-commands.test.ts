import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { aClient, aConnection, type BuiltConnection } from '../../support/builders.ts'
import { aClock } from '../../support/context.ts'
import { ids, stage } from '../../support/staged.ts'
import { settle } from '../cases/support.ts'
import { signToken, startPortal, type TestPortal } from './portal-fixture.ts'

const clock = aClock()
const soon = Math.floor(clock.now().getTime() / 1000)

let portal: TestPortal
let acme: BuiltConnection
let headers: Record<string, string>
let others: Record<string, string>

const auth = async (client_id: string) => ({
  authorization: `Bearer ${await signToken({ client_id, iat: soon, exp: soon + 3600 })}`,
})

beforeAll(async () => {
  portal = await startPortal({ clock })
  for (const id of ['acme', 'other']) await aClient(portal.ctx.db, { id })
  acme = await aConnection(portal.ctx, { clientId: 'acme' })
  const other = await aConnection(portal.ctx, { clientId: 'other' })
  headers = await auth('acme')
  others = await auth('other')
  await stage(portal.ctx.db, acme, [
    ...ids(1, 5).map((zohoInvoiceId) => ({ zohoInvoiceId, proven: true })),
    { zohoInvoiceId: '6', proven: true, invoice: { debtor: { city: null, name: '=cmd|A1' } } },
  ])
  await stage(portal.ctx.db, other, [{ zohoInvoiceId: '77' }])
})
afterAll(() => portal.close())

const get = (url: string, as = headers) => portal.app.inject({ url, headers: as })
const order = (payload: object, extra: Record<string, string> = {}) =>
  portal.app.inject({ method: 'POST', url: '/api/case-commands', payload, headers: { ...headers, ...extra } })
const commands = async () => (await portal.ctx.db.selectFrom('case_commands').select('id').execute()).length

it.each<[string, object, Record<string, string>, number, string]>([
  ['no confirmation', { zohoInvoiceIds: ['1'] }, {}, 422, 'confirmation_required'],
  [
    'a refused confirmation',
    { zohoInvoiceIds: ['1'], confirmUndisputed: false },
    {},
    422,
    'confirmation_required',
  ],
  [
    'a confirmation that is a string',
    { zohoInvoiceIds: ['1'], confirmUndisputed: 'true' },
    {},
    400,
    'invalid_request',
  ],
  ['no selection', { confirmUndisputed: true }, {}, 400, 'invalid_request'],
  [
    'two selections',
    { zohoInvoiceIds: ['1'], filter: {}, confirmUndisputed: true },
    {},
    400,
    'invalid_request',
  ],
  ['an empty selection', { zohoInvoiceIds: [], confirmUndisputed: true }, {}, 422, 'selection_empty'],
  ['numbers for ids', { zohoInvoiceIds: [1], confirmUndisputed: true }, {}, 400, 'invalid_request'],
  [
    'too many ids',
    { zohoInvoiceIds: ids(1, 10_001), confirmUndisputed: true },
    {},
    422,
    'selection_too_large',
  ],
  ['a bad filter', { filter: { eligibility: 'maybe' }, confirmUndisputed: true }, {}, 400, 'invalid_request'],
  [
    'a key that is too long',
    { zohoInvoiceIds: ['1'], confirmUndisputed: true },
    { 'idempotency-key': 'k'.repeat(256) },
    400,
    'invalid_request',
  ],
])('an order with %s is refused and nothing is stored', async (_what, payload, extra, status, code) => {
  const answer = await order(payload, extra)
  expect(answer.statusCode).toBe(status)
  expect(answer.json()).toMatchObject({ code })
  expect(await commands()).toBe(0)
})

it('the review asks once whether a debtor is a company, and goes on with the answer and the selection', async () => {
  const url = '/bulk-import/review?ids=1%2C2'
  const page = async (at: string) => (await get(at)).body
  const question = 'Company or private person?'
  const asked = await page(url)
  expect(asked).toContain(question)
  // both are invoices of one customer
  expect(asked).toContain('name="type:77"')
  const answer = (form: Record<string, string>) =>
    portal.app.inject({
      method: 'POST',
      url: '/bulk-import/debtor-types',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ ids: '1,2', ...form }).toString(),
    })
  expect(
    await page((await answer({ 'type:77': 'Robot', 'type:': 'Company' })).headers.location ?? ''),
  ).toContain(question)
  const answered = await answer({ 'type:77': 'Company' })
  expect([answered.statusCode, answered.headers.location]).toEqual([303, url])
  const next = await page(url)
  expect(next).not.toContain(question)
  expect(next).toContain('Invoice copies will be attached')
  expect((await get('/api/invoices/1')).json().debtor).toMatchObject({
    type: 'Company',
    typeSource: 'client',
  })
  expect((await get('/api/invoices/77', others)).json().debtor).toMatchObject({ type: null })
})

it('previews an order without storing it', async () => {
  const answer = await portal.app.inject({
    method: 'POST',
    url: '/api/case-commands/preview',
    headers,
    payload: { zohoInvoiceIds: ['1', '2', '6', '404'] },
  })
  expect(answer.json()).toMatchObject({
    counts: { total: 4, created: 2, duplicate: 0, ineligible: 2 },
    sums: [{ count: 2 }],
  })
  expect(await commands()).toBe(0)
})

it('carries an order from the click to its result, its CSV and its cases', async () => {
  const key = { 'idempotency-key': randomUUID() }
  const payload = { zohoInvoiceIds: ids(1, 6), confirmUndisputed: true }
  const first = await order(payload, key)
  expect(first.statusCode).toBe(202)
  const { id } = first.json()
  expect((await order(payload, key)).json()).toEqual({ id })
  const conflict = await order({ ...payload, zohoInvoiceIds: ['1'] }, key)
  expect(conflict.statusCode).toBe(422)
  expect(conflict.json().code).toBe('idempotency_conflict')

  await settle(portal.ctx, id)
  const result = (await get(`/api/case-commands/${id}`)).json()
  expect(result).toMatchObject({
    id,
    state: 'completed',
    counts: { total: 6, created: 5, duplicate: 0, ineligible: 1, failed: 0 },
    next: null,
  })
  expect(result.items).toHaveLength(6)
  expect(result.items[5]).toMatchObject({
    zohoInvoiceId: '6',
    outcome: 'ineligible',
    reasons: [{ code: 'city_missing', message: 'The billing address has no city.', field: 'debtor.city' }],
  })

  const page = (await get(`/api/case-commands/${id}?outcome=created&limit=2`)).json()
  expect(page.items).toHaveLength(2)
  const rest = (await get(`/api/case-commands/${id}?outcome=created&limit=10&cursor=${page.next}`)).json()
  expect(rest.items).toHaveLength(3)

  const csv = await get(`/api/case-commands/${id}/result.csv`)
  expect(csv.headers['content-type']).toContain('text/csv')
  expect(csv.headers['content-disposition']).toContain('attachment')
  expect(csv.body.trim().split('\r\n')).toHaveLength(7)
  expect(csv.body).toContain("'=cmd|A1")

  const cases = (await get('/api/cases?limit=2')).json()
  expect(cases.items).toHaveLength(2)
  expect(cases.previous).toBeNull()
  const more = (await get(`/api/cases?limit=10&cursor=${cases.next}`)).json()
  expect(more.items).toHaveLength(3)
  expect(more.next).toBeNull()
  const back = (await get(`/api/cases?limit=2&cursor=${more.previous}`)).json()
  expect(back.items).toEqual(cases.items)

  const one = (await get(`/api/cases/${cases.items[0].id}`)).json()
  expect(one).toMatchObject({ ...cases.items[0], invoiceState: 'unpaid', outstanding: '690.00' })
  const invoice = (await get(`/api/invoices/${one.zohoInvoiceId}`)).json()
  expect(invoice).toMatchObject({ caseId: one.id, caseReference: one.reference, eligible: false })

  const listed = (await get('/api/case-commands')).json()
  expect(listed.items).toMatchObject([{ id, state: 'completed' }])
  const retry = await portal.app.inject({ method: 'POST', url: `/api/case-commands/${id}/retry`, headers })
  expect(retry.json().code).toBe('selection_empty')

  for (const url of [
    `/api/case-commands/${id}`,
    `/api/case-commands/${id}/result.csv`,
    `/api/cases/${one.id}`,
    `/api/cases/${one.id}/balance-now`,
    '/api/invoices/1',
  ]) {
    const answer = await get(url, others)
    expect([url, answer.statusCode, answer.json().code]).toEqual([url, 404, 'not_found'])
  }
  const stolen = await portal.app.inject({
    method: 'POST',
    url: `/api/case-commands/${id}/retry`,
    headers: others,
  })
  expect(stolen.statusCode).toBe(404)
  for (const url of ['/api/cases', '/api/case-commands', `/api/cases?commandId=${id}`])
    expect((await get(url, others)).json().items).toEqual([])
})

it('another client’s invoice in an order is unknown, and stays untouched', async () => {
  const { id } = (await order({ zohoInvoiceIds: ['77'], confirmUndisputed: true })).json()
  await settle(portal.ctx, id)
  expect((await get(`/api/case-commands/${id}`)).json().items).toMatchObject([
    { outcome: 'ineligible', reasons: [{ code: 'unknown_invoice' }] },
  ])
  expect((await get('/api/invoices/77', others)).json()).toMatchObject({ caseId: null, eligible: true })
  expect((await get('/api/cases', others)).json().items).toEqual([])
})

it('lists, filters and pages invoices', async () => {
  const first = (await get('/api/invoices?limit=4&sort=invoiceNumber')).json()
  expect(first.items.map((one: { zohoInvoiceId: string }) => one.zohoInvoiceId)).toEqual(['1', '2', '3', '4'])
  expect(first.previous).toBeNull()
  const second = (await get(`/api/invoices?limit=4&sort=invoiceNumber&cursor=${first.next}`)).json()
  expect(second.items).toHaveLength(2)
  const back = (await get(`/api/invoices?limit=4&sort=invoiceNumber&cursor=${second.previous}`)).json()
  expect(back.items).toEqual(first.items)
  expect((await get('/api/invoices?eligibility=blocked')).json().items).toMatchObject([
    { zohoInvoiceId: '6' },
  ])
  expect((await get('/api/invoices/summary')).json()).toMatchObject({ total: 6 })
  expect((await get('/api/invoices/404')).statusCode).toBe(404)
})

it('a body with 10,000 ids fits', async () => {
  const many = Array.from({ length: 10_000 }, (_, at) => String(9_000_000_000_000_000_000n + BigInt(at)))
  expect((await order({ zohoInvoiceIds: many, confirmUndisputed: true })).statusCode).toBe(202)
})

it('a command that finds the disk of the database full is refused with 503 and when to come back, and nothing is stored', async () => {
  const before = await commands()
  await sql`create function no_room() returns trigger language plpgsql as $$
    begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`.execute(
    portal.ctx.db,
  )
  await sql`create trigger no_room before insert on case_command_items execute function no_room()`.execute(
    portal.ctx.db,
  )
  const refused = await order(
    { zohoInvoiceIds: ['1'], confirmUndisputed: true },
    { 'idempotency-key': 'full' },
  )
  expect(refused.statusCode).toBe(503)
  expect(refused.headers['retry-after']).toMatch(/^[1-9]\d*$/)
  expect(refused.json()).toMatchObject({
    code: 'database_full',
    retryAfter: Number(refused.headers['retry-after']),
  })
  expect(await commands()).toBe(before)

  await sql`drop function no_room() cascade`.execute(portal.ctx.db)
  const again = await order({ zohoInvoiceIds: ['1'], confirmUndisputed: true }, { 'idempotency-key': 'full' })
  expect(again.statusCode).toBe(202)
})
