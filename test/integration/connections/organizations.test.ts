import { moveConnection, transitions } from '../../../db/connections/connection-states.ts'
import { findConnection } from '../../../db/connections/connections.repo.ts'
import { listOrganizations, switchOrganization } from '../../../src/connections/organizations.ts'
import { pauseConnection, resumeConnection } from '../../../src/connections/pause.ts'
import { aClient, aConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { aGrantedConnection, simulatedContext } from '../../support/simulated-zoho.ts'
import { aRun, stagedCount, stageRows } from '../../support/staged-rows.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

let database: TestDatabase
let simulator: Simulator
let ctx: TestContext

beforeAll(async () => {
  database = await createTestDatabase()
})
beforeEach(async () => {
  simulator = await startSimulator({ invoices: 0 })
  ctx = simulatedContext(database.db, simulator)
})
afterEach(() => simulator.close())
afterAll(() => database.drop())

const actionsOn = async (id: string) =>
  (
    await ctx.db
      .selectFrom('audit_events')
      .select(['action', 'actor', 'actor_role', 'details'])
      .where('subject_id', '=', id)
      .orderBy('id')
      .execute()
  ).map(({ action, actor_role }) => `${actor_role} ${action}`)

describe('the organizations of the connected user', () => {
  it('are listed in Zoho’s order, with the default and the connected one marked', async () => {
    const connection = await aGrantedConnection(ctx, simulator)
    expect(await listOrganizations(ctx, { clientId: connection.client_id })).toMatchObject([
      { name: 'Nordwind Handels GmbH', isDefault: false, isConnected: true },
      { name: 'Harbor & Pine, Inc.', isDefault: true, isConnected: false },
    ])
  })

  it('are listed after one forced refresh when the access token died early', async () => {
    const connection = await aGrantedConnection(ctx, simulator)
    simulator.control.expireAccessTokens()
    expect(await listOrganizations(ctx, { clientId: connection.client_id })).toHaveLength(2)
    expect(simulator.control.requests({ grantType: 'refresh_token' })).toHaveLength(1)
  })

  it('need a permission when even a fresh token is refused', async () => {
    const granted = simulator.control.grant({ scopes: 'ZohoBooks.invoices.READ' })
    const connection = await aGrantedConnection(ctx, simulator, granted)
    await expect(listOrganizations(ctx, { clientId: connection.client_id })).rejects.toMatchObject({
      code: 'zoho_permission_missing',
    })
    expect(simulator.control.requests({ grantType: 'refresh_token' })).toHaveLength(1)
    expect((await findConnection(ctx.db, connection.id))?.state).toBe('active')
  })

  it('are refused when nothing is connected', async () => {
    const clientId = await aClient(ctx.db)
    await expect(listOrganizations(ctx, { clientId })).rejects.toMatchObject({ code: 'not_connected' })
  })
})

describe('choosing another organization', () => {
  const choose = (clientId: string, organizationId: string) =>
    switchOrganization(ctx, { clientId, subject: 'user-1', ip: null, organizationId })

  it('drops what was staged of the old one and arms a full run of the new one', async () => {
    const connection = await aGrantedConnection(ctx, simulator, {
      watermark: new Date(),
      provenAt: new Date(),
    })
    await stageRows(ctx.db, connection, 3)
    await aRun(ctx.db, connection)
    const [, second] = simulator.control.organizations()
    await choose(connection.client_id, second?.organizationId ?? '')
    expect(await stagedCount(ctx.db, connection.id)).toBe(0)
    expect(await findConnection(ctx.db, connection.id)).toMatchObject({
      zoho_organization_id: second?.organizationId,
      organization_name: 'Harbor & Pine, Inc.',
      organization_time_zone: 'America/New_York',
      organization_currency_code: 'USD',
      watermark: null,
      proven_at: null,
      next_sync_kind: 'full',
    })
    const runs = await ctx.db
      .selectFrom('sync_runs')
      .select('state')
      .where('connection_id', '=', connection.id)
      .execute()
    expect(runs).toEqual([{ state: 'cancelled' }])
    expect(await actionsOn(connection.id)).toEqual(['client connection.organization_changed'])
    expect(ctx.nudged).toContainEqual({ job: 'sync-connection', id: connection.id })
  })

  it('mends a connection whose organization was gone', async () => {
    const connection = await aGrantedConnection(ctx, simulator)
    await moveConnection(ctx.db, connection.id, 'error', 'zoho_organization_gone')
    const [, second] = simulator.control.organizations()
    await choose(connection.client_id, second?.organizationId ?? '')
    expect(await findConnection(ctx.db, connection.id)).toMatchObject({ state: 'active', problem_code: null })
  })

  it('changes nothing when it is the connected one', async () => {
    const connection = await aGrantedConnection(ctx, simulator)
    await stageRows(ctx.db, connection, 3)
    await choose(connection.client_id, connection.zoho_organization_id)
    expect(await stagedCount(ctx.db, connection.id)).toBe(4)
    expect(await actionsOn(connection.id)).toEqual([])
  })

  it('refuses a foreign and an inactive one', async () => {
    const connection = await aGrantedConnection(ctx, simulator)
    const foreign = simulator.control.addOrganization({ userId: null })
    const inactive = simulator.control.addOrganization({ isActive: false })
    for (const organizationId of [foreign, inactive, '1', ''])
      await expect(choose(connection.client_id, organizationId)).rejects.toMatchObject({
        code: 'organization_unknown',
      })
    expect((await findConnection(ctx.db, connection.id))?.zoho_organization_id).toBe(
      connection.zoho_organization_id,
    )
  })
})

describe('states', () => {
  const states = Object.keys(transitions) as (keyof typeof transitions)[]
  it.each(states.flatMap((from) => states.map((to) => [from, to] as const)))('%s → %s', async (from, to) => {
    const connection = await aConnection(ctx, { state: from })
    const allowed = transitions[from].includes(to)
    const moved = await moveConnection(ctx.db, connection.id, to)
    expect(moved?.state).toBe(allowed ? to : undefined)
    expect((await findConnection(ctx.db, connection.id))?.state).toBe(allowed ? to : from)
  })

  it('an operator pauses and resumes a connection', async () => {
    const connection = await aConnection(ctx, { nextSyncAt: new Date() })
    const order = { connectionId: connection.id, actor: 'operator-1', ip: null }
    await aRun(ctx.db, connection)
    await pauseConnection(ctx, order)
    const runs = await ctx.db
      .selectFrom('sync_runs')
      .select('state')
      .where('connection_id', '=', connection.id)
      .execute()
    expect(runs).toEqual([{ state: 'cancelled' }])
    expect(await findConnection(ctx.db, connection.id)).toMatchObject({ state: 'paused', next_sync_at: null })
    await expect(pauseConnection(ctx, order)).rejects.toMatchObject({ code: 'not_found' })
    await resumeConnection(ctx, order)
    expect(await findConnection(ctx.db, connection.id)).toMatchObject({
      state: 'active',
      next_sync_kind: 'full',
      next_sync_at: expect.any(Date),
    })
    expect(await actionsOn(connection.id)).toEqual([
      'operator connection.paused',
      'operator connection.resumed',
    ])
  })
})
