/** Rows that are due, and a worker that does them through Redis: what a failing Redis must not lose. */
import { sql } from 'kysely'
import { z } from 'zod'
import { defineJob, type JobDefinition } from '../../../jobs/define-job.ts'
import { createNudge } from '../../../jobs/nudge.ts'
import { createQueues, type Queues } from '../../../jobs/queues.ts'
import { type RunningWorker, startWorker } from '../../../jobs/worker.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

export const sweepIntervalSeconds = 0.5

export interface RowsAndRedis {
  readonly ctx: TestContext
  readonly queues: Queues
  readonly database: TestDatabase
  /** Starts a worker; `afterwards` is the end of each job, when its row is done. */
  readonly work: (afterwards?: () => Promise<void>) => RunningWorker
  /** Makes rows due and nudges, as an order does. */
  readonly order: (count: number) => Promise<readonly string[]>
  readonly undone: () => Promise<number>
  /** Events of the log so far. */
  readonly events: () => readonly Record<string, unknown>[]
  readonly close: () => Promise<void>
}

const doneByHand = (afterwards: () => Promise<void>) =>
  defineJob({
    queue: 'invoice-sync',
    name: 'sync-connection',
    data: z.object({ connectionId: z.uuid() }),
    retry: { attempts: 3, baseMs: 10, maxMs: 50 },
    key: ({ connectionId }) => connectionId,
    run: async (ctx, { connectionId }) => {
      await ctx.db
        .updateTable('connections')
        .set({ next_sync_at: null })
        .where('id', '=', connectionId)
        .execute()
      await afterwards()
    },
    failed: async () => {},
    rearm: async () => {},
  }) as unknown as JobDefinition

export const startRowsAndRedis = async (redisUrls: readonly string[]): Promise<RowsAndRedis> => {
  const database = await createTestDatabase()
  await database.db
    .updateTable('schedules')
    .set({ next_run_at: sql<Date>`now() + interval '1 day'` })
    .execute()
  const logged: string[] = []
  const ctx = createTestContext({
    db: database.db,
    log: createLogger({ level: 'debug', destination: { write: (line) => void logged.push(line) } }),
    config: { databaseUrl: database.url, redisUrls, sweepIntervalSeconds, jobLockSeconds: 2 },
  })
  const queues = createQueues(ctx.config, ctx.log)
  const nudge = createNudge(ctx, queues)
  const workers: RunningWorker[] = []
  return {
    ctx,
    queues,
    database,
    work: (afterwards = async () => {}) => {
      const worker = startWorker(ctx, queues, [doneByHand(afterwards)])
      workers.push(worker)
      return worker
    },
    order: async (count) => {
      const ids: string[] = []
      for (let n = 0; n < count; n++) ids.push((await aConnection(ctx, { nextSyncAt: new Date(0) })).id)
      for (const connectionId of ids) nudge({ job: 'sync-connection', id: connectionId })
      return ids
    },
    undone: async () => {
      const { rows } = await database.db
        .selectFrom('connections')
        .where('next_sync_at', 'is not', null)
        .select(({ fn }) => fn.countAll<number>().as('rows'))
        .executeTakeFirstOrThrow()
      return rows
    },
    events: () => logged.map((line) => JSON.parse(line) as Record<string, unknown>),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()))
      await queues.close()
      await database.drop()
    },
  }
}
