/** A case over HTTP: how its invoice stands, withdrawing and reinstating, the list with its filters. */
import { sql } from 'kysely'
import { verifyInvariants } from '../../../src/operator/verify-invariants.ts'
import { aClient, aConnection, type BuiltConnection } from '../../support/builders.ts'
import { aClock } from '../../support/context.ts'
import { ids, stage } from '../../support/staged.ts'
import { settle } from '../cases/support.ts'
import { signIn, signToken, startPortal, type TestPortal } from './portal-fixture.ts'

const clock = aClock()
const soon = Math.floor(clock.now().getTime() / 1000)
let portal: TestPortal
let acme: BuiltConnection
let headers: Record<string, string>
let strangers: Record<string, string>

const auth = async (client_id: string) => ({
  authorization: `Bearer ${await signToken({ client_id, iat: soon, exp: soon + 3600 })}`,
})
const get = (url: string, as = headers) => portal.app.inject({ url, headers: as })
const post = (url: string, payload?: object, as = headers) =>
  portal.app.inject({ method: 'POST', url, headers: as, ...(payload && { payload }) })

beforeAll(async () => {
  portal = await startPortal({ clock })
  for (const id of ['acme', 'stranger']) await aClient(portal.ctx.db, { id })
  acme = await aConnection(portal.ctx, { clientId: 'acme' })
  headers = await auth('acme')
  strangers = await auth('stranger')
  await stage(
    portal.ctx.db,
    acme,
    ids(1, 4).map((zohoInvoiceId) => ({ zohoInvoiceId, proven: true })),
  )
  const { id } = (
    await post('/api/case-commands', { zohoInvoiceIds: ids(1, 4), confirmUndisputed: true })
  ).json()
  await settle(portal.ctx, id)
  // What the sync would stage: one is paid, one partly.
  const change = (invoice: string, to: { state?: 'paid'; amount_to_recover?: string }) =>
    portal.ctx.db
      .updateTable('staged_invoices')
      .set({ ...to, proven_at: new Date(Date.now() + 3_600_000) })
      .where('zoho_invoice_id', '=', invoice)
      .execute()
  await change('1', { state: 'paid' })
  await change('2', { amount_to_recover: '90' })
})
afterAll(() => portal.close())

const caseOf = async (zohoInvoiceId: string) =>
  (await get('/api/cases'))
    .json()
    .items.find((one: { zohoInvoiceId: string }) => one.zohoInvoiceId === zohoInvoiceId)

it('says how the invoice stands now, beside the claim that stays', async () => {
  expect(await caseOf('1')).toMatchObject({
    amountToRecover: '690.00',
    invoiceState: 'paid',
    outstanding: '0.00',
    followedUntil: null,
    events: [{ type: 'created' }, { type: 'invoice_changed', invoiceState: 'paid', actor: 'zoho' }],
  })
  expect(await caseOf('2')).toMatchObject({ invoiceState: 'partly_paid', outstanding: '90.00' })
})

it.each([
  ['invoiceState=paid', ['1']],
  ['invoiceState=partly_paid', ['2']],
  ['status=withdrawn', []],
  ['sort=outstanding&order=asc&limit=2', ['1', '2']],
  ['maxAmount=100', []],
])('lists by %s', async (query, expected) => {
  const { items } = (await get(`/api/cases?${query}`)).json()
  expect(items.map((one: { zohoInvoiceId: string }) => one.zohoInvoiceId)).toEqual(expected)
})

it.each(['invoiceState=gone', 'sort=secret', 'order=up', 'status=closed', 'maxAmount=-1'])(
  'refuses %s',
  async (query) => {
    expect((await get(`/api/cases?${query}`)).statusCode).toBe(400)
  },
)

it('adds up per state and currency', async () => {
  expect((await get('/api/cases/totals')).json().items).toContainEqual({
    invoiceState: 'partly_paid',
    currencyCode: 'EUR',
    count: 1,
    amountToRecover: '690.00',
    outstanding: '90.00',
  })
})

