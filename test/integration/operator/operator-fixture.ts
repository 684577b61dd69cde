/** The portal with its operator part on a database and queues of its own. */
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { Redis } from 'ioredis'
import { SignJWT } from 'jose'
import { z } from 'zod'
import { createDashboard } from '../../../jobs/dashboard/dashboard.ts'
import { defineJob, type JobDefinition } from '../../../jobs/define-job.ts'
import { createNudge } from '../../../jobs/nudge.ts'
import { createQueues, type Queues } from '../../../jobs/queues.ts'
import { type RunningWorker, startWorker } from '../../../jobs/worker.ts'
import type { Nudge } from '../../../src/context.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { buildApp } from '../../../src/portal/app.ts'
import { pagesPlugin } from '../../../src/portal/pages/index.ts'
import { type Backend, redisUrls } from '../../support/backends.ts'
import {
  createTestContext,
  type SimulatorForContext,
  type TestConfig,
  type TestContext,
} from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

const SECRET = 'a secret that is shared with the host portal'
const ORIGIN = 'http://portal.test'

export interface OperatorPortal {
  readonly app: FastifyInstance
  readonly ctx: TestContext
  readonly queues: Queues
  readonly database: TestDatabase
  readonly logged: readonly string[]
  /** Cookie header of an operator's browser. */
  readonly cookie: string
  readonly work: (jobs?: readonly JobDefinition[]) => RunningWorker
  /** Asks as the operator's browser does. */
  readonly get: (url: string) => Promise<LightMyRequestResponse>
  /** Sends the form of a page: with the page's CSRF token and nothing else that proves its origin. */
  readonly submit: (
    page: string,
    action: string,
    fields?: Record<string, string>,
  ) => Promise<LightMyRequestResponse>
  readonly audited: () => Promise<
    readonly { action: string; actor: string; subjectId: string; details: unknown }[]
  >
  readonly close: () => Promise<void>
}

export const signToken = (role: 'client' | 'operator', clientId = 'operations'): Promise<string> =>
  new SignJWT({ client_id: clientId, role, nonce: Math.random() })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(`${role}-1`)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET))

export const signIn = async (app: FastifyInstance, role: 'client' | 'operator', clientId?: string) => {
  const answer = await app.inject({ url: '/session', query: { token: await signToken(role, clientId) } })
  const [cookie] = [answer.headers['set-cookie']].flat()
  return cookie?.split(';', 1)[0] ?? ''
}

export const csrfOf = (html: string): string => /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''

export const startOperatorPortal = async (
  backend: Backend,
  redisDatabase: number,
  { simulator, config }: { simulator?: SimulatorForContext; config?: TestConfig } = {},
): Promise<OperatorPortal> => {
  const database = await createTestDatabase()
  const urls = redisUrls(backend, redisDatabase)
  if (urls?.[0]) {
    const redis = new Redis(urls[0])
    await redis.flushdb()
    redis.disconnect()
  }
  const logged: string[] = []
  let nudge: Nudge = () => {}
  const ctx = createTestContext({
    db: database.db,
    log: createLogger({ level: 'debug', destination: { write: (line) => void logged.push(line) } }),
    ...(simulator && { simulator }),
    nudge: (intent) => nudge(intent),
    config: {
      publicUrl: ORIGIN,
      portalJwtSecret: SECRET,
      databaseUrl: database.url,
      redisUrls: urls,
      sweepIntervalSeconds: 1,
      jobLockSeconds: 5,
      ...config,
    },
  })
  const queues = createQueues(ctx.config, ctx.log)
  nudge = createNudge(ctx, queues)
  const app = await buildApp(ctx, {
    subscribe: () => () => {},
    checkQueue: queues.check,
    dashboard: createDashboard(ctx, queues),
    pages: pagesPlugin(ctx),
    overload: { maxDelayMs: Number.POSITIVE_INFINITY, sampleMs: 1_000 },
  })
  await app.ready()
  const cookie = await signIn(app, 'operator')
  const workers: RunningWorker[] = []
  const get: OperatorPortal['get'] = async (url) =>
    app.inject({ url, headers: { cookie, accept: 'text/html' } })
  return {
    app,
    ctx,
    queues,
    database,
    logged,
    cookie,
    get,
    work: (jobs) => {
      const worker = startWorker(ctx, queues, jobs)
      workers.push(worker)
      return worker
    },
    submit: async (page, action, fields = {}) => {
      const { body } = await get(page)
      return app.inject({
        method: 'POST',
        url: action,
        headers: { cookie, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ ...fields, _csrf: csrfOf(body) }).toString(),
      })
    },
    audited: () =>
      database.db
        .selectFrom('audit_events')
        .select(['action', 'actor', 'subject_id as subjectId', 'details'])
        .where('subject_type', '<>', 'session')
        .orderBy('id')
        .execute(),
    close: async () => {
      for (const worker of workers) await worker.close()
      await app.close()
      await queues.close()
      await database.drop()
    },
  }
}

/** A `sync-connection` that does as the test says. */
export const syncJob = (run: JobDefinition['run'], rearm: JobDefinition['rearm'] = async () => {}) =>
  defineJob({
    queue: 'invoice-sync',
    name: 'sync-connection',
    data: z.object({ connectionId: z.string() }),
    retry: { attempts: 2, baseMs: 5, maxMs: 10 },
    key: ({ connectionId }) => connectionId,
    run,
    failed: async () => {},
    rearm,
  }) as unknown as JobDefinition
