/**
 * The one place that builds BullMQ queues and workers: on Redis when `REDIS_URL` is set (one node or a cluster),
 * else on BullMQ's Postgres backend in the same database, schema `bullmq`.
 */
import { SpanKind } from '@opentelemetry/api'
import {
  createPostgresBackend,
  type Job,
  type PostgresConnectionOptions,
  Queue,
  Worker,
  type WorkerOptions,
} from 'bullmq'
import type { Cluster, Redis, RedisOptions } from 'ioredis'
import pg from 'pg'
import type { z } from 'zod'
import type { Config } from '../src/config.ts'
import type { Logger } from '../src/observability/logger.ts'
import { inChildSpan, traceparent } from '../src/observability/spans/in-span.ts'
import { type JobDefinition, type QueueName, queueNames } from './define-job.ts'
import { mostStalls } from './failed-reason.ts'
import { checkRedis, connectRedis } from './redis.ts'

/** Hash tag: all keys of the product fall into one slot of a Redis Cluster, as BullMQ's scripts need. */
const prefix = '{zoho}'

const keepCompleted = { age: 24 * 3600, count: 1000 }
/** A failed job stays until an operator has had a month to look at it. */
const keepFailed = { age: 30 * 24 * 3600, count: 10_000 }

type Processor = (job: Job) => Promise<unknown>
type Settings = Pick<WorkerOptions, 'concurrency' | 'settings'>

