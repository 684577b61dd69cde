/** How a browser gets its session and loses it. */
import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ensureClient } from '../../../db/clients/clients.repo.ts'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Identity } from '../http/identity.ts'
import { problemResponses } from '../http/problem.ts'
import { continueAt } from './continue-at.ts'
import { originOf } from './csrf.ts'
import { demoUsers } from './demo-users.ts'
import { type Doubt, type HandOver, nonceFor, readHandOver } from './hand-over.ts'
import { safePath } from './safe-path.ts'
import { hashSecret } from './secret-compare.ts'
import {
  clearNonceCookie,
  clearSessionCookie,
  readNonceCookie,
  readSessionCookie,
  setNonceCookie,
  setSessionCookie,
} from './session-cookie.ts'
import { createSession, endSession, endSessionsOf } from './sessions.ts'
import { spendToken } from './sign-in-token.ts'

const signInLimit = { rateLimit: { max: 30, timeWindow: '1 minute' } }

const demoSignIn = z
  .object({ as: z.enum(['client', 'operator']), next: z.string().max(2000).optional() })
  .meta({ id: 'DemoSignIn' })

/** What a person is asked before a hand-over counts. */
export interface HandOverQuestion {
  readonly doubt: Doubt
  readonly clientName: string
  readonly personName: string
  readonly token: string
  readonly next: string
}

export interface SignInOptions {
  readonly ctx: Ctx
  readonly onSessionEnd: (sessionId: string) => void
  /** Sends the page that asks; its form posts `token` and `next` to `/session`. */
  readonly ask: (request: FastifyRequest, reply: FastifyReply, question: HandOverQuestion) => Promise<unknown>
}

const handOverFields = z.object({
  token: z.string().min(1).max(8192).describe('JWT, HS256; good for one hand-over'),
  next: z.string().max(2000).optional().describe('Page of this site to continue at'),
})

