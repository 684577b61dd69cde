/** bull-board behind our guards: strict headers, our own error answers, every write allowed by name and audited. */
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { audit } from '../../src/audit.ts'
import type { Ctx } from '../../src/context.ts'
import { AppError } from '../../src/errors.ts'
import { boardScript } from '../../src/operator/board-script.ts'
import { type QueueName, queueNames } from '../define-job.ts'
import { codeOf } from '../failed-reason.ts'
import { idOf } from '../inspection/failed-jobs.ts'
import { isClientsToFix, retryFailedOfQueue } from '../inspection/retry-failed.ts'
import type { Queues } from '../queues.ts'
import { asBoardError, asOurPage, withoutHopelessRetries } from './board-page.ts'
import { readWords } from './board-words.ts'
import { actionOf } from './board-writes.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])
const target = z.object({
  queueName: z.string().optional(),
  jobId: z.string().optional(),
  queueStatus: z.string().optional(),
})

const words = z.object({ language: z.string() })

const isQueueName = (name: string | undefined): name is QueueName =>
  queueNames.some((known) => known === name)

/** What the write is about to meet: the job with its state, or the counts of its queue. */
const factsOf = async (queues: Queues, { queueName, jobId, queueStatus }: z.infer<typeof target>) => {
  if (!isQueueName(queueName)) return {}
  const queue = queues.queue(queueName)
  if (jobId === undefined) {
    const counts = await queue.getJobCounts()
    return { queue: queueName, ...(queueStatus === undefined ? {} : { queueStatus }), counts }
  }
  const job = await queue.getJob(jobId)
  if (!job) return { queue: queueName, jobId }
  return {
    queue: queueName,
    jobId,
    job: job.name,
    state: await job.getState(),
    subject: idOf(job) ?? null,
    ...(job.failedReason ? { code: codeOf(job) } : {}),
  }
}

/** @throws AppError only_client_can_help */
const refuseHopelessRetry = async (queues: Queues, { queueName, jobId }: z.infer<typeof target>) => {
  if (!isQueueName(queueName) || jobId === undefined) return
  const job = await queues.queue(queueName).getJob(jobId)
  if (job && (await job.isFailed()) && isClientsToFix(job)) throw new AppError('only_client_can_help')
}

const record = async (
  ctx: Ctx,
  request: FastifyRequest,
  action: string,
  details: Readonly<Record<string, unknown>>,
) => {
  const { queueName, jobId } = target.parse(request.params)
  await audit(ctx.db, {
    clientId: null,
    actor: request.identity.subject,
    actorRole: 'operator',
    action,
    subjectType: jobId === undefined ? 'queue' : 'job',
    subjectId: jobId ?? queueName ?? 'all',
    details,
    ip: request.ip,
  })
  ctx.log.info({ event: 'operator.queue_write', action, actor: request.identity.subject, ...details })
}

/**
 * The audit row is written before the deed: no row, no deed. A deed that then fails gets a second row that says so.
 */
const auditWrites = (
  scope: FastifyInstance,
  ctx: Ctx,
  queues: Queues,
  prefix: string,
  changed: () => void,
) => {
  const recorded = new WeakMap<FastifyRequest, string>()
  scope.addHook('preHandler', async (request, reply) => {
    if (safeMethods.has(request.method)) return
    const action = actionOf(request.method, request.routeOptions.url ?? '', prefix)
    if (action === undefined) throw new AppError('forbidden')
    const what = target.parse(request.params)
    if (action === 'queue.job_retried') await refuseHopelessRetry(queues, what)
    await record(ctx, request, action, await factsOf(queues, what))
    recorded.set(request, action)
    // The dashboard's own way would retry what only the client can help, too.
    if (action === 'queue.all_retried' && what.queueStatus === 'failed' && isQueueName(what.queueName))
      return reply.send(await retryFailedOfQueue(queues, what.queueName))
  })
  scope.addHook('onResponse', async (request, reply) => {
    const action = recorded.get(request)
    if (action === undefined) return
    changed()
    if (reply.statusCode < 400) return
    await record(ctx, request, `${action}.refused`, { status: reply.statusCode }).catch((error: unknown) => {
      ctx.log.error({ event: 'operator.audit_failed', action, err: error })
    })
  })
}

/** Mounts the dashboard at `prefix`. `changed` is called after each write. */
export const mountQueueBoard = async (
  app: FastifyInstance,
  { ctx, queues, prefix, changed }: { ctx: Ctx; queues: Queues; prefix: string; changed: () => void },
): Promise<void> => {
  const board = new FastifyAdapter()
  createBullBoard({
    queues: queueNames.map((name) => new BullMQAdapter(queues.queue(name))),
    // @bull-board/fastify may bring a copy of the API package of its own, with private types of its own.
    serverAdapter: board as unknown as Parameters<typeof createBullBoard>[0]['serverAdapter'],
    options: {
      uiConfig: {
        boardTitle: 'Queues',
        hideDocsLink: true,
        hideRedisDetails: true,
        showWorkers: queues.backend === 'redis',
        miscLinks: [{ text: 'Operations', url: '/operator' }],
      },
    },
  })
  board.setBasePath(prefix)
  // Thrown again, an error reaches the server's own handler: sign-in redirect, problem+json, nothing of its text.
  board.setErrorHandler((error) => {
    throw error
  })
  const guarded: FastifyPluginAsync = async (scope) => {
    auditWrites(scope, ctx, queues, prefix, changed)
    scope.addHook('onSend', async (_request, reply, payload) => {
      const type = String(reply.getHeader('content-type'))
      if (type.startsWith('text/html')) return asOurPage(payload, boardScript())
      return type.startsWith('application/problem+json') ? asBoardError(payload) : payload
    })
    scope.addHook('preSerialization', async (_request, _reply, payload) => withoutHopelessRetries(payload))
    scope.get('/queues/static/locales/:language/messages.json', async (request) =>
      readWords(words.parse(request.params).language),
    )
    await scope.register(board.registerPlugin(), { prefix: '/queues' })
  }
  await app.register(guarded)
}