export interface Queues {
  readonly backend: 'redis' | 'postgres'
  readonly queue: (name: QueueName) => Queue
  readonly worker: (name: QueueName, process: Processor, settings: Settings) => Worker
  /** Rejects when the queue's store does not answer. */
  readonly check: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Backend {
  readonly queue: (name: QueueName) => Queue
  readonly worker: (name: QueueName, process: Processor, options: Omit<WorkerOptions, 'connection'>) => Worker
  readonly check: () => Promise<void>
  readonly close: () => Promise<void>
}

const redisBackend = (urls: readonly string[], log: Logger): Backend => {
  const opened: (Redis | Cluster)[] = []
  const open = (options: RedisOptions) => {
    const connection = connectRedis(urls, {
      ...options,
      retryStrategy: (times) => Math.min(times * 200, 5_000),
      // A failover leaves us talking to a replica: reconnect. The command fails, the row keeps its intent; sending it
      // again (2) would loop without a word for as long as the server stays a replica.
      reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
    })
    connection.on('error', (error) => log.warn({ event: 'queue.redis_error', err: error }))
    opened.push(connection)
    return connection
  }
  // A producer fails fast: the row keeps the intent, the sweep brings the job later.
  let producer: Redis | Cluster | undefined
  let consumer: Redis | Cluster | undefined
  const producing = () => {
    producer ??= open({ maxRetriesPerRequest: 1, enableReadyCheck: true })
    return producer
  }
  return {
    queue: (name) =>
      new Queue(name, {
        connection: producing(),
        prefix,
        skipWaitingForReady: true,
        // BullMQ asks for the version once and keeps a failure for ever: a queue first used while Redis was away
        // would never work again. The workers, which wait for as long as it takes, check the version.
        skipVersionCheck: true,
      }),
    worker: (name, process, options) => {
      consumer ??= open({ maxRetriesPerRequest: null })
      return new Worker(name, process, { ...options, connection: consumer, prefix })
    },
    check: async () => {
      await checkRedis(producing())
    },
    close: async () => {
      for (const connection of opened) connection.disconnect()
    },
  }
}

/** One pool for all queues and workers of the process: each worker holds one connection for LISTEN. */
const postgresBackend = (url: string, log: Logger): Backend => {
  const pool = new pg.Pool({
    connectionString: url,
    max: queueNames.length + 8,
    options: '-c search_path=bullmq',
    application_name: 'zoho-books-collector-queue',
    keepAlive: true,
  })
  // Every queue and worker on this pool adds a listener of its own.
  pool.setMaxListeners(4 * queueNames.length)
  pool.on('error', (error) => log.warn({ event: 'queue.postgres_error', err: error }))
  // BullMQ describes the pool by a small interface of its own, which pg's overloads do not match for TypeScript.
  const connection = pool as unknown as PostgresConnectionOptions
  return {
    queue: (name) => new Queue(name, { connection }, createPostgresBackend) as unknown as Queue,
    worker: (name, process, options) =>
      new Worker(name, process, { ...options, connection }, createPostgresBackend) as unknown as Worker,
    check: async () => {
      await pool.query('select 1')
    },
    close: () => pool.end(),
  }
}

/** Opens the queues of this process; connections are made when first needed. */
export const createQueues = (config: Config, log: Logger): Queues => {
  const backend = config.redisUrls
    ? redisBackend(config.redisUrls, log)
    : postgresBackend(config.databaseUrl, log)
  const queues = new Map<QueueName, Queue>()
  const workers: Worker[] = []
  // PostgreSQL takes whole milliseconds only.
  const thirdOfLockMs = Math.round((config.jobLockSeconds * 1000) / 3)
  return {
    backend: config.redisUrls ? 'redis' : 'postgres',
    queue: (name) => {
      const known = queues.get(name)
      if (known) return known
      const queue = backend.queue(name)
      queue.on('error', (error) => log.warn({ event: 'queue.error', queue: name, err: error }))
      queues.set(name, queue)
      return queue
    },
    worker: (name, process, settings) => {
      const worker = backend.worker(name, process, {
        ...settings,
        lockDuration: config.jobLockSeconds * 1000,
        // Often enough that a blocked event loop of some seconds costs nobody a lock; looked at as often, since what is
        // dead is given back only at the second look.
        lockRenewTime: thirdOfLockMs,
        stalledInterval: thirdOfLockMs,
        maxStalledCount: mostStalls,
        removeOnComplete: keepCompleted,
        removeOnFail: keepFailed,
      })
      worker.on('error', (error) => log.warn({ event: 'worker.error', queue: name, err: error }))
      workers.push(worker)
      return worker
    },
    check: backend.check,
    close: async () => {
      await Promise.allSettled(workers.map((worker) => worker.close()))
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
      await backend.close()
    },
  }
}

/** Creates or updates schema `bullmq`. Needed only where queues live in Postgres, harmless elsewhere. */
export const migrateQueues = async (databaseUrl: string): Promise<void> => {
  const queue = new Queue(
    'housekeeping',
    { connection: { connectionString: databaseUrl, migrate: true, max: 1 } },
    createPostgresBackend,
  )
  try {
    await queue.waitUntilReady()
  } finally {
    await queue.close()
  }
}

const keyOf = <Schema extends z.ZodType>(definition: JobDefinition<Schema>, data: z.output<Schema>): string =>
  `${definition.name}.${definition.key(data)}`

/** More than clocks of machines that keep time differ by. */
const clockIsAheadMs = 60_000
/** Of retries, those that wait for longest are looked at. */
const mostRetries = 1_000

/**
 * A job that nobody will do in time absorbs nothing: what is enqueued now for its row comes beside it. That is one that
 * is active though its row is `abandoned`, however long the queue still takes it for active; and of the rows that were
 * `begun` one that waits for its retry by a clock that was ahead of ours, perhaps by hours.
 */
export const forgetHopeless = async <Schema extends z.ZodType>(
  queues: Queues,
  definition: JobDefinition<Schema>,
  rows: {
    readonly abandoned: readonly z.input<Schema>[]
    readonly begun: readonly z.input<Schema>[]
  },
): Promise<void> => {
  const queue = queues.queue(definition.queue)
  const keysOf = (given: readonly z.input<Schema>[]) =>
    new Set<string | undefined>(given.map((data) => keyOf(definition, definition.data.parse(data))))
  const [abandoned, begun] = [keysOf(rows.abandoned), keysOf(rows.begun)]
  const active = abandoned.size > 0 ? await queue.getActive() : []
  const retries = begun.size > 0 ? await queue.getJobs(['delayed'], 0, mostRetries - 1, false) : []
  const byAClockAhead = ({ processedOn = 0 }: Job) => processedOn - Date.now() > clockIsAheadMs
  for (const job of [
    ...active.filter((one) => abandoned.has(one?.deduplicationId)),
    ...retries.filter((one) => begun.has(one?.deduplicationId) && byAClockAhead(one)),
  ])
    await job.removeDeduplicationKey()
}

/** Puts jobs of one definition into its queue; a job with the same key that still waits absorbs the new one. */
export const enqueue = async <Schema extends z.ZodType>(
  queues: Queues,
  definition: JobDefinition<Schema>,
  items: readonly { readonly name?: string; readonly data: z.input<Schema> }[],
): Promise<void> => {
  const attributes = {
    'messaging.system': 'bullmq',
    'messaging.destination.name': definition.queue,
    'messaging.batch.message_count': items.length,
    'job.name': definition.name,
  }
  await inChildSpan(`publish ${definition.queue}`, { kind: SpanKind.PRODUCER, attributes }, async () => {
    // Carried beside the data, which stays ids only. What the sweep finds has no trace to belong to.
    const metadata = traceparent()
    await queues.queue(definition.queue).addBulk(
      items.map((item) => {
        const data = definition.data.parse(item.data)
        return {
          name: item.name ?? definition.name,
          data,
          opts: {
            attempts: definition.retry.attempts,
            backoff: { type: 'custom' },
            deduplication: { id: keyOf(definition, data), keepLastIfActive: true },
            removeOnComplete: keepCompleted,
            removeOnFail: keepFailed,
            ...(metadata !== undefined && { telemetry: { metadata } }),
          },
        }
      }),
    )
  })
}
