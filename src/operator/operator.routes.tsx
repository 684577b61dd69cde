/** The operator's pages and the writes of their forms. Plain forms: they work without JavaScript. */
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { VNode } from 'preact'
import { z } from 'zod'
import {
  findConnectionDetail,
  listConnections,
  newestAuditEvents,
  newestRuns,
} from '../../db/operator/operator.repo.ts'
import { audit } from '../audit.ts'
import { forgetLimits } from '../connections/forget-limits.ts'
import { pauseConnection, resumeConnection } from '../connections/pause.ts'
import type { Ctx } from '../context.ts'
import { AppError, errorCodes } from '../errors.ts'
import { plainContextOf } from '../portal/pages/page-context-of.ts'
import { renderPage } from '../portal/pages/render.tsx'
import { ConnectionPage } from './connection-page.tsx'
import { ConnectionsPage } from './connections-page.tsx'
import { OperationsPage } from './operations-page.tsx'
import { type QueueReader, readOverview } from './overview.ts'
import { PausePage } from './pause-page.tsx'
import type { Operator, QueueInspection } from './queue-inspection.ts'
import { webhookRoutes } from './webhooks.routes.tsx'
import { operatorRoutes as words } from './words.tsx'

const connectionParams = z.object({ connectionId: z.uuid() })
const states = ['active', 'syncing', 'delayed', 'error', 'reconnect_required', 'paused'] as const
const perPage = 100

/** What a form did, carried over the redirect as a word and a number, never as text. */
const outcomes = {
  retried: (count: number) =>
    count === 0 ? words.nothingWasLeftToRetry : words.jobsAreQueuedAgainTheir(count),
  cleared: words.recoveredJobsWereRemoved,
  queue_paused: () => words.theQueueIsPausedIts,
  queue_resumed: () => words.theQueueGoesOn,
  connection_paused: () => words.theConnectionIsPaused,
  connection_resumed: () => words.theConnectionGoesOn,
  limits_forgotten: () => words.whatZohoSaidAboutThe,
} as const
const outcomeNames = Object.keys(outcomes) as [keyof typeof outcomes, ...(keyof typeof outcomes)[]]
const doneQuery = z.object({
  done: z.enum(outcomeNames).optional().catch(undefined),
  count: z.coerce.number().int().min(0).optional().catch(undefined),
})
const doneText = ({ done, count }: z.infer<typeof doneQuery>): string | undefined =>
  done === undefined ? undefined : outcomes[done](count ?? 0)

const operatorOf = (request: FastifyRequest): Operator => ({
  subject: request.identity.subject,
  ip: request.ip,
})

export interface OperatorRoutesOptions {
  readonly ctx: Ctx
  readonly inspection: QueueInspection
  readonly reader: QueueReader
}

