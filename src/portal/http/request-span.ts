import { context, SpanKind, trace } from '@opentelemetry/api'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Ctx } from '../../context.ts'
import { continuing, failSpan, tracer } from '../../observability/spans/in-span.ts'

/**
 * Starts the span of a request and runs `work` inside it; the span ends when the connection is done with the answer.
 * A trace that begins outside is continued only behind a proxy of ours: strangers do not choose what is recorded.
 */
export const startRequestSpan = (
  { config }: Ctx,
  request: FastifyRequest,
  reply: FastifyReply,
  route: string,
  work: () => void,
): void => {
  const { method, headers } = request
  const given = config.trustProxy !== false ? headers['traceparent'] : undefined
  const parent = continuing(typeof given === 'string' ? given : undefined)
  const span = tracer().startSpan(
    `${method} ${route}`,
    { kind: SpanKind.SERVER, attributes: { 'http.request.method': method, 'http.route': route } },
    parent,
  )
  reply.raw.once('close', () => {
    const status = reply.statusCode
    span.setAttribute('http.response.status_code', status)
    if (status >= 500) failSpan(span, request.errorCode ?? undefined)
    else if (request.errorCode) span.setAttribute('error.type', request.errorCode)
    span.end()
  })
  context.with(trace.setSpan(parent, span), work)
}
