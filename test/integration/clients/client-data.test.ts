import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { createCases } from '../../../src/cases/create-cases.ts'
import { submitCommand } from '../../../src/cases/submit-command.ts'
import { eraseClient } from '../../../src/clients/erase-client.ts'
import { exportClient } from '../../../src/clients/export-client.ts'
import { applyRetention } from '../../../src/clients/retention.ts'
import { addDocument } from '../../../src/documents/add-document.ts'
import { verifyInvariants } from '../../../src/operator/verify-invariants.ts'
import { setDebtorTypes } from '../../../src/sync/set-debtor-types.ts'
import { syncConnection } from '../../../src/sync/sync-connection.ts'
import { aClient, aConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { aGrantedConnection, simulatedContext } from '../../support/simulated-zoho.ts'
import { stage } from '../../support/staged.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { makeDue } from '../sync/support.ts'

let test: TestDatabase
let simulator: Simulator
let ctx: TestContext

beforeEach(async () => {
  test = await createTestDatabase()
  simulator = await startSimulator({ invoices: 40, seed: 11 })
  ctx = simulatedContext(test.db, simulator)
}, 20_000)
afterEach(async () => {
  await simulator.close()
  await test.drop()
})

const operator = 'olga'
const exported = async (clientId: string) => {
  let text = ''
  await exportClient(ctx, { clientId, operator }, async (piece) => {
    text += piece
  })
  return { text, document: JSON.parse(text) as Record<string, Record<string, unknown>[]> }
}
/** Made of what is in the other tables. */
const forTheProgramAlone = ['audit_chains', 'invoice_search', 'live_signals']
/** Every table whose rows say whose they are, so that a new one is not forgotten. */
const tablesOfClients = async (): Promise<readonly string[]> => {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE' and column_name = 'client_id'`.execute(
    test.db,
  )
  return ['clients', ...rows.map(({ name }) => name)]
}
const countOf = async (table: string, clientId: string) => {
  const { rows } = await sql<{ rows: number }>`
    select count(*) as rows from ${sql.table(table)} where ${sql.ref(table === 'clients' ? 'id' : 'client_id')} = ${clientId}`.execute(
    test.db,
  )
  return rows[0]?.rows
}

/** A client who has synced and, if asked, has made cases of what is eligible. */
const aBusyClient = async ({ cases }: { cases: boolean }) => {
  const connection = await aGrantedConnection(ctx, simulator, {
    nextSyncAt: new Date(0),
    nextSyncKind: 'full',
  })
  await syncConnection(ctx, connection.id)
  const clientId = connection.client_id
  await test.db
    .insertInto('portal_sessions')
    .values({
      id_hash: `hash-of-${clientId}`,
      client_id: clientId,
      subject: 'jane@client.test',
      role: 'client',
      expires_at: new Date(Date.now() + 60_000),
    })
    .execute()
  if (cases) {
    const { id } = await submitCommand(ctx, {
      clientId,
      subject: 'jane@client.test',
      ip: '198.51.100.7',
      selection: { filter: { eligibility: 'eligible' } },
      confirmUndisputed: true,
    })
    await createCases(ctx, id)
    // so many items are proven by a full run, which the command has asked for
    await makeDue(test.db, connection.id)
    await syncConnection(ctx, connection.id)
    await createCases(ctx, id)
  }
  return { connection, clientId }
}

