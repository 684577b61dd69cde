/**
 * Slows down guessing and hammering. Counted in the database, so that a caller gains nothing by asking several server
 * processes. When it cannot be counted, the request passes: what it wants needs the same database, and would be told so
 * by a 503 that says when to come back rather than by a 429 that is not true.
 */
import { createHash } from 'node:crypto'
import rateLimit, { type FastifyRateLimitStore, normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { countRequest } from '../../../db/core/rate-limits.repo.ts'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'

/** For requests that make a call to Zoho: they would eat the organization's budget. */
export const zohoCallLimit = { rateLimit: { max: 60, timeWindow: '1 minute' } }

/** For everything that changes something and has no limit of its own: of a client, over all its people and routes. */
const writeLimit = { max: 300, timeWindow: '1 minute', groupId: 'writes' }

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/** An address, or the network of one: who has IPv6 has some quintillions of addresses. */
export const addressKey = ({ ip }: FastifyRequest): string => normalizeIP(ip)

type Callback = Parameters<FastifyRateLimitStore['incr']>[1]

interface Scope {
  readonly groupId?: string
  readonly routeInfo?: { readonly method: unknown; readonly url: string }
}

/** What is counted by holds addresses and, of a webhook, its secret path: neither is stored. */
const keyHash = (scope: string, key: string): string =>
  createHash('sha256').update(`${scope}\0${key}`).digest('base64url')

const sharedStore = (ctx: Ctx) =>
  class SharedStore implements FastifyRateLimitStore {
    readonly #scope: string

    /** The plugin's types say otherwise, but it gives its merged options here and to `child`. */
    constructor(options: object) {
      const { groupId, routeInfo } = options as Scope
      this.#scope = groupId ?? (routeInfo ? `${routeInfo.method} ${routeInfo.url}` : '')
    }

    incr(key: string, callback: Callback, timeWindow: number) {
      countRequest(ctx.db, keyHash(this.#scope, key), timeWindow).then(
        ({ requests, ms }) => callback(null, { current: requests, ttl: ms }),
        (error: Error) => {
          ctx.log.warn({ event: 'http.rate_limit_not_counted', err: error })
          callback(error)
        },
      )
    }

    child(options: object) {
      return new SharedStore(options)
    }
  }

export const installRateLimits = async (app: FastifyInstance, ctx: Ctx) => {
  app.addHook('onRoute', (route) => {
    if ([route.method].flat().every((method) => safe.has(method))) return
    route.config = { rateLimit: writeLimit, ...route.config }
  })
  await app.register(rateLimit, {
    global: false,
    store: sharedStore(ctx),
    skipOnError: true,
    keyGenerator: (request) => request.caller?.clientId ?? addressKey(request),
    errorResponseBuilder: (_request, { ttl }) =>
      new AppError('too_many_requests', { retryAt: new Date(ctx.clock.now().getTime() + ttl) }),
  })
}
