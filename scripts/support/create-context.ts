import { createDatabase, type Db } from '../../db/core/database.ts'
import { createDatabaseClock } from '../../db/core/database-clock.ts'
import { schemaVersion } from '../../db/core/migrate.ts'
import { createNudge } from '../../jobs/nudge.ts'
import { createQueues, type Queues } from '../../jobs/queues.ts'
import type { Config } from '../../src/config.ts'
import type { Ctx } from '../../src/context.ts'
import { loadPolicy } from '../../src/eligibility/policy.ts'
import { AppError } from '../../src/errors.ts'
import { createObjectStore } from '../../src/object-store/object-store.ts'
import { createLogger, type Logger } from '../../src/observability/logger.ts'
import { createMetrics } from '../../src/observability/metrics.ts'
import { statementSpans } from '../../src/observability/spans/statement-spans.ts'
import { zohoSpans } from '../../src/observability/spans/zoho-spans.ts'
import { createZohoClient } from '../../src/zoho/create-client.ts'
import type { Tracing } from './start-tracing.ts'

export interface RunningContext {
  readonly ctx: Ctx
  readonly queues: Queues
  readonly close: () => Promise<void>
}

/** @throws AppError schema_outdated when the database lacks what this version needs, or has it taken away. */
export const assertSchema = async (db: Db): Promise<void> => {
  const { current, needed, fits } = await schemaVersion(db)
  if (!fits) throw new AppError('schema_outdated', { details: { current, needed } })
}

/** The SDK is not even loaded where nobody collects traces. */
const tracingOf = async ({ otlpEndpoint }: Config, log: Logger): Promise<Tracing | undefined> => {
  if (otlpEndpoint === undefined) return undefined
  const { startTracing } = await import('./start-tracing.ts')
  return startTracing({ endpoint: otlpEndpoint, log })
}

const logOf = (config: Config): Logger =>
  createLogger({
    level: config.logLevel,
    pretty: process.stderr.isTTY === true && !config.production,
  })

/** Everything a process of ours needs, opened once; `close` gives it all back. */
export const createContext = async (config: Config, log = logOf(config)): Promise<RunningContext> => {
  const policy = await loadPolicy(config.eligibilityPolicyPath)
  const traces = config.otlpEndpoint !== undefined
  const db = createDatabase({
    url: config.databaseUrl,
    poolSize: config.databasePoolSize,
    onError: (error) => log.warn({ event: 'database.connection_lost', err: error }),
    onStatement: traces ? statementSpans : undefined,
  })
  const clock = await assertSchema(db)
    .then(() => createDatabaseClock(db))
    .catch(async (error: unknown) => {
      await db.destroy()
      throw error
    })
  const tracing = await tracingOf(config, log)
  const queues = createQueues(config, log)
  const ctx: Ctx = {
    config,
    log,
    db,
    zoho: createZohoClient({
      zoho: config.zoho,
      log,
      now: clock.now,
      observe: traces ? zohoSpans : undefined,
    }),
    documentStore: config.documentStore && createObjectStore(config.documentStore),
    clock,
    nudge: createNudge({ db, log }, queues),
    metrics: createMetrics(),
    policy,
  }
  return {
    ctx,
    queues,
    close: async () => {
      await queues.close()
      await db.destroy()
      await tracing?.close()
    },
  }
}
