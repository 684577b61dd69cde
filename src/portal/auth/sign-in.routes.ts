/** How a browser gets its session and loses it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ensureClient } from '../../../db/clients/clients.repo.ts'
import { spendSignInToken } from '../../../db/portal/used-sign-in-tokens.repo.ts'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { invalidRequest } from '../http/classify-error.ts'
import { homes, type Identity } from '../http/identity.ts'
import { problemResponses } from '../http/problem.ts'
import { originOf } from './csrf.ts'
import { demoUsers } from './demo-users.ts'
import { safePath } from './safe-path.ts'
import { hashSecret } from './secret-compare.ts'
import { clearSessionCookie, readSessionCookie, setSessionCookie } from './session-cookie.ts'
import { createSession, endSession } from './sessions.ts'
import { verifyToken } from './verify-token.ts'

const signInLimit = { rateLimit: { max: 30, timeWindow: '1 minute' } }

const demoSignIn = z
  .object({ as: z.enum(['client', 'operator']), next: z.string().max(2000).optional() })
  .meta({ id: 'DemoSignIn' })

/** @throws AppError invalid_request for anything that would leave this origin. */
const continueAt = (ctx: Ctx, next: string | undefined, home: string): string => {
  if (next === undefined || next === '') return home
  const path = safePath(next, ctx.config.publicUrl)
  if (path === undefined)
    throw invalidRequest([{ path: 'next', message: 'must be a path of this site, starting with a single /' }])
  return path
}

/** Always a new session: a cookie from before the sign-in is worth nothing afterwards. */
const startSession = async (
  ctx: Ctx,
  request: FastifyRequest,
  reply: FastifyReply,
  identity: Omit<Identity, 'sessionId'>,
) => {
  const old = readSessionCookie(ctx.config, request)
  if (old !== undefined) await endSession(ctx, hashSecret(old))
  setSessionCookie(ctx.config, reply, await createSession(ctx, identity))
  ctx.log.info({ event: 'session.started', clientId: identity.clientId, role: identity.role })
}

/** The signature also covers the encoding, so the signed part names a token; a signature's last letter may vary. */
const tokenName = (token: string) => hashSecret(token.slice(0, token.lastIndexOf('.')))

export const signInRoutes: FastifyPluginAsyncZod<{
  ctx: Ctx
  onSessionEnd: (sessionId: string) => void
}> = async (app, { ctx, onSessionEnd }) => {
  app.route({
    method: 'GET',
    url: '/session',
    // Link previews and virus scanners ask with HEAD: that must not spend a one-time token.
    exposeHeadRoute: false,
    config: { access: 'public', ...signInLimit },
    schema: {
      tags: ['Sign-in'],
      summary: 'One-time hand-over from the host portal',
      description:
        'Turns a token into a browser session (HttpOnly, SameSite=Lax cookie) and goes on to `next`.',
      querystring: z.object({
        token: z.string().min(1).max(8192).describe('JWT, HS256; good for one hand-over'),
        next: z.string().max(2000).optional().describe('Path of this site to continue at'),
      }),
      response: { 302: z.undefined().describe('Signed in; continues at `next`'), ...problemResponses },
    },
    handler: async (request, reply) => {
      const { token, next } = request.query
      const { identity, clientName, expiresAt } = await verifyToken(ctx, token)
      const path = continueAt(ctx, next, homes[identity.role])
      if (!(await spendSignInToken(ctx.db, { tokenHash: tokenName(token), expiresAt })))
        throw new AppError('token_invalid', { message: 'This sign-in link was used already.' })
      await ensureClient(ctx.db, { id: identity.clientId, name: clientName })
      await startSession(ctx, request, reply, identity)
      return reply.redirect(path, 302)
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
        await endSession(ctx, sessionId)
        onSessionEnd(sessionId)
      }
      clearSessionCookie(ctx.config, reply)
      return reply.redirect('/sign-in', 303)
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
      const path = continueAt(ctx, request.body.next, homes[identity.role])
      await ensureClient(ctx.db, { id: identity.clientId, name: clientName })
      await startSession(ctx, request, reply, identity)
      return reply.redirect(path, 303)
    },
  })
}
