import { Redis } from 'ioredis'
import { sql } from 'kysely'
import { z } from 'zod'
import { createDatabase, type Db } from '../../../db/core/database.ts'
import { backends, queueOption } from '../../support/backends.ts'
import { withDeployment } from '../../support/deployments.ts'
import { allItems, clientOf, connectionAnswer, untilCompleted, untilProven } from '../../support/main-job.ts'
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

const documentsIn = (db: Db) =>
  sql<{ state: string; intact: boolean; errorCode: string | null }>`
    select d.state, d.error_code as "errorCode", f.sha256 = encode(sha256((
      select string_agg(c.bytes, ''::bytea order by c.ordinal) from document_chunks c where c.file_id = f.id)), 'hex') as intact
    from cases k left join case_documents d on d.case_id = k.id left join document_files f on f.id = d.file_id`
    .execute(db)
    .then(({ rows }) => rows)

/** Of copies that found nobody at Zoho: the minute is over. */
const endWait = (db: Db) =>
  sql`
    update case_documents set next_attempt_at = now() where error_code = 'zoho_unavailable' and next_attempt_at > now()`.execute(
    db,
  )

/** About so many, with all faults anew after every two hundred. */
const copies = Number(process.env['INVOICE_COPIES'] ?? 100)
const rounds = Math.max(1, Math.floor(copies / 200))
const long = { timeoutMs: 20_000 + copies * 150 }

it.each(backends.slice(-1))(
  'workers are killed, Redis is flushed and Zoho is down while copies of invoices are fetched: each comes once, none is lost (%s)',
  (backend) =>
    withDeployment(
      {
        invoices: Math.round(copies * 1.4),
        workers: 2,
        env: { ZOHO_REQUESTS_PER_MINUTE: '100000' },
        ...queueOption(backend, 3),
      },
      async (deployment) => {
        const client = clientOf(deployment)
        const control = simulatorControl(deployment.simulatorUrl)
        const db = createDatabase({ url: deployment.databaseUrl, poolSize: 2 })
        const missed = async () =>
          (await documentsIn(db)).some(({ errorCode }) => errorCode === 'zoho_unavailable')
        const stored = async () => (await documentsIn(db)).filter(({ state }) => state === 'stored').length
        try {
          await client.connect()
          await untilProven(client)
          const { id } = await client.request(z.object({ id: z.string() }), '/api/case-commands', {
            method: 'POST',
            body: { filter: { eligibility: 'eligible' }, confirmUndisputed: true },
          })
          const { counts } = await untilCompleted(client, id)
          expect(counts.created).toBeGreaterThan(40)
          for (let round = 0; round < rounds; round += 1) {
            const share = (counts.created / rounds) * round
            await waitFor('the next copies', async () => (await stored()) > share + 3, long)
            await Promise.all(deployment.workers.splice(0).map((worker) => worker.stop('SIGKILL')))
            expect(await stored()).toBeLessThan(counts.created)
            await control('fail', { match: { query: { accept: 'pdf' } }, times: 0, action: 'html502' })
            if (deployment.env['REDIS_URL'] !== undefined) {
              const redis = new Redis(deployment.env['REDIS_URL'])
              await redis.flushdb()
              redis.disconnect()
            }
            await Promise.all([deployment.startWorker(), deployment.startWorker()])
            await waitFor('Zoho to be missed', missed, long)
            await control('clearRules')
            await endWait(db)
          }
          // The minute that they wait for.
          await waitFor(
            'all copies',
            async () => {
              await endWait(db)
              return (await stored()) === counts.created
            },
            long,
          )
          const documents = await documentsIn(db)
          expect(documents).toHaveLength(counts.created)
          expect(documents.filter(({ intact }) => !intact)).toEqual([])
          const { rows } = await sql`select 1 from document_files`.execute(db)
          expect(rows).toHaveLength(counts.created)
          const asked = (await control<LoggedRequest[]>('requests', { query: { accept: 'pdf' } })).length
          if (process.env['INVOICE_COPIES'] !== undefined)
            console.info(`${counts.created} copies, ${rounds} rounds of faults, ${asked} requests for a PDF`)
        } finally {
          await db.destroy()
        }
      },
    ),
  120_000 + copies * 400,
)
