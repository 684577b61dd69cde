/** How long the sweep takes to claim and enqueue many due connections at once, on either queue backend. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createDatabase } from '../../db/core/database.ts'
import { startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { createQueues } from '../../jobs/queues.ts'
import { sweepOnce } from '../../jobs/sweep.ts'
import { loadConfig } from '../../src/config.ts'
import { loadPolicy } from '../../src/eligibility/policy.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { createMetrics } from '../../src/observability/metrics.ts'
import { createZohoClient } from '../../src/zoho/create-client.ts'
import { migrate } from '../support/migrate.ts'

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
  const config = loadConfig({
    DATABASE_URL: url,
    REDIS_URL: redisUrl,
    TOKEN_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    PORTAL_JWT_SECRET: randomBytes(32).toString('hex'),
    ZOHO_CLIENT_ID: 'bench',
    ZOHO_CLIENT_SECRET: 'bench',
    LOG_LEVEL: 'silent',
  })
  const log = createLogger({ level: 'silent' })
  const queues = createQueues(config, log)
  const ctx = {
    config,
    log,
    db,
    zoho: createZohoClient({ zoho: config.zoho, log }),
    clock: { now: () => new Date() },
    nudge: () => {},
    metrics: createMetrics(),
    policy: await loadPolicy(undefined),
  }
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
