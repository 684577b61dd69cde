import { z } from 'zod'
import { backends, queueOption } from '../../support/backends.ts'
import { withDeployment } from '../../support/deployments.ts'
import { allItems, clientOf, connectionAnswer, untilProven } from '../../support/main-job.ts'
import { simulatorControl } from '../../support/simulator-control.ts'
import { waitFor } from '../../support/wait-for.ts'

interface LoggedRequest {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

it.each(backends)(
  'a run whose worker is killed goes on from its last page; every invoice is staged once (%s)',
  (backend) =>
    withDeployment({ invoices: 3_000, ...queueOption(backend, 3) }, async (deployment) => {
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
      // An incremental run may follow the full one; it begins at its own page 1.
      const pages = requests
        .filter(({ query }) => query['filter_by'] === 'Status.Unpaid')
        .map(({ query }) => Number(query['page']))
      expect(Math.min(...pages)).toBeGreaterThanOrEqual(before.page)

      const staged = await allItems(
        client,
        '/api/invoices?eligibility=all',
        z.object({ zohoInvoiceId: z.string() }),
      )
      const truth = await control<{ invoiceId: string }[]>('unpaidTruth', {
        organizationId: organization?.id,
      })
      expect(staged.map((one) => one.zohoInvoiceId).sort()).toEqual(truth.map((one) => one.invoiceId).sort())
      const runs = await client.request(
        z.object({ items: z.array(z.object({ kind: z.string(), state: z.string() })) }),
        '/api/sync-runs',
      )
      expect(runs.items.filter((run) => run.kind === 'full')).toEqual([
        expect.objectContaining({ state: 'completed' }),
      ])
    }),
)
