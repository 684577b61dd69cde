/** Transactions that read first and write later: one is held in its middle while the other runs into it. */
import { findUnfollowedCases } from '../../../db/cases/case-follow.repo.ts'
import { moveConnection } from '../../../db/connections/connection-states.ts'
import { claimSlice } from '../../../db/sync/sync-runs.repo.ts'
import { storeRevoked } from '../../../db/tokens/oauth-tokens.repo.ts'
import { describeCase } from '../../../src/cases/describe-case.ts'
import { submitCommand } from '../../../src/cases/submit-command.ts'
import { reinstateCase, withdrawCase } from '../../../src/cases/withdraw-case.ts'
import { eraseClient } from '../../../src/clients/erase-client.ts'
import { disconnect } from '../../../src/connections/disconnect.ts'
import { switchOrganization } from '../../../src/connections/organizations.ts'
import { storeGrant } from '../../../src/connections/store-grant.ts'
import type { Organization, TokenGrant } from '../../../src/zoho/client.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { type Gate, gateAt, waitingForLocks } from '../../support/forced-order.ts'
import { aGrantedConnection, simulatedContext } from '../../support/simulated-zoho.ts'
import { stage } from '../../support/staged.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { attempt, casesOf, commandOf } from '../cases/support.ts'
import { attempt as attemptSync, runsOf } from '../sync/support.ts'

let test: TestDatabase
let simulator: Simulator
let ctx: TestContext
let connection: BuiltConnection
let gate: Gate | undefined
beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 10 })
  simulator = await startSimulator({ invoices: 20 })
  ctx = simulatedContext(test.db, simulator, { config: { zoho: { requestsPerMinute: 10_000 } } })
  connection = await aGrantedConnection(ctx, simulator)
})
afterEach(async () => {
  await gate?.open().catch(() => undefined)
  gate = undefined
  await simulator.close()
  await test.drop()
})

const person = () => ({ clientId: connection.client_id, subject: 'user-1', ip: null })
const order = async (...zohoInvoiceIds: string[]) =>
  (await submitCommand(ctx, { ...person(), selection: { zohoInvoiceIds }, confirmUndisputed: true })).id

/** A command whose job has inserted its case and is held before it says so in its history. */
const heldInTheMiddleOfACase = async () => {
  await stage(test.db, connection, [{ zohoInvoiceId: '1', proven: true }])
  const id = await order('1')
  gate = await gateAt(test, 'case_events', 'insert')
  const job = attempt(ctx, id)
  await gate.reached()
  return { id, job }
}

const revoked = () =>
  test.db.transaction().execute(async (trx) => {
    await storeRevoked(trx, { connection_id: connection.id, version: 1 })
    await moveConnection(trx, connection.id, 'reconnect_required', 'reconnect_required')
  })

/** Runs into what is held, and waits; then both go on. */
const runningInto = async <T>(held: Promise<unknown>, other: Promise<T>): Promise<T> => {
  // Either may be refused before the other has ended, and what is refused must have somebody who hears of it.
  const both = Promise.allSettled([held, other])
  await waitingForLocks(test, 2)
  await gate?.open()
  await both
  await held
  return other
}

describe('a case that is made while its connection ends', () => {
  it.each([
    ['is disconnected', () => disconnect(ctx, person())],
    ['loses its grant', revoked],
  ])('knows that nobody follows it: the connection %s', async (_how, end) => {
    const { job } = await heldInTheMiddleOfACase()
    await runningInto(job, end())
    const [made] = await casesOf(test.db)
    expect(made?.followed_until).toBeInstanceOf(Date)
  })

  it('is not made when the end came first', async () => {
    await stage(test.db, connection, [{ zohoInvoiceId: '1', proven: true }])
    const id = await order('1')
    gate = await gateAt(test, 'connection_events', 'insert')
    const ended = disconnect(ctx, person())
    await gate.reached()
    await runningInto(ended, attempt(ctx, id))
    await attempt(ctx, id)
    expect(await casesOf(test.db)).toEqual([])
    expect(await commandOf(test.db, id)).toMatchObject({ state: 'completed', created: 0 })
  })
})

