import { serveSignals } from '../../../jobs/inspection/serve-signals.ts'
import { createQueues } from '../../../jobs/queues.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { type OperatorPortal, startOperatorPortal } from '../operator/operator-fixture.ts'

let portal: OperatorPortal
beforeAll(async () => {
  portal = await startOperatorPortal('postgres', 0)
}, 20_000)
afterAll(() => portal.close())

it('tells monitoring about connections, budgets, pools and queues', async () => {
  await aConnection(portal.ctx)
  await aConnection(portal.ctx, { state: 'reconnect_required' })
  await portal.database.db
    .updateTable('connections')
    .set({ problem_code: 'reconnect_required' })
    .where('state', '=', 'reconnect_required')
    .execute()
  await portal.database.db
    .insertInto('organization_budgets')
    .values({
      data_center: 'us',
      zoho_organization_id: '1',
      day_limit: 1000,
      day_remaining: 100,
      day_resets_at: new Date(Date.now() + 3_600_000),
    })
    .execute()
  await portal.queues.queue('invoice-sync').pause()
  const { body } = await portal.app.inject('/metrics')
  for (const line of [
    'connections{state="active"} 1',
    'connections{state="reconnect_required"} 1',
    'connection_problems{code="reconnect_required"} 1',
    'zoho_budget_organizations{state="low"} 1',
    'zoho_budget_day_used_ratio 0.9',
    'queue_up 1',
    'queue_paused{queue="invoice-sync"} 1',
    'queue_jobs{queue="case-creation",state="waiting"} 0',
    'database_pool_limit 5',
    'last_sweep_seconds +Inf',
  ])
    expect(body.split('\n')).toContain(line)
})

describe('a worker', () => {
  let test: TestDatabase
  beforeAll(async () => {
    test = await createTestDatabase()
  })
  afterAll(() => test.drop())

  it('serves its own metrics and says that it lives, also while its database is gone', async () => {
    const ctx = createTestContext({ db: test.db, config: { databaseUrl: test.url } })
    const queues = createQueues(ctx.config, ctx.log)
    const server = await serveSignals(ctx, queues, { host: '127.0.0.1', port: 0 })
    const ask = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`)
    expect(await (await ask('/metrics')).text()).toContain('queue_up 1')
    expect((await ask('/other')).status).toBe(404)
    await test.db.destroy()
    expect((await ask('/healthz')).status).toBe(200)
    expect((await ask('/metrics')).status).toBe(200)
    await server.close()
    await queues.close()
  })
})