it('exports one JSON document with everything about the client and nothing about another', async () => {
  const { connection, clientId } = await aBusyClient({ cases: true })
  const another = await aConnection(ctx, {
    clientId: await aClient(test.db, { name: 'Another Ltd' }),
    organizationName: 'Books of another',
  })
  await stage(test.db, another, [
    { zohoInvoiceId: '404', invoice: { debtor: { name: 'Debtor of another' } } },
  ])
  await sql`update case_command_items set reasons = '[{"code": "unknown_invoice"}]' where ordinal = 1`.execute(
    test.db,
  )
  const { text, document } = await exported(clientId)
  // rows hold codes; a person reads sentences
  const findingsIn = (part: string, column: string) => document[part]?.flatMap((row) => row[column]) ?? []
  const shown = { code: expect.any(String), message: expect.stringMatching(/^\S.*\.$/) }
  for (const [part, column] of [
    ['stagedInvoices', 'blockers'],
    ['stagedInvoices', 'warnings'],
    ['cases', 'warnings'],
    ['caseCommandItems', 'reasons'],
  ] as const) {
    const found = findingsIn(part, column)
    expect(found.length).toBeGreaterThan(0)
    for (const one of found) expect(one).toMatchObject(shown)
  }
  expect(document['client']).toEqual([expect.objectContaining({ id: clientId })])
  expect(document['stagedInvoices']).toHaveLength(40)
  expect(document['cases']?.length).toBeGreaterThan(0)
  expect(document['cases']?.[0]?.['amount_to_recover']).toEqual(expect.stringMatching(/^\d+(\.\d+)?$/))
  expect(document['caseCommandItems']?.length).toBeGreaterThanOrEqual(document['cases']?.length ?? 0)
  for (const secret of [
    connection.accessToken,
    connection.refreshToken,
    connection.webhook_token_hash,
    connection.webhookToken,
    'eyJ',
    'hash-of-',
  ])
    expect(text).not.toContain(secret)
  for (const foreign of [another.client_id, another.id, 'Another Ltd', 'of another'])
    expect(text).not.toContain(foreign)
  // What the document store keeps has no table.
  const { exportedAt: _, documentObjects: __, ...parts } = document
  const inParts = (await tablesOfClients()).filter((table) => !forTheProgramAlone.includes(table))
  expect(Object.keys(parts)).toHaveLength(inParts.length)
  await expect(exported('somebody-else')).rejects.toMatchObject({ code: 'not_found' })
}, 20_000)

it('exports documents with their contents, and keeps them with the cases, without the names of people', async () => {
  const { clientId } = await aBusyClient({ cases: true })
  const [first, second] = await test.db.selectFrom('cases').select('id').limit(2).execute()
  const content = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(600_000, 'x'), Buffer.from('%%EOF')])
  const person = { clientId, subject: 'jane@client.test', ip: null }
  const upload = { fileName: 'signed by jane@client.test.pdf', content: Readable.from([content]) }
  await addDocument(ctx, { ...person, caseId: first?.id ?? '' }, upload)
  const read = async () => {
    const { text, document } = await exported(clientId)
    const chunks = document['documentChunks'] ?? []
    return {
      text,
      document,
      bytes: Buffer.concat(chunks.map(({ bytes }) => Buffer.from(String(bytes), 'base64'))),
    }
  }
  const before = await read()
  expect(before.bytes.equals(content)).toBe(true)
  expect(before.document['documentFiles']).toMatchObject([{ size_bytes: content.length }])
  expect(before.document['caseDocuments']).toContainEqual(
    expect.objectContaining({ case_id: second?.id, kind: 'invoice', state: 'pending' }),
  )
  await applyRetention(ctx)
  await sql`update document_files set created_at = '2020-01-01'`.execute(test.db)
  await applyRetention(ctx)
  const { madeAnonymous } = await eraseClient(ctx, { clientId, operator })
  expect(madeAnonymous['case_documents']).toBe(before.document['caseDocuments']?.length)
  const after = await read()
  expect(after.bytes.equals(content)).toBe(true)
  expect(after.text).not.toContain('jane@client.test')
  expect(after.document['caseDocuments']).toContainEqual(
    expect.objectContaining({ kind: 'upload', added_by: 'erased', file_name: 'erased.pdf' }),
  )
}, 20_000)

it('exports more rows than fit into one batch, each once', async () => {
  const { connection, clientId } = await aBusyClient({ cases: false })
  await sql`
    insert into staged_invoices (connection_id, zoho_invoice_id, client_id, zoho_organization_id, amount_to_recover,
      zoho_status, policy_version, content_hash, zoho_modified_at, proven_at)
    select ${connection.id}, 'x' || n, ${clientId}, '1', n, 'sent', 'p', 'h', now(), now() from generate_series(1, 1200) n`.execute(
    test.db,
  )
  const { document } = await exported(clientId)
  expect(document['stagedInvoices']).toHaveLength(1240)
  expect(new Set(document['stagedInvoices']?.map((row) => row['zoho_invoice_id'])).size).toBe(1240)
}, 20_000)

