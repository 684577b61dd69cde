/** Slows down guessing and hammering, per process. Routes opt in with `config.rateLimit`. */
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'

/** For requests that make a call to Zoho: they would eat the organization's budget. */
export const zohoCallLimit = { rateLimit: { max: 60, timeWindow: '1 minute' } }

export const installRateLimits = async (app: FastifyInstance, ctx: Ctx) => {
  await app.register(rateLimit, {
    global: false,
    keyGenerator: (request) => request.caller?.clientId ?? request.ip,
    errorResponseBuilder: (_request, { ttl }) =>
      new AppError('too_many_requests', { retryAt: new Date(ctx.clock.now().getTime() + ttl) }),
  })
}
