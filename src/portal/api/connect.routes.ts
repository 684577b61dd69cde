/** The way to Zoho's consent page and back. People walk it in a browser, so every end of it is a page. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { beginConnect } from '../../connections/begin-connect.ts'
import { completeConnect } from '../../connections/complete-connect.ts'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { cameFromPortal, isPressedHere } from '../auth/came-from.ts'
import {
  type ConsentTicket,
  clearConsentCookie,
  consentOf,
  readConsentTicket,
  setConsentCookie,
  signConsentTicket,
} from '../auth/consent-ticket.ts'
import { originOf } from '../auth/csrf.ts'
import { requireClient } from '../http/access.ts'
import { classifyError } from '../http/classify-error.ts'
import { hostPage, inFrame } from '../http/embedding.ts'
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

/** Where a consent ends: on our page, or on the host portal's when it began in its frame. */
const endOf = (consent: ConsentTicket | undefined, outcome: string): string => {
  if (!consent)
    return outcome === 'connected' ? '/integrations?connected=1' : `/integrations?error=${outcome}`
  if (consent.returnTo === undefined) return `/integrations/zoho-books/consent/done?outcome=${outcome}`
  const page = new URL(consent.returnTo)
  page.searchParams.set('zoho_books', outcome)
  return page.href
}

/** The page explains a code; the log has the rest. */
const explain = (ctx: Ctx, reply: FastifyReply, cause: unknown, consent?: ConsentTicket) => {
  const error = classifyError(cause)
  const level = error.status >= 500 ? 'error' : 'info'
  ctx.log[level]({ event: 'connect.failed', requestId: reply.request.id, code: error.code, err: error })
  reply.request.errorCode = error.code
  return reply.redirect(endOf(consent, error.code), 302)
}

/** @throws AppError not_signed_in | forbidden */
const personOf = (request: FastifyRequest) => {
  if (request.identity.role !== 'client') throw new AppError('forbidden')
  return { ...callerOf(request), sessionId: consentSession(request) }
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
      response: {
        302: z.undefined().describe('To Zoho’s consent page; in a frame to a page that leads out of it'),
        ...problemResponses,
      },
    },
    handler: async (request, reply) => {
      if (isAsked(ctx, request)) {
        await ask(request, reply)
        return reply
      }
      // Zoho's page refuses to be framed: a page of ours leads out of the frame.
      if (inFrame(request)) return reply.redirect('/integrations/zoho-books/consent', 302)
      clearConsentCookie(ctx.config, reply)
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
    url: '/integrations/zoho-books/consent/start',
    exposeHeadRoute: false,
    config: { ...connectLimit, access: 'public' },
    schema: {
      hide: true,
      querystring: z.object({
        ticket: z.string().max(4096),
        return: z.string().max(2000).optional(),
      }),
    },
    handler: async (request, reply) => {
      // Only a page of ours may lead here: a link from elsewhere could connect a person's books to somebody else's account.
      if (originOf(request, ctx.config.publicUrl) !== 'same') throw new AppError('csrf_failed')
      const person = await readConsentTicket(ctx, 'start', request.query.ticket)
      const returnTo = hostPage(ctx.config, request.query.return)
      const consent = returnTo === undefined ? person : { ...person, returnTo }
      try {
        const zoho = await beginConnect(ctx, person)
        setConsentCookie(ctx.config, reply, await signConsentTicket(ctx, 'callback', consent))
        return reply.redirect(zoho, 302)
      } catch (error) {
        return explain(ctx, reply, error, consent)
      }
    },
  })

  app.route({
    method: 'GET',
    url: '/integrations/zoho-books/callback',
    exposeHeadRoute: false,
    config: { ...connectLimit, access: 'optional' },
    schema: {
      tags: ['Connection'],
      summary: 'Where Zoho sends the browser back to',
      querystring: callbackQuery,
      response: {
        302: z
          .undefined()
          .describe(
            'To `/integrations?connected=1`, or `/integrations?error=<code>`; to the host’s page when it began in a frame',
          ),
        ...problemResponses,
      },
    },
    handler: async (request, reply) => {
      clearConsentCookie(ctx.config, reply)
      const consent = await consentOf(ctx, request)
      const person = consent ? { ...consent, ip: request.ip } : personOf(request)
      try {
        await completeConnect(ctx, { ...person, query: request.query })
        return reply.redirect(endOf(consent, 'connected'), 302)
      } catch (error) {
        return explain(ctx, reply, error, consent)
      }
    },
  })
}