describe('describing', () => {
  const put = (id: string, description: unknown, as = headers) =>
    portal.app.inject({
      method: 'PUT',
      url: `/api/cases/${id}/description`,
      headers: as,
      payload: { description },
    })
  const good = 'Oak kitchen delivered and fitted on 3 March'

  it('a claim against a private person is complete once it is described; who did it is audited and in its history', async () => {
    const { id } = await caseOf('4')
    const needed = [
      { code: 'description_needed', values: { characters: 20 } },
      { code: 'phone_missing', values: {} },
    ]
    const shown = [
      { code: 'description_needed', message: expect.stringContaining('in 20 characters or more') },
      { code: 'phone_missing', message: 'The customer has no phone number.' },
    ]
    await portal.ctx.db
      .updateTable('cases')
      .set({ debtor_type: 'Private', evidence_required: ['file', 'description'], described: false })
      .where('id', '=', id)
      .execute()
    await sql`update cases set warnings = ${JSON.stringify(needed)}::jsonb where id = ${id}`.execute(
      portal.ctx.db,
    )
    await sql`
      with file as (
        insert into document_files (client_id, sha256, size_bytes) values ('acme', repeat('0', 64), 1) returning id
      )
      update case_documents set state = 'stored', stored_at = now(), next_attempt_at = null, file_id = (select id from file)
      where case_id = ${id}`.execute(portal.ctx.db)
    expect((await put(id, 'short')).json()).toMatchObject({
      claimDescription: 'short',
      evidence: { required: ['file', 'description'], present: ['file'], complete: false },
      warnings: shown,
    })
    const answer = await put(id, ` ${good}\r\nby us\u0007 `)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({
      claimDescription: `${good}\nby us`,
      describedBy: 'user-1',
      evidence: { present: ['file', 'description'], complete: true },
      warnings: [shown[1]],
      // What stood in the invoice.
      proof: { claimDescription: 'PO 4711' },
    })
    const typesOf = ({ events }: { events: { type: string; actor: string }[] }) =>
      events.map(({ type, actor }) => [type, actor])
    expect(typesOf(answer.json())).toEqual([
      ['created', 'user-1'],
      ['description_changed', 'user-1'],
      ['description_changed', 'user-1'],
    ])
    expect(typesOf((await put(id, `${good}\nby us`)).json())).toEqual(typesOf(answer.json()))
    const audited = await portal.ctx.db
      .selectFrom('audit_events')
      .where('action', '=', 'case.description_changed')
      .select(['actor', 'subject_id', 'details'])
      .execute()
    expect(audited).toHaveLength(2)
    // The trail cannot be changed, so what a person wrote is not in it.
    expect(audited[0]).toEqual({
      actor: 'user-1',
      subject_id: id,
      details: { reference: answer.json().reference },
    })
    expect((await verifyInvariants(portal.ctx.db)).map(({ number }) => number)).not.toContain(5)
  })

  it.each([
    ['nothing', ' '],
    ['no text', 7],
    ['more than 4,000 characters', 'x'.repeat(4_001)],
  ])('%s is refused', async (_, description) => {
    const { id } = await caseOf('2')
    expect((await put(id, description)).statusCode).toBe(400)
    expect((await caseOf('2')).describedBy).toBeNull()
  })

  it('of another client’s case is "not found", and nothing happens', async () => {
    const { id } = await caseOf('2')
    expect((await put(id, good, strangers)).statusCode).toBe(404)
    expect((await caseOf('2')).describedBy).toBeNull()
  })

  it('by the form of the page works without JavaScript; what is refused is told there', async () => {
    const cookie = await signIn(portal, { client_id: 'acme', iat: soon, exp: soon + 3600 })
    const { id } = await caseOf('2')
    const page = await portal.app.inject({ url: `/cases/${id}`, headers: { cookie } })
    expect(page.body).toContain('<summary>Change the description</summary>')
    const csrf = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const submit = (description: string, token = csrf) =>
      portal.app.inject({
        method: 'POST',
        url: `/cases/${id}/description`,
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ description, _csrf: token }).toString(),
      })
    expect((await submit(good, '')).statusCode).toBe(403)
    const refused = await submit(' ')
    expect([refused.statusCode, refused.body]).toEqual([400, expect.stringContaining('Write a description')])
    const answer = await submit(good)
    expect([answer.statusCode, answer.headers.location]).toEqual([303, `/cases/${id}`])
    expect(await caseOf('2')).toMatchObject({ claimDescription: good, describedBy: 'user-1' })
  })

  it('ends when the case is not new any more', async () => {
    const { id } = await caseOf('1')
    await post(`/api/cases/${id}/withdraw`, { reason: 'Paid' })
    const answer = await put(id, good)
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'case_not_new'])
    const cookie = await signIn(portal, { client_id: 'acme', iat: soon, exp: soon + 3600 })
    const page = await portal.app.inject({ url: `/cases/${id}`, headers: { cookie } })
    expect(page.body).not.toContain('name="description"')
    await portal.ctx.db
      .updateTable('cases')
      .set({ status: 'pending_verification', withdrawn_reason: null })
      .where('id', '=', id)
      .execute()
  })
})

