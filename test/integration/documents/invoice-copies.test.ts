/** The copy of a case's invoice: once, whole, as it was, and with a reason where there is none. */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { claimDueRows } from '../../../db/jobs/due-rows.repo.ts'
import { getCase, listClientCases } from '../../../src/cases/get-case.ts'
import { storeGrant } from '../../../src/connections/store-grant.ts'
import { listCaseDocuments } from '../../../src/documents/get-documents.ts'
import { deleteLooseObjects } from '../../../src/documents/keep-content.ts'
import { builtInPolicy } from '../../../src/eligibility/policy.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { type S3Server, startS3Server } from '../../support/s3-server.ts'
import { simulatedContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { connectTo } from '../sync/support.ts'
import { attemptCopy, contentOf, copyOf, makeCases } from './support.ts'

describe.each([
  ['in PostgreSQL', false],
  ['in an S3-compatible store', true],
] as const)('a copy kept %s', (_where, inStore) => {
  let test: TestDatabase
  let simulator: Simulator
  let s3: S3Server | undefined
  let ctx: TestContext
  let organizationId: string
  let connection: BuiltConnection

  const context = () =>
    simulatedContext(test.db, simulator, {
      policy: builtInPolicy,
      documentStore: s3?.store,
      timeouts: { documentMs: 3_000 },
      config: { zoho: { requestsPerMinute: 1_000_000 } },
    })

  beforeAll(async () => {
    s3 = inStore ? await startS3Server() : undefined
    test = await createTestDatabase({ poolSize: 10 })
    simulator = await startSimulator({ invoices: 0, switches: { throttleTokens: false } })
  })
  afterAll(async () => {
    await simulator.close()
    await test.drop()
    await s3?.close()
  })
  beforeEach(async () => {
    simulator.control.clearRules()
    ctx = context()
    organizationId = simulator.control.addOrganization({ invoices: 0 })
    connection = await connectTo(ctx, simulator, organizationId)
  })

  const add = (fields: Parameters<Simulator['control']['addInvoice']>[0] = {}) =>
    simulator.control.addInvoice({ organization_id: organizationId, ...fields })

  /** One case whose copy is still to come. */
  const aCase = async (fields: Parameters<Simulator['control']['addInvoice']>[0] = {}) => {
    const invoiceId = add(fields)
    const [caseId = ''] = await makeCases(ctx, connection, [invoiceId])
    return { invoiceId, caseId, copy: await copyOf(test.db, caseId) }
  }

  /** What Zoho would give to somebody who downloads it there. */
  const atZoho = async (invoiceId: string): Promise<Buffer> => {
    const { origin, accessToken } = simulator.control.grant()
    const answer = await fetch(
      `${origin}/books/v3/invoices/${invoiceId}?organization_id=${organizationId}&accept=pdf`,
      { headers: { authorization: `Zoho-oauthtoken ${accessToken}` } },
    )
    return Buffer.from(await answer.arrayBuffer())
  }

  const failPdf = (action: Parameters<Simulator['control']['fail']>[0]['action'], times = 1) =>
    simulator.control.fail({ match: { query: { accept: 'pdf' } }, times, action })

  const evidenceOf = async (caseId: string) =>
    (await getCase(ctx, { clientId: connection.client_id, caseId })).evidence

  const secondsUntil = async (documentId: string): Promise<number> => {
    const { rows } = await sql<{ seconds: number }>`
    select extract(epoch from next_attempt_at - now())::float8 as seconds from case_documents where id = ${documentId}`.execute(
      test.db,
    )
    return rows[0]?.seconds ?? Number.NaN
  }

  it('is Zoho’s PDF byte for byte, and makes a case of over USD 10,000 complete', async () => {
    const { invoiceId, caseId, copy } = await aCase({ total: 12_000 })
    expect(copy).toMatchObject({ state: 'pending', added_by: 'zoho', connection_id: connection.id })
    expect(ctx.nudged).toContainEqual({ job: 'fetch-invoice-pdf', id: copy.id })
    expect(await evidenceOf(caseId)).toEqual({
      required: ['file'],
      present: [],
      onItsWay: ['file'],
      complete: false,
    })
    expect(await attemptCopy(ctx, copy.id)).toBeNull()
    const stored = await copyOf(test.db, caseId)
    const original = await atZoho(invoiceId)
    expect(original.subarray(0, 5).toString()).toBe('%PDF-')
    expect((await contentOf(ctx, stored.file_id)).equals(original)).toBe(true)
    expect(await listCaseDocuments(ctx, { clientId: connection.client_id, caseId })).toMatchObject([
      {
        kind: 'invoice',
        state: 'stored',
        contentType: 'application/pdf',
        sizeBytes: original.length,
        sha256: createHash('sha256').update(original).digest('hex'),
        problem: null,
      },
    ])
    expect(await evidenceOf(caseId)).toEqual({
      required: ['file'],
      present: ['file'],
      onItsWay: [],
      complete: true,
    })
  })

  it('against a private person is not enough without a description, which the invoice may give', async () => {
    const person = { customer_name: 'Jane Doe', company_name: '' }
    const described = add({ ...person, reference_number: 'Delivery of 12 desks in March' })
    const bare = add({ ...person, reference_number: 'PO 1' })
    const caseIds = await makeCases(ctx, connection, [described, bare])
    for (const caseId of caseIds)
      expect(await attemptCopy(ctx, (await copyOf(test.db, caseId)).id)).toBeNull()
    expect(await Promise.all(caseIds.map(evidenceOf))).toEqual([
      { required: ['file', 'description'], present: ['file', 'description'], onItsWay: [], complete: true },
      { required: ['file', 'description'], present: ['file'], onItsWay: [], complete: false },
    ])
    const listed = async (evidence: 'complete' | 'incomplete') =>
      (await listClientCases(ctx, connection.client_id, { limit: 10, filter: { evidence } })).items.map(
        ({ id }) => id,
      )
    expect([await listed('complete'), await listed('incomplete')]).toEqual(caseIds.map((id) => [id]))
  })

  it('stays what it was when the invoice changes, and when the job comes again', async () => {
    const { invoiceId, caseId, copy } = await aCase()
    const original = await atZoho(invoiceId)
    await attemptCopy(ctx, copy.id)
    simulator.control.pay(invoiceId, 100)
    expect((await atZoho(invoiceId)).equals(original)).toBe(false)
    const asked = simulator.control.requests({ query: { accept: 'pdf' } }).length
    expect(await attemptCopy(ctx, copy.id)).toBeNull()
    expect(simulator.control.requests({ query: { accept: 'pdf' } })).toHaveLength(asked)
    const { file_id: fileId } = await copyOf(test.db, caseId)
    expect((await contentOf(ctx, fileId)).equals(original)).toBe(true)
  })

  it('is stored once when two workers fetch it at the same time', async () => {
    const { caseId, copy } = await aCase()
    expect(await Promise.all([attemptCopy(ctx, copy.id), attemptCopy(ctx, copy.id)])).toEqual([null, null])
    const { file_id: fileId } = await copyOf(test.db, caseId)
    const files = await test.db
      .selectFrom('document_files')
      .select('id')
      .where('client_id', '=', connection.client_id)
      .execute()
    expect(files).toEqual([{ id: fileId }])
  })

  it.each([
    ['a page of HTML', { status: 200, body: '<html></html>', headers: { 'content-type': 'text/html' } }],
    [
      'HTML that calls itself a PDF',
      { status: 200, body: '<html></html>', headers: { 'content-type': 'application/pdf' } },
    ],
    [
      'a PDF without its end',
      { status: 200, body: '%PDF-1.4 and no more', headers: { 'content-type': 'application/pdf' } },
    ],
    ['JSON', { status: 200, body: { code: 0, invoice: {} } }],
  ])('%s in its place is not stored, and is asked for again until it is given up', async (_, action) => {
    const { caseId, copy } = await aCase()
    failPdf(action, 0)
    expect(await attemptCopy(ctx, copy.id)).toBe('zoho_document_invalid')
    expect(await copyOf(test.db, caseId)).toMatchObject({ state: 'pending', attempts: 1, file_id: null })
    expect(await secondsUntil(copy.id)).toBeGreaterThan(55)
    await sql`update case_documents set attempts = 11 where id = ${copy.id}`.execute(test.db)
    expect(await attemptCopy(ctx, copy.id)).toBe('zoho_document_invalid')
    expect(await copyOf(test.db, caseId)).toMatchObject({
      state: 'failed',
      error_code: 'zoho_document_invalid',
      next_attempt_at: null,
      file_id: null,
    })
    expect(await listCaseDocuments(ctx, { clientId: connection.client_id, caseId })).toMatchObject([
      { state: 'failed', problem: { code: 'zoho_document_invalid' } },
    ])
  })

  it.each([
    ['a byte more than 25 MB', { padTo: 25 * 1024 * 1024 + 1 }, 'document_too_large'],
    ['an invoice that is gone', { status: 404, body: { code: 1002, message: '' } }, 'zoho_invoice_gone'],
  ] as const)('%s ends it at once', async (_, action, code) => {
    const { caseId, copy } = await aCase()
    failPdf(action)
    expect(await attemptCopy(ctx, copy.id)).toBe(code)
    expect(await copyOf(test.db, caseId)).toMatchObject({ state: 'failed', error_code: code })
  })

  it.each([
    ['one that is cut off', 'truncate'],
    ['one that is too slow', 'hang'],
    ['a gateway’s page', 'html502'],
  ] as const)('%s is asked for again, and holds up the others no longer than a minute', async (_, action) => {
    const [first = '', second = ''] = await makeCases(ctx, connection, [add(), add()])
    failPdf(action)
    expect(await attemptCopy(ctx, (await copyOf(test.db, first)).id)).toBe('zoho_unavailable')
    expect(await copyOf(test.db, first)).toMatchObject({
      state: 'pending',
      attempts: 1,
      error_code: 'zoho_unavailable',
    })
    expect(await secondsUntil((await copyOf(test.db, second)).id)).toBeLessThanOrEqual(60)
    expect(await copyOf(test.db, second)).toMatchObject({ attempts: 0 })
    expect(await attemptCopy(ctx, (await copyOf(test.db, first)).id)).toBeNull()
  })

  it('leaves a tenth of the minute to the invoices; a refusal costs no attempt and holds up all alike', async () => {
    const caseIds = await makeCases(ctx, connection, [add(), add(), add()])
    const [first, second, third] = await Promise.all(caseIds.map((id) => copyOf(test.db, id)))
    const slow = { ...ctx, config: { ...ctx.config, zoho: { ...ctx.config.zoho, requestsPerMinute: 20 } } }
    await sql`delete from organization_budgets`.execute(test.db)
    await sql`insert into organization_budgets (data_center, zoho_organization_id, request_times)
    select 'sim', ${organizationId}, array_agg(clock_timestamp()) from generate_series(1, 17)`.execute(
      test.db,
    )
    expect(await attemptCopy(slow, first?.id ?? '')).toBeNull()
    expect(await attemptCopy(slow, second?.id ?? '')).toBe('zoho_minute_limit')
    for (const one of [second, third])
      expect(
        await test.db
          .selectFrom('case_documents')
          .selectAll()
          .where('id', '=', one?.id ?? '')
          .executeTakeFirst(),
      ).toMatchObject({ state: 'pending', attempts: 0, error_code: 'zoho_minute_limit' })
    expect(await secondsUntil(third?.id ?? '')).toBeGreaterThan(14)
  })

  it('waits for a consent, is given up with the connection, and comes with the next one', async () => {
    const { caseId, copy } = await aCase()
    const due = async () =>
      (await claimDueRows(test.db, 'fetch-invoice-pdf', { limit: 100, staleSeconds: 0 })).some(
        ({ id }) => id === copy.id,
      )
    const move = (state: 'active' | 'reconnect_required' | 'disconnected') =>
      test.db.updateTable('connections').set({ state }).where('id', '=', connection.id).execute()
    expect(await due()).toBe(true)
    await move('reconnect_required')
    expect(await due()).toBe(false)
    await move('disconnected')
    expect(await due()).toBe(true)
    expect(await attemptCopy(ctx, copy.id)).toBe('connection_gone')
    expect(await listCaseDocuments(ctx, { clientId: connection.client_id, caseId })).toMatchObject([
      { state: 'failed', problem: { code: 'connection_gone', message: expect.stringContaining('removed') } },
    ])
    const { accessToken, refreshToken } = simulator.control.grant()
    const dataCenter = ctx.zoho.dataCenter('sim')
    await storeGrant(ctx, {
      grant: { accessToken, refreshToken, expiresIn: 3_600, scope: 'ZohoBooks.invoices.READ', dataCenter },
      organizations: (await ctx.zoho.listOrganizations({ dataCenter, accessToken })).organizations.filter(
        ({ id }) => id === organizationId,
      ),
      person: { clientId: connection.client_id, subject: 'user-1', ip: null },
    })
    expect(await due()).toBe(true)
    expect(await attemptCopy(ctx, copy.id)).toBeNull()
    expect(await copyOf(test.db, caseId)).toMatchObject({ state: 'stored', error_code: null })
  })

  it('two copies of a client are in the queue at once, however many it has', async () => {
    await makeCases(ctx, connection, [add(), add(), add(), add()])
    const claimed = await claimDueRows(test.db, 'fetch-invoice-pdf', { limit: 100, staleSeconds: 3_600 })
    const own = await test.db
      .selectFrom('case_documents')
      .select('id')
      .where('client_id', '=', connection.client_id)
      .where(
        'id',
        'in',
        claimed.map(({ id }) => id),
      )
      .execute()
    expect(own).toHaveLength(2)
  })

  if (inStore)
    it.each(['down', 'cut-up'] as const)(
      'waits while the store is %s, asks Zoho for nothing that could not be kept, and comes when it is back',
      async (fault) => {
        const server = s3 as S3Server
        const { invoiceId, caseId, copy } = await aCase()
        const before = await server.keys()
        server.fail(fault)
        const asked = simulator.control.requests({ query: { accept: 'pdf' } }).length
        expect(await attemptCopy(ctx, copy.id)).toBe('document_store_unavailable')
        if (fault === 'down')
          expect(simulator.control.requests({ query: { accept: 'pdf' } })).toHaveLength(asked)
        expect(await copyOf(test.db, caseId)).toMatchObject({
          state: 'pending',
          attempts: 0,
          error_code: 'document_store_unavailable',
        })
        expect(await secondsUntil(copy.id)).toBeGreaterThan(10)
        server.fail(undefined)
        expect(await attemptCopy(ctx, copy.id)).toBeNull()
        const { file_id: fileId } = await copyOf(test.db, caseId)
        expect((await contentOf(ctx, fileId)).equals(await atZoho(invoiceId))).toBe(true)
        await deleteLooseObjects(ctx)
        expect(await server.keys()).toHaveLength(before.length + 1)
      },
    )
})
