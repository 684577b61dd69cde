/** Customers: staged after the invoices, within what these leave of the budget, and filled in where an invoice lacks something. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { findCase } from '../../../db/cases/portal-cases.repo.ts'
import { deleteStagedData, findConnection } from '../../../db/connections/connections.repo.ts'
import { asPortalReader } from '../../../db/core/database.ts'
import { syncDebtorsJob } from '../../../jobs/sync-debtors.job.ts'
import { createCases } from '../../../src/cases/create-cases.ts'
import { submitCommand } from '../../../src/cases/submit-command.ts'
import { listUntypedDebtors } from '../../../src/invoices/list-invoices.ts'
import { connectionState } from '../../../src/portal/api/connection-state.ts'
import { restageInvoice } from '../../../src/sync/restage-invoice.ts'
import { setDebtorTypes } from '../../../src/sync/set-debtor-types.ts'
import { askedScopes } from '../../../src/zoho/scopes.ts'
import { afterAnswer } from '../../support/after-answer.ts'
import { attemptJob } from '../../support/attempt-job.ts'
import type { TestConfig, TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { simulatedContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { connectTo, settle, stagedOf, syncNow } from './support.ts'

let test: TestDatabase
let simulator: Simulator
let ctx: TestContext

const contextWith = (zoho: TestConfig['zoho'] = {}) =>
  simulatedContext(test.db, simulator, { config: { zoho: { requestsPerMinute: 1_000_000, ...zoho } } })

beforeAll(async () => {
  test = await createTestDatabase({ poolSize: 10 })
  simulator = await startSimulator({ invoices: 0, switches: { throttleTokens: false } })
  ctx = contextWith()
})
afterEach(() => {
  simulator.control.clearRules()
  simulator.control.setLimits('off')
  simulator.control.setClockRate(1)
})
afterAll(async () => {
  await simulator.close()
  await test.drop()
})

/** 100 pages of invoices and 50 of customers; at 200 a page these are 20,000 and 10,000. */
const loadPerPage = Number(process.env['DEBTOR_LOAD_PER_PAGE'] ?? 10)
const namesOf = (organizationId: string) =>
  new Set(simulator.control.invoices(organizationId).map(({ customerName }) => customerName))

const invoicesOnly = ['ZohoBooks.invoices.READ', 'ZohoBooks.settings.READ']

const books = async (
  invoices: number,
  { own = ctx, granted }: { own?: TestContext; granted?: string[] } = {},
) => {
  const organizationId = simulator.control.addOrganization({ invoices })
  const connection = await connectTo(
    own,
    simulator,
    organizationId,
    granted ? { grantedScopes: granted } : {},
  )
  const requests = (path: string) =>
    simulator.control.requests({ path, query: { organization_id: organizationId } })
  return { organizationId, id: connection.id, clientId: connection.client_id, requests }
}

const attempt = (own: TestContext, connectionId: string) => attemptJob(own, syncDebtorsJob, { connectionId })

/** What Zoho lists as unpaid, read without any of our code. */
const listRaw = async (organizationId: string) => {
  const { accessToken } = simulator.control.grant()
  const answer = await fetch(
    `${simulator.url}/books/v3/invoices?organization_id=${organizationId}&filter_by=Status.Unpaid`,
    { headers: { authorization: `Zoho-oauthtoken ${accessToken}` } },
  )
  return (await answer.json()) as { invoices: { invoice_id: string; company_name: string }[] }
}

const syncOf = (id: string) =>
  test.db.selectFrom('debtor_syncs').selectAll().where('connection_id', '=', id).executeTakeFirst()
const debtorsOf = (id: string) =>
  test.db
    .selectFrom('staged_debtors')
    .selectAll()
    .where('connection_id', '=', id)
    .orderBy('zoho_customer_id')
    .execute()
const makeDue = (id: string) =>
  sql`update debtor_syncs set next_sync_at = now() where connection_id = ${id}`.execute(test.db)