export const operatorRoutes: FastifyPluginAsyncZod<OperatorRoutesOptions> = async (
  app,
  { ctx, inspection, reader },
) => {
  const queue = z.enum(inspection.queueNames)
  const failedKind = z.object({ queue, kind: z.string().regex(/^[a-z-]{1,50}$/), code: z.enum(errorCodes) })
  const queueBody = z.object({ queue })
  const html = (request: FastifyRequest, page: VNode) => renderPage(plainContextOf(ctx, request), page)
  app.addHook('onRequest', async (_request, reply) => {
    reply.type('text/html; charset=utf-8')
  })

  await app.register(webhookRoutes, { ctx })

  app.get('/', { schema: { hide: true, querystring: doneQuery } }, async (request) => {
    const overview = await readOverview(ctx, inspection, reader)
    return html(request, <OperationsPage overview={overview} done={doneText(request.query)} />)
  })

  app.get(
    '/connections',
    {
      schema: {
        hide: true,
        querystring: z.object({
          state: z.enum(states).optional(),
          code: z.enum(errorCodes).optional(),
          client: z.string().max(200).optional(),
          after: z.uuid().optional(),
        }),
      },
    },
    async (request) => {
      const { state, code, after } = request.query
      const clientId = request.query.client?.trim() || undefined
      const found = await listConnections(ctx.db, { state, code, clientId, after, limit: perPage + 1 })
      const shown = found.slice(0, perPage)
      const last = found.length > perPage ? shown.at(-1) : undefined
      const narrowed = new URLSearchParams(
        Object.entries({ state, code, client: clientId }).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, value]],
        ),
      )
      if (last) narrowed.set('after', last.id)
      const filters = [
        state && words.state(state.replaceAll('_', ' ')),
        code && words.problem(code),
        clientId && words.client(clientId),
      ].filter(Boolean)
      return html(
        request,
        <ConnectionsPage
          connections={shown}
          clientId={clientId}
          filterText={filters.length === 0 ? undefined : words.only(filters.join(', '))}
          next={last ? `/operator/connections?${narrowed}` : null}
        />,
      )
    },
  )

  app.get(
    '/connections/:connectionId',
    { schema: { hide: true, params: connectionParams, querystring: doneQuery } },
    async (request) => {
      const { connectionId } = request.params
      const [connection, runs, events] = await Promise.all([
        findConnectionDetail(ctx.db, connectionId),
        newestRuns(ctx.db, connectionId),
        newestAuditEvents(ctx.db, { type: 'connection', id: connectionId }),
      ])
      if (!connection) throw new AppError('not_found')
      return html(
        request,
        <ConnectionPage connection={connection} runs={runs} events={events} done={doneText(request.query)} />,
      )
    },
  )

  const connectionWrites = [
    { path: 'pause', write: pauseConnection, done: 'connection_paused' },
    { path: 'resume', write: resumeConnection, done: 'connection_resumed' },
    { path: 'forget-limits', write: forgetLimits, done: 'limits_forgotten' },
  ] as const
  for (const { path, write, done } of connectionWrites)
    app.post(
      `/connections/:connectionId/${path}`,
      { schema: { hide: true, params: connectionParams } },
      async (request, reply) => {
        const { connectionId } = request.params
        await write(ctx, { connectionId, actor: request.identity.subject, ip: request.ip })
        return reply.redirect(`/operator/connections/${connectionId}?done=${done}`, 303)
      },
    )

  const failedWrites = [
    { path: 'retry', write: inspection.retryFailedKind, done: 'retried' },
    { path: 'clear', write: inspection.clearRecoveredKind, done: 'cleared' },
  ] as const
  for (const { path, write, done } of failedWrites)
    app.post(`/failed/${path}`, { schema: { hide: true, body: failedKind } }, async (request, reply) => {
      const count = await write(request.body, operatorOf(request))
      reader.forget()
      return reply.redirect(`/operator?done=${done}&count=${count}`, 303)
    })

  app.get('/queue/pause', { schema: { hide: true, querystring: queueBody } }, async (request) => {
    const { queue: name } = request.query
    const { counts } = (await inspection.readStates()).find((state) => state.name === name) ?? {}
    const held = (counts?.waiting ?? 0) + (counts?.delayed ?? 0)
    const waiting = held === 0 ? words.nothingWaitsInItNow : words.jobsWaitInItNow(held)
    return html(request, <PausePage queue={name} waiting={waiting} />)
  })

  const queueWrites = [
    { path: 'pause', action: 'queue.paused', done: 'queue_paused' },
    { path: 'resume', action: 'queue.resumed', done: 'queue_resumed' },
  ] as const
  for (const { path, action, done } of queueWrites)
    app.post(`/queue/${path}`, { schema: { hide: true, body: queueBody } }, async (request, reply) => {
      const name = request.body.queue
      const { subject, ip } = operatorOf(request)
      await audit(ctx.db, {
        clientId: null,
        actor: subject,
        actorRole: 'operator',
        action,
        subjectType: 'queue',
        subjectId: name,
        ip,
      })
      await inspection[path](name)
      reader.forget()
      return reply.redirect(`/operator?done=${done}`, 303)
    })
}
