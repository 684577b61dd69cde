import { z } from 'zod'
import { backends, redisUrls } from '../../support/backends.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { type RunningDeployment, startDeployment } from '../../support/deployments.ts'
import { allItems, clientOf, connectionAnswer, untilProven } from '../../support/main-job.ts'
import { killAllScripts } from '../../support/processes.ts'
import { simulatorControl } from '../../support/simulator-control.ts'
import { waitFor } from '../../support/wait-for.ts'

interface LoggedRequest {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

describe.each(backends)('a worker killed in the middle of a full run (%s)', (backend) => {
  let database: TestDatabase
  let deployment: RunningDeployment
  beforeAll(async () => {
    database = await createTestDatabase()
    const redisUrl = redisUrls(backend, 3)?.[0]
    deployment = await startDeployment({
      databaseUrl: database.url,
      invoices: 3_000,
      ...(redisUrl ? { redisUrl } : {}),
    })
  })
  afterAll(async () => {
    await deployment.stop()
    await killAllScripts()
    await database.drop()
  })

  it('is taken over from its last page; every invoice is staged once', async () => {
    const client = clientOf(deployment)
    const control = simulatorControl(deployment.simulatorUrl)
    await control('setLatency', { ms: 300 })
    await client.connect()
    const before = await waitFor('the fourth page', async () => {
      const { progress } = await client.request(connectionAnswer, '/api/connection')
      return progress && progress.page >= 4 ? progress : undefined
    })
    await deployment.workers[0]?.stop('SIGKILL')
    await control('clearLog')
    await control('setLatency', { ms: 0 })

    await deployment.startWorker()
    const { organization } = await untilProven(client)
    const requests = await control<LoggedRequest[]>('requests', { path: '/books/v3/invoices$' })
    const pages = requests.map(({ query }) => Number(query['page'])).filter((page) => page > 0)
    expect(Math.min(...pages)).toBeGreaterThanOrEqual(before.page)

    const staged = await allItems(
      client,
      '/api/invoices?eligibility=all',
      z.object({ zohoInvoiceId: z.string() }),
    )
    const truth = await control<{ invoiceId: string }[]>('unpaidTruth', { organizationId: organization?.id })
    expect(staged.map((one) => one.zohoInvoiceId).sort()).toEqual(truth.map((one) => one.invoiceId).sort())
    const runs = await client.request(
      z.object({ items: z.array(z.object({ kind: z.string(), state: z.string() })) }),
      '/api/sync-runs',
    )
    expect(runs.items.filter((run) => run.kind === 'full')).toEqual([
      expect.objectContaining({ state: 'completed' }),
    ])
  })
})