const invoiceOf = async (id: string, invoiceId: string) =>
  (await stagedOf(test.db, id)).find((row) => row.zoho_invoice_id === invoiceId)

const customer = { customer_id: '260000000000500777', customer_name: 'Jane Doe', company_name: '' }

it('are read after the invoices, once each, and tell companies from private persons', async () => {
  const { id, organizationId, requests } = await books(60)
  await syncNow(ctx, id, 'full')
  expect(requests('/contacts')).toEqual([])
  expect(await attempt(ctx, id)).toBeNull()
  expect(requests('/contacts')).toHaveLength(1)
  const debtors = await debtorsOf(id)
  expect(new Set(debtors.map(({ type }) => type))).toEqual(new Set(['Company', 'Private']))
  const types = new Map(debtors.map((row) => [row.zoho_customer_id, row.type]))
  for (const row of await stagedOf(test.db, id)) {
    expect(row.debtor_type).toBe(types.get(row.zoho_customer_id ?? ''))
    expect(row.debtor_type_source).toBe('contact')
    expect(row.debtor_contact_person).not.toBeNull()
  }
  expect(await syncOf(id)).toMatchObject({ next_sync_at: null, error_code: null, next_page: 1 })
  // a second full run finds nothing changed by what was filled in
  await syncNow(ctx, id, 'full')
  const { rows } = await sql<{ rows_changed: number }>`
    select rows_changed from sync_runs where connection_id = ${id} order by started_at desc limit 1`.execute(
    test.db,
  )
  expect(rows[0]?.rows_changed).toBe(0)
  expect(simulator.control.unpaidTruth(organizationId)).toHaveLength((await stagedOf(test.db, id)).length)
})

it('fill in the e-mail and phone that an invoice lacks, and the field says where they come from', async () => {
  const { id, organizationId } = await books(0)
  const missing = {
    ...customer,
    email: '',
    phone: '',
    billing_address: { phone: '' },
    organization_id: organizationId,
  }
  const invoice = simulator.control.addInvoice(missing)
  const own = simulator.control.addInvoice({
    ...customer,
    email: 'own@invoice.example',
    organization_id: organizationId,
  })
  await syncNow(ctx, id, 'full')
  expect((await invoiceOf(id, invoice))?.warnings.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['email_missing', 'phone_missing']),
  )
  simulator.control.editContact(
    customer.customer_id,
    { email: 'jane@doe.example', phone: '', mobile: '+49 151 23456789', vat_reg_no: 'DE 123' },
    organizationId,
  )
  await attempt(ctx, id)
  const filled = await invoiceOf(id, invoice)
  expect(filled).toMatchObject({
    debtor_email: 'jane@doe.example',
    debtor_email_source: 'contact',
    debtor_phone: '+49 151 23456789',
    debtor_phone_source: 'contact',
    debtor_type: 'Private',
    debtor_company_registration_number: 'DE 123',
  })
  // a private person's claim always needs a description; and what was filled in is missed no longer
  const warned = filled?.warnings.map(({ code }) => code)
  expect(warned).toContain('description_needed')
  expect(warned).not.toContain('email_missing')
  expect(warned).not.toContain('phone_missing')
  expect(await invoiceOf(id, own)).toMatchObject({
    debtor_email: 'own@invoice.example',
    debtor_email_source: null,
  })

  // a change of the invoice keeps what was filled in; a change of the customer replaces it
  simulator.control.edit(invoice, { reference_number: 'PO 12' })
  await syncNow(ctx, id, 'incremental')
  expect(await invoiceOf(id, invoice)).toMatchObject({
    claim_description: 'PO 12',
    debtor_email: 'jane@doe.example',
  })
  simulator.control.advanceClock(1_000)
  simulator.control.editContact(customer.customer_id, { email: 'new@doe.example' }, organizationId)
  await makeDue(id)
  await attempt(ctx, id)
  expect(await invoiceOf(id, invoice)).toMatchObject({
    debtor_email: 'new@doe.example',
    debtor_email_source: 'contact',
  })
})

