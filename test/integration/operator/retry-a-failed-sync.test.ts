/** The whole story of a failing job: Zoho fails three times, recovers, and an operator retries. */
import { backends } from '../../support/backends.ts'
import { aGrantedConnection, simulatorForContext } from '../../support/simulated-zoho.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { type OperatorPortal, startOperatorPortal } from './operator-fixture.ts'

const redisDatabase = 8

/** Three attempts with backoff take some seconds. */
const patience = 30_000

describe.each(backends)('a sync that failed three times, on %s', (backend) => {
  let simulator: Simulator
  let portal: OperatorPortal
  let connectionId: string

  const connection = () =>
    portal.database.db
      .selectFrom('connections')
      .selectAll()
      .where('id', '=', connectionId)
      .executeTakeFirstOrThrow()
  const newestRun = () =>
    portal.database.db
      .selectFrom('sync_runs')
      .selectAll()
      .where('connection_id', '=', connectionId)
      .orderBy('started_at', 'desc')
      .executeTakeFirst()
  const failedJobs = () => portal.queues.queue('invoice-sync').getJobs(['failed'])

  beforeEach(async () => {
    simulator = await startSimulator({ invoices: 30, seed: 7 })
    portal = await startOperatorPortal(backend, redisDatabase, { simulator: simulatorForContext(simulator) })
    simulator.control.fail({
      match: { path: '/books/v3/invoices' },
      times: 3,
      action: { status: 500, body: { code: 9999, message: 'down' } },
    })
    const made = await aGrantedConnection(portal.ctx, simulator, {
      nextSyncAt: new Date(0),
      nextSyncKind: 'full',
    })
    connectionId = made.id
    portal.work()
    await waitFor('the failed job', async () => (await failedJobs()).length === 1)
    await waitFor('the problem on the connection', async () => (await connection()).problem_code !== null)
  }, patience)
  afterEach(async () => {
    await portal.close()
    await simulator.close()
  })

  const expectShown = async () => {
    const { body } = await portal.get('/operator')
    expect(body).toContain('href="/docs/errors#zoho_unavailable"')
    expect(body).toContain('<strong>1</strong>')
    expect(body).toContain(`/operator/connections/${connectionId}`)
    expect((await connection()).next_sync_at?.getTime()).toBeGreaterThan(Date.now() + 10_000)
  }

  const expectRecovered = async () => {
    await waitFor('the run to complete', async () => (await newestRun())?.state === 'completed')
    await waitFor('the problem to clear', async () => (await connection()).problem_code === null)
    await waitFor('no failed job', async () => (await failedJobs()).length === 0)
    expect(await connection()).toMatchObject({ state: 'active', sync_failures: 0 })
    const open = await portal.database.db
      .selectFrom('staged_invoices')
      .select(({ fn }) => fn.countAll<number>().as('rows'))
      .where('connection_id', '=', connectionId)
      .where('state', '=', 'open')
      .executeTakeFirstOrThrow()
    expect(open.rows).toBe(30)
  }

  it(
    'is shown, grouped, retried from the dashboard, and all is well afterwards',
    async () => {
      await expectShown()
      const [job] = await failedJobs()
      const answer = await portal.app.inject({
        method: 'PUT',
        url: `/operator/queues/api/queues/invoice-sync/${job?.id}/retry`,
        headers: { cookie: portal.cookie, 'sec-fetch-site': 'same-origin' },
      })
      expect(answer.statusCode).toBe(204)
      await expectRecovered()
      expect(await portal.audited()).toContainEqual(
        expect.objectContaining({
          action: 'queue.job_retried',
          actor: 'operator-1',
          subjectId: job?.id,
          details: expect.objectContaining({
            subject: connectionId,
            code: 'zoho_unavailable',
            state: 'failed',
          }),
        }),
      )
    },
    patience,
  )

  it(
    'is retried with all of its kind',
    async () => {
      await expectShown()
      const answer = await portal.submit('/operator', '/operator/failed/retry', {
        queue: 'invoice-sync',
        kind: 'sync-connection',
        code: 'zoho_unavailable',
      })
      expect(answer.headers.location).toBe('/operator?done=retried&count=1')
      await expectRecovered()
      expect((await portal.audited()).map(({ action }) => action)).toContain('queue.kind_retried')
      expect((await portal.get('/operator')).body).toContain('Nothing is failing')
    },
    patience,
  )
})