it('a page that is stored while the connection ends does not leave its cases followed', async () => {
  const [first] = simulator.control.unpaidTruth()
  const invoiceId = first?.invoiceId ?? ''
  await test.db
    .updateTable('connections')
    .set({ next_sync_at: new Date(0), next_sync_kind: 'full' })
    .execute()
  await stage(test.db, connection, [{ zohoInvoiceId: invoiceId, proven: true }])
  await attempt(ctx, await order(invoiceId))
  await test.db
    .updateTable('cases')
    .set({ followed_until: new Date('2026-01-01'), invoice_as_of: new Date('2026-01-01') })
    .execute()
  await test.db
    .updateTable('staged_invoices')
    .set({ zoho_modified_at: new Date('2020-01-01'), looked_at: null, proven_at: new Date('2020-01-01') })
    .execute()

  gate = await gateAt(test, 'sync_pages', 'insert')
  const page = attemptSync(ctx, connection.id)
  await gate.reached()
  await runningInto(page, disconnect(ctx, person()))
  const [made] = await casesOf(test.db)
  // The page has told the case, and so it was followed for as long as nobody ended the connection.
  expect(made?.invoice_as_of.getTime()).toBeGreaterThan(new Date('2026-01-01').getTime())
  expect(made?.followed_until).toBeInstanceOf(Date)
  expect((await runsOf(test.db, connection.id)).map(({ state }) => state)).toEqual(['cancelled'])
})

it('cases that are taken up while the grant is lost are followed by nobody', async () => {
  await stage(test.db, connection, [{ zohoInvoiceId: '1', proven: true }])
  await attempt(ctx, await order('1'))
  await test.db
    .updateTable('cases')
    .set({ followed_until: new Date('2020-01-01') })
    .execute()
  await test.db.updateTable('connections').set({ proven_at: new Date() }).execute()

  gate = await gateAt(test, 'cases', 'update')
  const takenUp = findUnfollowedCases(test.db, connection.id, { after: undefined, limit: 10 })
  await gate.reached()
  await runningInto(takenUp, revoked())
  const [made] = await casesOf(test.db)
  expect(made?.followed_until).toBeInstanceOf(Date)
})

describe('a change of organization', () => {
  const another = () => simulator.control.organizations()[1]?.organizationId ?? ''
  const choose = () => switchOrganization(ctx, { ...person(), organizationId: another() })

  it('waits for the case that is being made of the old one, and none is made of it afterwards', async () => {
    const { id, job } = await heldInTheMiddleOfACase()
    await runningInto(job, choose())
    await attempt(ctx, id)
    expect(await casesOf(test.db)).toMatchObject([
      { zoho_organization_id: connection.zoho_organization_id, followed_until: expect.any(Date) },
    ])
    expect(await test.db.selectFrom('staged_invoices').select('zoho_invoice_id').execute()).toEqual([])
  })

  it('that two people choose at once happens once', async () => {
    gate = await gateAt(test, 'audit_events', 'insert')
    const first = choose()
    await gate.reached()
    await runningInto(first, choose())
    const changes = await test.db
      .selectFrom('audit_events')
      .select('details')
      .where('action', '=', 'connection.organization_changed')
      .execute()
    expect(changes).toEqual([{ details: { from: connection.zoho_organization_id, to: another() } }])
  })

  it('of a connection that ends meanwhile does not happen', async () => {
    gate = await gateAt(test, 'connection_events', 'insert')
    const ended = disconnect(ctx, person())
    await gate.reached()
    await expect(runningInto(ended, choose())).rejects.toMatchObject({ code: 'connection_gone' })
  })

  it('starts anew: a worker that waited for it gets no run of the old organization', async () => {
    await test.db
      .updateTable('connections')
      .set({ next_sync_at: new Date(0) })
      .execute()
    gate = await gateAt(test, 'audit_events', 'insert')
    const changed = choose()
    await gate.reached()
    const slice = await runningInto(changed, claimSlice(test.db, connection.id, { lockSeconds: 30 }))
    expect(slice?.run).toMatchObject({ zoho_organization_id: another(), kind: 'full' })
  })
})

describe('a disconnect', () => {
  it('that two people ask for at once happens once, and revokes once', async () => {
    gate = await gateAt(test, 'connection_events', 'insert')
    const first = disconnect(ctx, person())
    await gate.reached()
    await expect(runningInto(first, disconnect(ctx, person()))).rejects.toMatchObject({
      code: 'not_connected',
    })
    expect(await test.db.selectFrom('token_revocations').select('id').execute()).toHaveLength(1)
  })
})