it('go into the case', async () => {
  const { id, organizationId, clientId } = await books(0)
  const invoice = simulator.control.addInvoice({ ...customer, email: '', organization_id: organizationId })
  simulator.control.editContact(
    customer.customer_id,
    { email: 'jane@doe.example', vat_reg_no: 'DE 123' },
    organizationId,
  )
  await syncNow(ctx, id, 'full')
  await attempt(ctx, id)
  const { id: commandId } = await submitCommand(ctx, {
    clientId,
    subject: 'user-1',
    ip: null,
    selection: { zohoInvoiceIds: [invoice] },
    confirmUndisputed: true,
  })
  await createCases(ctx, commandId)
  const { id: caseId } = await test.db
    .selectFrom('cases')
    .select('id')
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow()
  expect(await asPortalReader(test.db, clientId, (trx) => findCase(trx, caseId))).toMatchObject({
    debtor_type: 'Private',
    debtor_type_source: 'contact',
    debtor_contact_person: 'Max Muster',
    debtor_company_registration_number: 'DE 123',
    debtor_email: 'jane@doe.example',
    debtor_email_source: 'contact',
  })
})

it.each([
  ['no record can be read', invoicesOnly],
  ['the record does not tell', undefined],
])(
  'the client is asked where %s, and the answer is remembered until the record tells',
  async (_, granted) => {
    const { id, organizationId, clientId } = await books(0, granted ? { granted } : {})
    const one = { ...customer, customer_id: '260000000000500888', organization_id: organizationId }
    const invoice = simulator.control.addInvoice(one)
    simulator.control.editContact(one.customer_id, { customer_sub_type: '' }, organizationId)
    const look = async () => {
      await syncNow(ctx, id, 'full')
      await makeDue(id)
      await attempt(ctx, id)
    }
    const asked = () => listUntypedDebtors(ctx, clientId, { only: [invoice], eligibility: 'eligible' }, 10)
    await look()
    expect(await asked()).toEqual([{ zohoCustomerId: one.customer_id, name: 'Jane Doe', invoices: 1 }])
    const say = (type: 'Company' | 'Private') =>
      setDebtorTypes(ctx, { clientId, subject: 'user-1', ip: null }, [
        { zohoCustomerId: one.customer_id, type },
      ])
    await say('Company')
    await say('Private')
    const said = { debtor_type: 'Private', debtor_type_source: 'client' }
    const judged = await invoiceOf(id, invoice)
    expect(judged).toMatchObject(said)
    expect(judged?.warnings.map(({ code }) => code)).toContain('description_needed')
    expect(await asked()).toEqual([])
    // another invoice of the same debtor, one that changed, and a list of everything
    const other = simulator.control.addInvoice(one)
    simulator.control.pay(invoice, 1)
    await look()
    for (const each of [invoice, other]) expect(await invoiceOf(id, each)).toMatchObject(said)
    await test.db
      .updateTable('connections')
      .set({ granted_scopes: [...askedScopes] })
      .where('id', '=', id)
      .execute()
    simulator.control.advanceClock(1_000)
    simulator.control.editContact(one.customer_id, { customer_sub_type: 'business' }, organizationId)
    await look()
    expect(await invoiceOf(id, invoice)).toMatchObject({
      debtor_type: 'Company',
      debtor_type_source: 'contact',
    })
  },
)

