import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Ctx } from '../../context.ts'
import { classifyError } from './classify-error.ts'
import { toProblem } from './problem.ts'

/** Answers an address that could not even be read: before routing, so neither hooks nor pages are there yet. */
export const answerBadUrl = (ctx: Ctx, cause: unknown, request: FastifyRequest, reply: FastifyReply) => {
  const problem = toProblem(classifyError(cause), request.id, ctx.clock.now())
  ctx.log.debug({ event: 'http.refused', requestId: request.id, code: problem.code })
  void reply
    .code(problem.status)
    .headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
    })
    .send(JSON.stringify(problem))
}
