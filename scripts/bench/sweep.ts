/** How long the sweep takes to claim and enqueue many due connections at once, on either queue backend. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createDatabase } from '../../db/core/database.ts'
import { startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { createQueues } from '../../jobs/queues.ts'
import { sweepOnce } from '../../jobs/sweep.ts'
import { migrate } from '../support/migrate.ts'
import { contextOn } from './many-rows.ts'

export interface SweepBench {
  readonly connections: number
  readonly backend: 'redis' | 'postgres'
  readonly seconds: readonly number[]
}

/** Claims and enqueues `connections` due rows, `rounds` times. Redis is measured when REDIS_URL names an empty one. */
export const benchSweep = async ({
  connections = 10_000,
  rounds = 3,
  redisUrl,
}: {
  connections?: number
  rounds?: number
  redisUrl?: string
} = {}): Promise<SweepBench> => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-sweep-'))
  const postgres = await startEmbeddedPostgres({ directory })
  const url = await postgres.database('bench')
  await migrate(url)
  const db = createDatabase({ url, poolSize: 4 })
  const ctx = contextOn(db, url, redisUrl)
  const queues = createQueues(ctx.config, ctx.log)
  try {
    await sql`
      with new_clients as (
        insert into clients (id, name) select 'client-' || n, 'Client' from generate_series(1, ${connections}::int) n returning id)
      insert into connections (client_id, data_center, zoho_organization_id, organization_name, connected_by, webhook_token_hash)
      select id, 'us', id, 'Organization', 'bench', id from new_clients`.execute(db)
    await db.updateTable('schedules').set({ next_run_at: sql<Date>`now() + interval '1 day'` }).execute()
    const seconds: number[] = []
    for (let round = 0; round < rounds; round++) {
      await queues.queue('invoice-sync').obliterate({ force: true })
      await db
        .updateTable('connections')
        .set({ next_sync_at: sql<Date>`now()`, sync_enqueued_at: null })
        .execute()
      const started = performance.now()
      const swept = await sweepOnce(ctx, queues)
      seconds.push(Math.round(performance.now() - started) / 1000)
      if (swept !== connections) throw new Error(`swept ${swept} of ${connections}`)
    }
    return { connections, backend: queues.backend, seconds }
  } finally {
    await queues.close()
    await db.destroy()
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