describe('a walk', () => {
  it('reads only what changed after the first one, also where Zoho ignores the filter', async () => {
    const own = contextWith({ perPage: 5 })
    const { id, organizationId, requests } = await books(100, { own })
    await syncNow(own, id, 'full')
    await attempt(own, id)
    const all = requests('/contacts').length
    expect(all).toBeGreaterThan(3)
    simulator.control.advanceClock(20 * 60_000)
    const [first] = await debtorsOf(id)
    const changed = first?.zoho_customer_id ?? ''
    simulator.control.editContact(changed, { email: 'changed@customer.example' }, organizationId)
    await makeDue(id)
    await attempt(own, id)
    expect(requests('/contacts')).toHaveLength(all + 1)
    expect((await debtorsOf(id))[0]).toMatchObject({ email: 'changed@customer.example' })

    await sql`update debtor_syncs set next_sync_at = now(), watermark = now() where connection_id = ${id}`.execute(
      test.db,
    )
    simulator.control.fail({
      match: { path: '/contacts$' },
      action: {
        patch: {
          page_context: { has_more_page: true },
          contacts: [
            { contact_id: '1', contact_type: 'customer', last_modified_time: '2020-01-01T00:00:00+0000' },
          ],
        },
      },
    })
    await attempt(own, id)
    expect(requests('/contacts')).toHaveLength(all + 2)
  })

  it('goes on from its last page after a failure, and keeps what it staged', async () => {
    const own = contextWith({ perPage: 5 })
    const { id, requests } = await books(100, { own })
    await syncNow(own, id, 'full')
    simulator.control.fail({ match: { path: '/contacts$', query: { page: '3' } }, action: 'html502' })
    expect(await attempt(own, id)).toBe('zoho_unavailable')
    expect(await syncOf(id)).toMatchObject({
      next_page: 3,
      error_code: 'zoho_unavailable',
      lease_token: null,
    })
    expect(await debtorsOf(id)).toHaveLength(10)
    await makeDue(id)
    expect(await attempt(own, id)).toBeNull()
    const pages = requests('/contacts').map(({ query }) => query['page'])
    expect(pages.filter((page) => page === '1')).toHaveLength(1)
    expect(await syncOf(id)).toMatchObject({ next_page: 1, error_code: null, failures: 0 })
  })

  it('waits while a run is under way or a command is being carried out', async () => {
    const { id, clientId, requests } = await books(5)
    await syncNow(ctx, id, 'full')
    const { id: commandId } = await submitCommand(ctx, {
      clientId,
      subject: 'user-1',
      ip: null,
      selection: { filter: { eligibility: 'all' } },
      confirmUndisputed: true,
    })
    await attempt(ctx, id)
    expect(requests('/contacts')).toEqual([])
    await createCases(ctx, commandId)
    await settle(ctx, id)
    await createCases(ctx, commandId)
    await makeDue(id)
    await sql`update connections set next_sync_at = now() where id = ${id}`.execute(test.db)
    await attempt(ctx, id)
    expect(requests('/contacts')).toEqual([])
    await settle(ctx, id)
    await makeDue(id)
    await attempt(ctx, id)
    expect(requests('/contacts')).toHaveLength(1)
  })

  it('changes nothing any more when its connection has turned to another organization meanwhile', async () => {
    const { id, requests } = await books(5)
    await syncNow(ctx, id, 'full')
    const turning = afterAnswer(ctx, 'listContacts', 1, () =>
      test.db.transaction().execute((trx) => deleteStagedData(trx, id)),
    )
    await attempt(turning, id)
    expect(requests('/contacts')).toHaveLength(1)
    expect(await debtorsOf(id)).toEqual([])
  })

  it('stays within the sliding minute, is refused by nobody and begins after the last page of invoices', async () => {
    // the clock runs 60 times faster on both sides; a minute is one second
    simulator.control.setClockRate(60)
    simulator.control.setLimits({ perMinute: 100, perDay: 1_000_000, concurrent: 10 })
    const own = contextWith({ requestsPerMinute: 100, minuteMs: 1_000, perPage: loadPerPage })
    const { id, organizationId, requests } = await books(100 * loadPerPage, { own })
    for (let more = namesOf(organizationId).size; more < 50 * loadPerPage; more += 1)
      simulator.control.editContact(`99${more}`, { contact_name: `Customer ${more}` }, organizationId)
    await syncNow(own, id, 'full')
    let wait: number | null = 0
    while (wait !== null) {
      await sleep(wait)
      await attempt(own, id)
      const { rows } = await sql<{ ms: number | null }>`
        select case when next_sync_at is not null then greatest(1, extract(epoch from next_sync_at - now()) * 1000) end::float8 as ms
        from debtor_syncs where connection_id = ${id}`.execute(test.db)
      wait = rows[0]?.ms ?? null
    }
    const contacts = requests('/contacts')
    expect(contacts).toHaveLength(Math.ceil((await debtorsOf(id)).length / loadPerPage))
    expect(contacts.length).toBeGreaterThanOrEqual(50)
    const invoices = requests('/invoices')
    expect([...contacts, ...invoices].filter(({ status }) => status !== 200)).toEqual([])
    expect(contacts[0]?.id).toBeGreaterThan(invoices.at(-1)?.id ?? 0)
    expect((await stagedOf(test.db, id)).filter((row) => row.debtor_hash === null)).toEqual([])
  }, 120_000)
})

