/** One event and one measurement per request. Patterns of routes, never URLs: those carry tokens, codes and ids. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Ctx } from '../../context.ts'
import { traced } from '../../observability/log-context.ts'
import { traceIdField } from '../../observability/spans/in-span.ts'
import { startRequestSpan } from './request-span.ts'

const quiet = new Set(['/healthz', '/readyz', '/metrics'])
/** A live stream lasts up to an hour: as a span it would show nothing but its length. */
const withoutSpan = new Set([...quiet, '/api/events'])

const routeOf = (request: FastifyRequest): string =>
  request.is404 ? '(unknown)' : (request.routeOptions.url ?? '(unknown)')

export const installAccessLog = (app: FastifyInstance, ctx: Ctx) => {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    const begin = () => traced({ requestId: request.id, ...traceIdField() }, done)
    const route = routeOf(request)
    if (withoutSpan.has(route)) begin()
    else startRequestSpan(ctx, request, reply, route, begin)
  })
  app.addHook('onSend', async (_request, reply) => {
    // What one person was shown must not come out of a cache for the next one.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = routeOf(request)
    const { method } = request
    const status = reply.statusCode
    ctx.metrics.httpSeconds.observe({ method, route, status: String(status) }, reply.elapsedTime / 1000)
    const level = quiet.has(route) ? 'debug' : 'info'
    ctx.log[level]({
      event: 'http.request',
      requestId: request.id,
      method,
      route,
      status,
      ms: Math.round(reply.elapsedTime),
      ...(request.errorCode ? { code: request.errorCode } : {}),
      ...(request.caller ? { clientId: request.caller.clientId, role: request.caller.role } : {}),
    })
  })
}