describe('withdrawing', () => {
  it('needs a reason, is told once, and a second time changes nothing', async () => {
    const { id } = await caseOf('3')
    expect((await post(`/api/cases/${id}/withdraw`, { reason: ' ' })).statusCode).toBe(400)
    const answer = await post(`/api/cases/${id}/withdraw`, { reason: 'Paid in cash' })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ status: 'withdrawn', withdrawnReason: 'Paid in cash' })
    const again = await post(`/api/cases/${id}/withdraw`, { reason: 'Other' })
    expect(again.json().events).toEqual(answer.json().events)
    expect((await get('/api/invoices/3')).json()).toMatchObject({
      caseId: id,
      caseStatus: 'withdrawn',
      blockers: [{ code: 'already_a_case', message: expect.stringContaining('withdrawn') }],
    })
    expect((await get('/api/cases?status=withdrawn')).json().items).toHaveLength(1)
  })

  it('of another client’s case is "not found", and nothing happens', async () => {
    const { id } = await caseOf('4')
    expect((await post(`/api/cases/${id}/withdraw`, { reason: 'x' }, strangers)).statusCode).toBe(404)
    expect((await post(`/api/cases/${id}/reinstate`, undefined, strangers)).statusCode).toBe(404)
    expect((await caseOf('4')).status).toBe('pending_verification')
  })

  it('by the form of the page works without JavaScript, and needs the CSRF token', async () => {
    const cookie = await signIn(portal, { client_id: 'acme', iat: soon, exp: soon + 3600 })
    const { id } = await caseOf('4')
    const page = await portal.app.inject({ url: `/cases/${id}`, headers: { cookie } })
    const csrf = /name="_csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const submit = (fields: Record<string, string>) =>
      portal.app.inject({
        method: 'POST',
        url: `/cases/${id}/withdraw`,
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams(fields).toString(),
      })
    expect((await submit({ reason: 'Promised' })).statusCode).toBe(403)
    const answer = await submit({ reason: 'Promised', _csrf: csrf })
    expect([answer.statusCode, answer.headers.location]).toEqual([303, `/cases/${id}`])
    expect(await caseOf('4')).toMatchObject({ status: 'withdrawn', withdrawnReason: 'Promised' })
  })
})

it('a case whose invoice Zoho cannot be asked about is not reinstated', async () => {
  const { id } = await caseOf('3')
  await portal.ctx.db.updateTable('connections').set({ state: 'reconnect_required' }).execute()
  const answer = await post(`/api/cases/${id}/reinstate`)
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([
    409,
    expect.stringContaining('application/problem+json'),
  ])
  expect((await caseOf('3')).status).toBe('withdrawn')
})
