import { submitCommand } from '../../../src/cases/submit-command.ts'
import { disconnect } from '../../../src/connections/disconnect.ts'
import { switchOrganization } from '../../../src/connections/organizations.ts'
import { processConnectionEvent } from '../../../src/connections/process-event.ts'
import { verifyInvariants } from '../../../src/operator/verify-invariants.ts'
import { revokeToken } from '../../../src/tokens/revoke-token.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { aGrantedConnection, simulatedContext } from '../../support/simulated-zoho.ts'
import { stagedCount } from '../../support/staged-rows.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { casesOf, commandOf, itemsOf, settle as settleCases } from '../cases/support.ts'
import { attempt as attemptSync, openOf, runsOf, settle } from '../sync/support.ts'

let database: TestDatabase
let simulator: Simulator
let ctx: TestContext
let connection: BuiltConnection

beforeEach(async () => {
  database = await createTestDatabase({ poolSize: 10 })
  simulator = await startSimulator({ invoices: 1400 })
  ctx = simulatedContext(database.db, simulator, { config: { zoho: { requestsPerMinute: 10_000 } } })
  connection = await aGrantedConnection(ctx, simulator, { nextSyncAt: new Date(0), nextSyncKind: 'full' })
})
afterEach(async () => {
  await simulator.close()
  await database.drop()
})

const person = () => ({ clientId: connection.client_id, subject: 'user-1', ip: null })
const listRequests = () => simulator.control.requests({ path: '/invoices$' }).length

/** Does what the disconnect nudged the jobs to do. */
const carryOut = async () => {
  for (const intent of ctx.nudged) {
    if (intent.job === 'connection-event') await processConnectionEvent(ctx, intent.id)
    if (intent.job === 'revoke-token') await revokeToken(ctx, intent.id)
  }
}

it('during a run: it stops within a page, nothing is left staged, nothing is orphaned', async () => {
  let ended: Promise<void> = Promise.resolve()
  let requestedBefore = 0
  simulator.control.before({ path: '/invoices$', query: { page: '3' } }, 1, () => {
    ended = disconnect(ctx, person()).then(() => {
      requestedBefore = listRequests()
    })
  })
  await attemptSync(ctx, connection.id)
  await ended
  const requested = listRequests()
  // The page in hand, and the one that was being fetched beside it.
  expect(requested).toBeLessThanOrEqual(requestedBefore + 1)
  await carryOut()
  await attemptSync(ctx, connection.id)
  expect(listRequests()).toBe(requested)
  expect(await stagedCount(ctx.db, connection.id)).toBe(0)
  expect((await runsOf(ctx.db, connection.id)).map(({ state }) => state)).toEqual(['cancelled'])
  expect(await verifyInvariants(ctx.db)).toEqual([])
})

it('a change of organization during a run leaves only invoices of the new one', async () => {
  const [, second] = simulator.control.organizations()
  let switched: Promise<void> = Promise.resolve()
  simulator.control.before({ path: '/invoices$', query: { page: '3' } }, 1, () => {
    switched = switchOrganization(ctx, { ...person(), organizationId: second?.organizationId ?? '' })
  })
  await attemptSync(ctx, connection.id)
  await switched
  expect(await settle(ctx, connection.id, { impatient: true })).toEqual([])
  const open = await openOf(ctx.db, connection.id)
  expect(open.map((row) => row.zoho_organization_id)).toEqual(open.map(() => second?.organizationId))
  expect(open).toHaveLength(simulator.control.unpaidTruth(second?.organizationId).length)
  expect(await verifyInvariants(ctx.db)).toEqual([])
})

/** The cases without what tells whether somebody follows their invoices now. */
const claims = async () =>
  (await casesOf(ctx.db)).map(({ followed_until: _until, invoice_as_of: _asOf, ...claim }) => claim)

it('cases outlive a change of organization, and back at the first one they are recognised', async () => {
  const first = simulator.control.organizations()[0]?.organizationId ?? ''
  const second = simulator.control.organizations()[1]?.organizationId ?? ''
  const goTo = async (organizationId: string) => {
    await switchOrganization(ctx, { ...person(), organizationId })
    expect(await settle(ctx, connection.id, { impatient: true })).toEqual([])
  }
  const outcomes = async (zohoInvoiceIds: readonly string[]) => {
    const { id } = await submitCommand(ctx, {
      ...person(),
      selection: { zohoInvoiceIds: [...zohoInvoiceIds] },
      confirmUndisputed: true,
    })
    await settleCases(ctx, id)
    return (await itemsOf(ctx.db, id)).map(({ outcome }) => outcome)
  }
  expect(await settle(ctx, connection.id, { impatient: true })).toEqual([])
  const today = new Date().toISOString().slice(0, 10)
  const chosen = (await openOf(ctx.db, connection.id))
    .filter((row) => row.eligible_from !== null && row.eligible_from <= today)
    .slice(0, 2)
    .map((row) => row.zoho_invoice_id)
  expect(await outcomes(chosen)).toEqual(['created', 'created'])
  const before = await claims()

  await goTo(second)
  expect(await claims()).toEqual(before)
  await goTo(first)
  expect(await outcomes(chosen)).toEqual(['duplicate', 'duplicate'])
  expect(await claims()).toEqual(before)
  expect(await verifyInvariants(ctx.db)).toEqual([])
})

it('during a case command: every item has a clear outcome, cases made before stay', async () => {
  expect(await settle(ctx, connection.id, { impatient: true })).toEqual([])
  const today = new Date().toISOString().slice(0, 10)
  const eligible = (await openOf(ctx.db, connection.id)).filter(
    (row) => row.eligible_from !== null && row.eligible_from <= today,
  )
  const [earlier, ...chosen] = eligible.slice(0, 6).map((row) => row.zoho_invoice_id)
  expect(chosen).toHaveLength(5)
  const { id: before } = await submitCommand(ctx, {
    ...person(),
    selection: { zohoInvoiceIds: [earlier ?? ''] },
    confirmUndisputed: true,
  })
  await settleCases(ctx, before)
  // Old proofs make the command read each invoice again (fewer than the list has pages), so there is a middle.
  await ctx.db
    .updateTable('staged_invoices')
    .set({ proven_at: new Date(0) })
    .execute()
  await ctx.db.updateTable('connections').set({ proven_at: null }).execute()
  const { id } = await submitCommand(ctx, {
    ...person(),
    selection: { zohoInvoiceIds: chosen },
    confirmUndisputed: true,
  })
  let ended: Promise<void> = Promise.resolve()
  simulator.control.before({ path: '/invoices' }, 3, () => {
    ended = disconnect(ctx, person())
  })
  await settleCases(ctx, id)
  await ended
  await carryOut()
  expect((await commandOf(ctx.db, id)).state).toBe('completed')
  const items = await itemsOf(ctx.db, id)
  expect(items).toHaveLength(chosen.length)
  const created = items.filter(({ outcome }) => outcome === 'created').map((item) => item.zoho_invoice_id)
  expect((await casesOf(ctx.db)).map((row) => row.zoho_invoice_id).sort()).toEqual(
    [earlier, ...created].sort(),
  )
  for (const item of items) {
    expect(['created', 'ineligible', 'failed']).toContain(item.outcome)
    if (item.outcome === 'failed') expect(item.reasons[0]?.code).toBe('connection_gone')
  }
  expect(await stagedCount(ctx.db, connection.id)).toBe(0)
  expect(await verifyInvariants(ctx.db)).toEqual([])
})