describe('without the right to read customers', () => {
  it('everything else works, a company name tells a company with a warning, and the connection says what a reconnect would bring', async () => {
    const { id, organizationId, clientId, requests } = await books(20, { granted: invoicesOnly })
    await syncNow(ctx, id, 'full')
    expect(await syncOf(id)).toBeUndefined()
    expect(requests('/contacts')).toEqual([])
    expect((await stagedOf(test.db, id)).length).toBeGreaterThan(10)
    const { invoices } = await listRaw(organizationId)
    for (const { invoice_id, company_name } of invoices) {
      const company = company_name !== ''
      const row = await invoiceOf(id, invoice_id)
      expect([row?.debtor_type, row?.debtor_type_source]).toEqual(
        company ? ['Company', 'company_name'] : [null, null],
      )
      expect(row?.warnings.some(({ code }) => code === 'debtor_type_assumed')).toBe(company)
    }
    // an answer by id does not name the company (contract 7): what was assumed stays
    const { invoice_id: changed = '' } = invoices.find(({ company_name }) => company_name !== '') ?? {}
    simulator.control.edit(changed, { reference_number: 'PO 12' })
    const connection = await findConnection(test.db, id)
    if (connection) await restageInvoice(ctx, connection, changed, { priority: 'background' })
    const reread = await invoiceOf(id, changed)
    expect(reread).toMatchObject({ claim_description: 'PO 12', debtor_type: 'Company' })
    expect(reread?.warnings.map(({ code }) => code)).toContain('debtor_type_assumed')
    expect(await connectionState(ctx, clientId)).toMatchObject({
      state: 'active',
      missing: [{ feature: 'debtors', action: 'reconnect' }],
    })
  })

  it('a user whom Zoho lets read no customers is told so, and asked again only a day later', async () => {
    const { id, clientId, requests } = await books(5)
    await syncNow(ctx, id, 'full')
    expect(await connectionState(ctx, clientId)).not.toHaveProperty('missing')
    simulator.control.fail({
      match: { path: '/contacts$' },
      times: 0,
      action: {
        status: 401,
        body: { code: 57, message: 'You are not authorized to perform this operation' },
      },
    })
    expect(await attempt(ctx, id)).toBe('zoho_permission_missing')
    const asked = requests('/contacts').length
    const hoursLeft = async () => {
      const { rows } = await sql<{ hours: number }>`
        select extract(epoch from next_sync_at - now())::float8 / 3600 as hours from debtor_syncs where connection_id = ${id}`.execute(
        test.db,
      )
      return rows[0]?.hours
    }
    await syncNow(ctx, id, 'full')
    await attempt(ctx, id)
    expect(requests('/contacts')).toHaveLength(asked)
    expect(await hoursLeft()).toBeGreaterThan(20)
    expect(await hoursLeft()).toBeLessThan(28)
    expect(await connectionState(ctx, clientId)).toMatchObject({
      state: 'active',
      missing: [{ feature: 'debtors', action: 'ask_administrator' }],
    })
  })
})
