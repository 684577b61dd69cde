/** The way to Zoho's consent page and back. People walk it in a browser, so every end of it is a page. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { beginConnect } from '../../connections/begin-connect.ts'
import { completeConnect } from '../../connections/complete-connect.ts'
import type { Ctx } from '../../context.ts'
import { cameFromPortal, isPressedHere } from '../auth/came-from.ts'
import { requireClient } from '../http/access.ts'
import { classifyError } from '../http/classify-error.ts'
import { problemResponses } from '../http/problem.ts'
import { callerOf, consentSession } from './caller.ts'

const connectLimit = { rateLimit: { max: 30, timeWindow: '1 minute' } }

const callbackQuery = z
  .object({
    code: z.unknown().optional(),
    state: z.unknown().optional(),
    error: z.unknown().optional(),
    location: z.unknown().optional(),
    'accounts-server': z.unknown().optional(),
  })
  .catchall(z.unknown())
  .describe('As Zoho sends it; checked inside, since every failure is explained on the page')

/** The page explains a code; the log has the rest. */
const explain = (ctx: Ctx, reply: FastifyReply, cause: unknown) => {
  const error = classifyError(cause)
  const level = error.status >= 500 ? 'error' : 'info'
  ctx.log[level]({ event: 'connect.failed', requestId: reply.request.id, code: error.code, err: error })
  reply.request.errorCode = error.code
  return reply.redirect(`/integrations?error=${error.code}`, 302)
}

/** A browser that was sent here from elsewhere may hold a session that its person knows nothing of (ADR 10). */
const isAsked = ({ config }: Ctx, request: FastifyRequest) =>
  request.identity.sessionId !== undefined &&
  !isPressedHere(config, request) &&
  !cameFromPortal(config, request)

export interface ConnectOptions {
  readonly ctx: Ctx
  /** Sends the page that names the client and asks whether to go on to Zoho. */
  readonly ask: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>
}

export const connectRoutes: FastifyPluginAsyncZod<ConnectOptions> = async (app, { ctx, ask }) => {
  requireClient(app)

  app.route({
    method: 'GET',
    url: '/integrations/zoho-books/connect',
    exposeHeadRoute: false,
    config: connectLimit,
    schema: {
      tags: ['Connection'],
      summary: 'Starts the consent at Zoho',
      description:
        'A browser that comes with a session, but from another site than this or the host portal, is asked on a page first.',
      response: { 302: z.undefined().describe('To Zoho’s consent page'), ...problemResponses },
    },
    handler: async (request, reply) => {
      if (isAsked(ctx, request)) {
        await ask(request, reply)
        return reply
      }
      try {
        const { clientId, subject } = callerOf(request)
        const sessionId = consentSession(request)
        return reply.redirect(await beginConnect(ctx, { clientId, subject, sessionId }), 302)
      } catch (error) {
        return explain(ctx, reply, error)
      }
    },
  })

  app.route({
    method: 'GET',
    url: '/integrations/zoho-books/callback',
    exposeHeadRoute: false,
    config: connectLimit,
    schema: {
      tags: ['Connection'],
      summary: 'Where Zoho sends the browser back to',
      querystring: callbackQuery,
      response: {
        302: z.undefined().describe('To `/integrations?connected=1`, or `/integrations?error=<code>`'),
        ...problemResponses,
      },
    },
    handler: async (request, reply) => {
      try {
        await completeConnect(ctx, {
          ...callerOf(request),
          sessionId: consentSession(request),
          query: request.query,
        })
        return reply.redirect('/integrations?connected=1', 302)
      } catch (error) {
        return explain(ctx, reply, error)
      }
    },
  })
}