describe('withdraw and reinstate', () => {
  const aCase = async () => {
    await stage(test.db, connection, [{ zohoInvoiceId: '1', proven: true }])
    await attempt(ctx, await order('1'))
    const [made] = await casesOf(test.db)
    return made?.id ?? ''
  }
  const typesOf = async () =>
    (await test.db.selectFrom('case_events').select('type').orderBy('id').execute()).map(({ type }) => type)

  it('two people withdraw at once: the first reason stands, and history has one line', async () => {
    const caseId = await aCase()
    gate = await gateAt(test, 'audit_events', 'insert')
    const first = withdrawCase(ctx, { ...person(), caseId, reason: 'first' })
    await gate.reached()
    await runningInto(first, withdrawCase(ctx, { ...person(), caseId, reason: 'second' }))
    expect(await casesOf(test.db)).toMatchObject([{ status: 'withdrawn', withdrawn_reason: 'first' }])
    expect(await typesOf()).toEqual(['created', 'withdrawn'])
  })

  it('a case that is withdrawn while somebody describes it keeps its description', async () => {
    const caseId = await aCase()
    gate = await gateAt(test, 'audit_events', 'insert')
    const first = withdrawCase(ctx, { ...person(), caseId, reason: 'x' })
    await gate.reached()
    const second = describeCase(ctx, { ...person(), caseId, description: 'Oak kitchen, delivered' })
    await expect(runningInto(first, second)).rejects.toMatchObject({ code: 'case_not_new' })
    expect(await casesOf(test.db)).toMatchObject([{ status: 'withdrawn', described_by: null }])
    expect(await typesOf()).toEqual(['created', 'withdrawn'])
  })

  it('a case whose invoice is paid while it is reinstated stays withdrawn', async () => {
    const [first] = simulator.control.unpaidTruth()
    const zohoInvoiceId = first?.invoiceId ?? ''
    await stage(test.db, connection, [{ zohoInvoiceId, proven: true }])
    await attempt(ctx, await order(zohoInvoiceId))
    const [made] = await casesOf(test.db)
    const caseId = made?.id ?? ''
    await withdrawCase(ctx, { ...person(), caseId, reason: 'x' })
    // The payment is staged, and not committed, when the answer "unpaid" has come and the case is to be locked.
    const payment = await test.db.startTransaction().execute()
    await payment.updateTable('cases').set({ invoice_state: 'paid', outstanding: '0' }).execute()
    const reinstated = reinstateCase(ctx, { ...person(), caseId })
    const refused = expect(reinstated).rejects.toMatchObject({ code: 'case_invoice_not_unpaid' })
    await waitingForLocks(test, 1)
    await payment.commit().execute()
    await refused
    expect(await casesOf(test.db)).toMatchObject([{ status: 'withdrawn' }])
  })
})

describe('erasing a client', () => {
  const erase = () => eraseClient(ctx, { clientId: connection.client_id, operator: 'op' })

  it('waits for the case that is being made, and keeps it with its command', async () => {
    const { id, job } = await heldInTheMiddleOfACase()
    await runningInto(job, erase())
    expect(await casesOf(test.db)).toMatchObject([{ command_id: id, created_by: 'erased' }])
    expect(await commandOf(test.db, id)).toMatchObject({ requested_by: 'erased' })
  })

  it('waits for a command that is being carried out without a connection, and keeps what came of it', async () => {
    await stage(test.db, connection, [{ zohoInvoiceId: '1', proven: true }])
    const id = await order('1')
    await attempt(ctx, id)
    const second = await order('2')
    const work = await test.db.startTransaction().execute()
    await work.updateTable('case_commands').set({ attempts: 7 }).where('id', '=', second).execute()
    await work.updateTable('cases').set({ command_id: second }).execute()
    const erased = erase()
    await waitingForLocks(test, 1)
    await work.commit().execute()
    await erased
    expect(await casesOf(test.db)).toMatchObject([{ command_id: second }])
  })

  const connectAnew = () =>
    storeGrant(ctx, {
      grant: {
        dataCenter: ctx.zoho.dataCenter('sim'),
        accessToken: 'a new access token',
        refreshToken: 'a new refresh token',
        expiresIn: 3600,
        scope: 'ZohoBooks.invoices.READ',
      } as TokenGrant,
      organizations: [
        {
          id: connection.zoho_organization_id,
          name: 'Example',
          timeZone: 'UTC',
          isActive: true,
        } as Organization,
      ],
      person: person(),
    })

  it('ends a connection that is made anew while the old grant is revoked, and revokes that grant too', async () => {
    gate = await gateAt(test, 'token_revocations', 'update')
    const erased = erase()
    await gate.reached()
    await connectAnew()
    await gate.open()
    await erased
    expect(await test.db.selectFrom('connections').select('id').execute()).toEqual([])
    expect(simulator.control.requests({ path: '/token/revoke$' })).toHaveLength(2)
  })

  it('does not touch a connection that is made right after it', async () => {
    await test.db
      .insertInto('portal_sessions')
      .values({
        id_hash: 'h',
        client_id: connection.client_id,
        subject: 'u',
        role: 'client',
        expires_at: new Date('2030-01-01'),
      })
      .execute()
    gate = await gateAt(test, 'portal_sessions', 'delete')
    const erased = erase()
    await gate.reached()
    const { connectionId } = await runningInto(erased, connectAnew())
    const tokens = await test.db.selectFrom('oauth_tokens').select('connection_id').execute()
    expect(tokens).toEqual([{ connection_id: connectionId }])
  })
})
