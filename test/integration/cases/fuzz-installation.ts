/** What the fuzz of cases runs on: a database, a queue, a simulator whose history is kept, and a crew of workers. */
import { Redis } from 'ioredis'
import type { Db } from '../../../db/core/database.ts'
import { createNudge } from '../../../jobs/nudge.ts'
import { createQueues } from '../../../jobs/queues.ts'
import { type Backend, redisUrls } from '../../support/backends.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase } from '../../support/database.ts'
import { type Books, createBooks } from '../../support/fuzz-books.ts'
import { type Crew, startCrew } from '../../support/fuzz-workers.ts'
import { aGrantedConnection, simulatedContext, simulatorForContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

/** Short, so that what a killed worker had in hand is soon found again. */
export const sweepIntervalSeconds = 1
export const jobLockSeconds = 1
/** So short that some proofs are too old when they are needed. */
export const proofMaxAgeSeconds = 2

export interface FuzzInstallation {
  readonly backend: Backend
  readonly ctx: TestContext
  readonly db: Db
  readonly simulator: Simulator
  readonly books: Books
  readonly crew: Crew
  /** Empties Redis; undefined where the queues live in Postgres. */
  readonly flushQueues: (() => Promise<void>) | undefined
}

/** Two clients of one organization and one of another. */
export interface Lane {
  readonly organizations: readonly [string, string]
  readonly connections: readonly BuiltConnection[]
}

const key = { id: 'fuzz', secret: Buffer.alloc(32, 9) }
const zoho = { requestsPerMinute: 10_000_000, maxInFlight: 12 }

/** Lends an installation and takes it back; a failure shows the last that the workers said. */
export const withFuzzInstallation = async (
  backend: Backend,
  workers: number,
  use: (installation: FuzzInstallation) => Promise<void>,
): Promise<void> => {
  const test = await createTestDatabase({ poolSize: 10 })
  const simulator = await startSimulator({ invoices: 0, latencyMs: 10, switches: { throttleTokens: false } })
  const urls = redisUrls(backend, 6)
  const redis = urls?.[0] === undefined ? undefined : new Redis(urls[0])
  await redis?.flushdb()
  const context = simulatedContext(test.db, simulator, {
    config: { databaseUrl: test.url, redisUrls: urls, tokenEncryptionKeys: [key], zoho },
  })
  const queues = createQueues(context.config, context.log)
  const { url, clientId, clientSecret } = simulatorForContext(simulator)
  const crew = await startCrew(workers, {
    // By this name a connection of a worker is told from ours.
    DATABASE_URL: `${test.url}?application_name=worker`,
    ...(urls ? { REDIS_URL: urls.join(',') } : {}),
    ZOHO_SIMULATOR_URL: url,
    ZOHO_CLIENT_ID: clientId,
    ZOHO_CLIENT_SECRET: clientSecret,
    ZOHO_REQUESTS_PER_MINUTE: String(zoho.requestsPerMinute),
    ZOHO_MAX_IN_FLIGHT: String(zoho.maxInFlight),
    TOKEN_ENCRYPTION_KEYS: `${key.id}:${key.secret.toString('base64')}`,
    PORTAL_JWT_SECRET: context.config.portalJwtSecret,
    SWEEP_INTERVAL_SECONDS: String(sweepIntervalSeconds),
    JOB_LOCK_SECONDS: String(jobLockSeconds),
    PROOF_MAX_AGE_SECONDS: String(proofMaxAgeSeconds),
    DATABASE_POOL_SIZE: '3',
    LOG_LEVEL: 'warn',
  })
  try {
    await use({
      backend,
      ctx: { ...context, nudge: createNudge(context, queues) },
      db: test.db,
      simulator,
      books: createBooks(simulator),
      crew,
      flushQueues: redis && (async () => void (await redis.flushdb())),
    })
  } catch (error) {
    console.error(crew.output().slice(-6_000))
    throw error
  } finally {
    await crew.stop()
    await queues.close()
    redis?.disconnect()
    await simulator.close()
    await test.drop()
  }
}

/** Founds organizations and connects clients; each with a Zoho user of its own, for one user has few grants. */
export const openLane = async ({ ctx, simulator }: FuzzInstallation): Promise<Lane> => {
  const { control } = simulator
  const shared = control.addOrganization({ invoices: 0 })
  const other = control.addOrganization({ invoices: 0 })
  const connect = (organizationId: string) => {
    const userId = control.addUser({ organizationIds: [organizationId] })
    return aGrantedConnection(ctx, simulator, { userId, organizationId })
  }
  const connections = [await connect(shared), await connect(shared), await connect(other)]
  return { organizations: [shared, other], connections }
}