export const signInRoutes: FastifyPluginAsyncZod<SignInOptions> = async (app, { ctx, onSessionEnd, ask }) => {
  /** Always a new session: a cookie from before the sign-in is worth nothing afterwards. */
  const startSession = async (
    request: FastifyRequest,
    reply: FastifyReply,
    identity: Omit<Identity, 'sessionId'>,
  ) => {
    const { ip, headers } = request
    const old = readSessionCookie(ctx.config, request)
    if (old !== undefined) {
      await endSession(ctx, hashSecret(old), { reason: 'replaced', ip })
      onSessionEnd(hashSecret(old))
    }
    const secret = await createSession(ctx, identity, { ip, userAgent: headers['user-agent'] ?? null })
    setSessionCookie(ctx.config, reply, secret)
    ctx.log.info({ event: 'session.started', clientId: identity.clientId, role: identity.role })
  }

  const accept = async (
    request: FastifyRequest,
    reply: FastifyReply,
    token: string,
    { identity, clientName, expiresAt }: HandOver,
  ) => {
    await spendToken(ctx, token, expiresAt)
    await ensureClient(ctx.db, { id: identity.clientId, name: clientName })
    await startSession(request, reply, identity)
    if (readNonceCookie(ctx.config, request) !== undefined) clearNonceCookie(ctx.config, reply)
  }

  app.route({
    method: 'GET',
    url: '/session',
    // Link previews and virus scanners ask with HEAD: that must not spend a one-time token.
    exposeHeadRoute: false,
    config: { access: 'optional', ...signInLimit },
    schema: {
      tags: ['Sign-in'],
      summary: 'One-time hand-over from the host portal',
      description: `Turns a token into a browser session (HttpOnly, SameSite=Lax cookie) and goes on to \`next\`. A page asks first when the
browser holds another client's session, or when \`PORTAL_ORIGINS\` or \`PORTAL_SIGN_IN_URL\` is set and the browser comes from elsewhere.`,
      querystring: handOverFields,
      response: { 302: z.undefined().describe('Signed in; continues at `next`'), ...problemResponses },
    },
    handler: async (request, reply) => {
      const { token } = request.query
      const handOver = await readHandOver(ctx, request, token)
      const { identity, clientName, doubt } = handOver
      const next = continueAt(ctx, request.query.next, identity.role)
      if (doubt !== undefined) {
        ctx.log.info({ event: 'session.asked_first', doubt, clientId: identity.clientId })
        const names = {
          clientName: clientName ?? identity.clientId,
          personName: identity.name ?? identity.subject,
        }
        await ask(request, reply, { doubt, token, next, ...names })
        return reply
      }
      await accept(request, reply, token, handOver)
      return reply.redirect(next, 302)
    },
  })

  app.route({
    method: 'POST',
    url: '/session',
    config: { access: 'optional', ...signInLimit },
    schema: { hide: true, body: handOverFields },
    handler: async (request, reply) => {
      // Without a session there is no CSRF token: nobody may sign a visitor in from elsewhere.
      if (request.caller === null && originOf(request, ctx.config.publicUrl) !== 'same')
        throw new AppError('csrf_failed')
      const handOver = await readHandOver(ctx, request, request.body.token)
      const next = continueAt(ctx, request.body.next, handOver.identity.role)
      await accept(request, reply, request.body.token, handOver)
      return reply.redirect(next, 303)
    },
  })

  app.route({
    method: 'POST',
    url: '/sign-out',
    config: { access: 'optional' },
    schema: {
      tags: ['Sign-in'],
      summary: 'Ends the browser session',
      response: { 303: z.undefined().describe('Signed out'), ...problemResponses },
    },
    handler: async (request, reply) => {
      const sessionId = request.caller?.sessionId
      if (sessionId !== undefined) {
        await endSession(ctx, sessionId, { reason: 'signed_out', ip: request.ip })
        onSessionEnd(sessionId)
      }
      clearSessionCookie(ctx.config, reply)
      return reply.redirect('/sign-in', 303)
    },
  })

  app.route({
    method: 'POST',
    url: '/sign-out/everywhere',
    config: { access: 'any' },
    schema: {
      tags: ['Sign-in'],
      summary: 'Ends all browser sessions of the person',
      response: { 303: z.undefined().describe('Signed out everywhere'), ...problemResponses },
    },
    handler: async (request, reply) => {
      for (const ended of await endSessionsOf(ctx, request.identity, { ip: request.ip })) onSessionEnd(ended)
      clearSessionCookie(ctx.config, reply)
      return reply.redirect('/sign-in', 303)
    },
  })

  app.route({
    method: 'POST',
    url: '/sessions/end',
    config: { access: 'any' },
    schema: { hide: true, body: z.object({ id: z.uuid() }) },
    handler: async (request, reply) => {
      const { identity, ip } = request
      const ended = await endSessionsOf(ctx, identity, { id: request.body.id, ip })
      for (const sessionId of ended) onSessionEnd(sessionId)
      if (identity.sessionId === undefined || !ended.includes(identity.sessionId))
        return reply.redirect('/sessions?done=ended', 303)
      clearSessionCookie(ctx.config, reply)
      return reply.redirect('/sign-in', 303)
    },
  })

  const { portalSignInUrl } = ctx.config
  if (portalSignInUrl !== undefined)
    app.route({
      method: 'GET',
      url: '/sign-in/begin',
      exposeHeadRoute: false,
      config: { access: 'public', ...signInLimit },
      schema: {
        tags: ['Sign-in'],
        summary: 'Sends a person to the host portal, with a nonce for the token that brings them back',
        querystring: handOverFields.pick({ next: true }),
        response: { 302: z.undefined().describe('To PORTAL_SIGN_IN_URL'), ...problemResponses },
      },
      handler: async (request, reply) => {
        const secret = randomBytes(32).toString('base64url')
        setNonceCookie(ctx.config, reply, secret)
        const next = safePath(request.query.next ?? '', ctx.config.publicUrl)
        const target = new URL(portalSignInUrl)
        target.searchParams.set('nonce', nonceFor(secret))
        if (next !== undefined) target.searchParams.set('next', next)
        return reply.redirect(target.href, 302)
      },
    })

  if (!ctx.config.demoSignIn) return
  app.route({
    method: 'POST',
    url: '/sign-in',
    config: { access: 'public', ...signInLimit },
    schema: {
      tags: ['Sign-in'],
      summary: 'Demo sign-in (only with DEMO_SIGN_IN)',
      body: demoSignIn,
      response: { 303: z.undefined().describe('Signed in'), ...problemResponses },
    },
    handler: async (request, reply) => {
      // Nobody may sign a visitor in from elsewhere.
      if (originOf(request, ctx.config.publicUrl) === 'other') throw new AppError('csrf_failed')
      const { identity, clientName } = demoUsers[request.body.as]
      const path = continueAt(ctx, request.body.next, identity.role)
      await ensureClient(ctx.db, { id: identity.clientId, name: clientName })
      await startSession(request, reply, identity)
      return reply.redirect(path, 303)
    },
  })
}