it('erases a client without cases completely, after revoking its grant at Zoho', async () => {
  const { connection, clientId } = await aBusyClient({ cases: false })
  // an upload that broke off, and an answer about a customer
  await test.db.insertInto('document_files').values({ client_id: clientId }).execute()
  await setDebtorTypes(ctx, { clientId, subject: 'jane@client.test', ip: null }, [
    { zohoCustomerId: '1', type: 'Private' },
  ])
  const erased = await eraseClient(ctx, { clientId, operator })
  expect(erased).toMatchObject({ keptCases: 0, grantsStillToRevoke: 0 })
  for (const table of await tablesOfClients())
    expect([table, await countOf(table, clientId)]).toEqual([table, 0])
  await expect(
    ctx.zoho.refresh({ dataCenter: ctx.zoho.dataCenter('sim'), refreshToken: connection.refreshToken }),
  ).resolves.toEqual({ verdict: 'revoked' })
  const trail = await test.db.selectFrom('audit_events').selectAll().execute()
  expect(trail).toEqual([
    expect.objectContaining({
      action: 'client.erased',
      actor: operator,
      subject_id: clientId,
      client_id: null,
    }),
  ])
}, 20_000)

it('keeps cases and the orders behind them as legal records, without the names of people', async () => {
  const { clientId } = await aBusyClient({ cases: true })
  const other = await aBusyClient({ cases: false })
  const before = await countOf('cases', clientId)
  const erased = await eraseClient(ctx, { clientId, operator })
  expect(before).toBeGreaterThan(0)
  expect(erased.keptCases).toBe(before)
  expect(await countOf('staged_invoices', clientId)).toBe(0)
  expect(await countOf('connections', clientId)).toBe(0)
  expect(await verifyInvariants(test.db)).toEqual([])
  const { text, document } = await exported(clientId)
  expect(text).not.toContain('jane@client.test')
  expect(text).not.toContain('198.51.100.7')
  expect(document['cases']?.[0]).toMatchObject({ created_by: 'erased', connection_id: null })
  expect(await countOf('staged_invoices', other.clientId)).toBe(40)
}, 20_000)

it('erases although Zoho is down, and leaves the grant to be revoked by the workers', async () => {
  const { clientId } = await aBusyClient({ cases: false })
  simulator.control.fail({ match: { path: 'revoke' }, times: 0, action: { status: 500, body: {} } })
  const erased = await eraseClient(ctx, { clientId, operator })
  expect(erased.grantsStillToRevoke).toBe(1)
  expect(await countOf('staged_invoices', clientId)).toBe(0)
  const left = await test.db.selectFrom('token_revocations').select(['next_attempt_at']).execute()
  expect(left).toHaveLength(1)
  expect(left[0]?.next_attempt_at).not.toBeNull()
}, 20_000)

it('keeps open invoices, cases and the trail through retention, and deletes what has outlived its time', async () => {
  const { connection, clientId } = await aBusyClient({ cases: true })
  const old = sql<Date>`now() - interval '91 days'`
  const [closed] = await test.db.selectFrom('staged_invoices').select('zoho_invoice_id').limit(1).execute()
  await test.db
    .updateTable('staged_invoices')
    .set({ state: 'paid', changed_at: old })
    .where('zoho_invoice_id', '=', closed?.zoho_invoice_id ?? '')
    .execute()
  await test.db.updateTable('staged_invoices').set({ changed_at: old }).where('state', '=', 'open').execute()
  await test.db.updateTable('sync_runs').set({ started_at: old, finished_at: old }).execute()
  await test.db.updateTable('portal_sessions').set({ expires_at: old }).execute()
  await sql`alter table audit_events disable trigger audit_events_only_added`.execute(test.db)
  await test.db.updateTable('audit_events').set({ created_at: old }).execute()
  const cases = await countOf('cases', clientId)
  const trail = await countOf('audit_events', clientId)
  await applyRetention(ctx)
  expect(await countOf('staged_invoices', clientId)).toBe(39)
  expect(await countOf('sync_runs', clientId)).toBe(0)
  expect(await countOf('portal_sessions', clientId)).toBe(0)
  expect(await countOf('cases', clientId)).toBe(cases)
  expect(await countOf('audit_events', clientId)).toBe(trail)
  expect(connection.state).toBe('active')
}, 20_000)
