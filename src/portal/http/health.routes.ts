/** Liveness, readiness and metrics: for orchestrators and monitoring, so nobody is asked to sign in. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { writeToDisk } from '../../../db/core/disk.ts'
import { schemaVersion } from '../../../db/core/migrate.ts'
import { secondsSinceLastSweep } from '../../../db/jobs/workers.repo.ts'
import type { Ctx } from '../../context.ts'
import { toAppError } from '../../errors.ts'
import { allowEveryone } from './access.ts'

const CHECK_TIMEOUT_MS = 3_000

const check = z.object({ ok: z.boolean(), code: z.string().optional() }).meta({ id: 'ReadinessCheck' })
const health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' })
const readiness = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    checks: z
      .object({
        database: check,
        schema: check
          .extend({ current: z.string().nullable(), needed: z.string().nullable() })
          .meta({ id: 'SchemaCheck' }),
        queue: check,
      })
      .meta({ id: 'ReadinessChecks' }),
    documentStore: check
      .nullable()
      .describe(
        'The store of DOCUMENT_STORE_URL; null: none is set. Reported only: all but documents works without it',
      ),
    lastSweepSecondsAgo: z
      .number()
      .nullable()
      .describe('Since any worker looked for due work; null: no worker. Reported only'),
  })
  .meta({ id: 'Readiness' })

/** Runs a check, but never longer than an orchestrator is willing to wait. */
const within = async <T>(what: Promise<T>): Promise<{ ok: true; value: T } | { ok: false; code: string }> => {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('timeout')), CHECK_TIMEOUT_MS)
  })
  try {
    return { ok: true, value: await Promise.race([what, timeout]) }
  } catch (error) {
    return { ok: false, code: toAppError(error).code }
  } finally {
    clearTimeout(timer)
  }
}

const verdict = ({ ok, ...rest }: { ok: boolean; code?: string }, code: string) =>
  ok ? { ok } : { ok, code: rest.code === undefined || rest.code === 'internal_error' ? code : rest.code }

export const healthRoutes: FastifyPluginAsyncZod<{ ctx: Ctx; checkQueue: () => Promise<void> }> = async (
  app,
  { ctx, checkQueue },
) => {
  allowEveryone(app)

  app.get(
    '/healthz',
    {
      schema: {
        tags: ['Health'],
        summary: 'Liveness: this process answers',
        response: { 200: health },
      },
    },
    async () => ({ status: 'ok' as const }),
  )

  app.get(
    '/readyz',
    {
      schema: {
        tags: ['Health'],
        summary: 'Readiness: database, schema version, queue',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      const [version, room, queue, store, sweep] = await Promise.all([
        within(schemaVersion(ctx.db)),
        within(writeToDisk(ctx.db)),
        within(checkQueue()),
        ctx.documentStore && within(ctx.documentStore.check()),
        within(secondsSinceLastSweep(ctx.db)),
      ])
      const { current, needed, fits } = version.ok
        ? version.value
        : { current: null, needed: null, fits: false }
      const checks = {
        database: verdict(version.ok ? room : version, 'database_unavailable'),
        schema: { ...verdict({ ok: fits }, 'schema_outdated'), current, needed },
        queue: verdict(queue, 'queue_unavailable'),
      }
      const ready = Object.values(checks).every(({ ok }) => ok)
      return reply.code(ready ? 200 : 503).send({
        status: ready ? ('ready' as const) : ('not_ready' as const),
        checks,
        documentStore: store === undefined ? null : verdict(store, 'document_store_unavailable'),
        lastSweepSecondsAgo: sweep.ok ? sweep.value : null,
      })
    },
  )

  // The portal's port is public in production: there METRICS_PORT is the place for them.
  if (ctx.config.production) return
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['Health'],
        summary: 'Prometheus metrics of this process',
        response: { 200: { description: 'Text format', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) =>
      reply
        .type(ctx.metrics.registry.contentType)
        .serializer(String)
        .send(await ctx.metrics.registry.metrics()),
  )
}
