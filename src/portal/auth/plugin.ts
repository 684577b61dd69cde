/** Asks every request who is calling, before its body is read, and lets in whom the route allows. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Access, Identity, Role } from '../http/identity.ts'
import { checkCsrf, maskedCsrfTokenOf } from './csrf.ts'
import { type RememberClient, rememberClients } from './remember-client.ts'
import { readSessionCookie } from './session-cookie.ts'
import { findSession } from './sessions.ts'
import { isSpentToken } from './sign-in-token.ts'
import { verifyToken } from './verify-token.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

const fromBearer = async (ctx: Ctx, header: string, remember: RememberClient): Promise<Identity> => {
  const token = /^Bearer +([\w.-]+)$/i.exec(header)?.[1]
  if (token === undefined) throw new AppError('token_invalid')
  const { identity, clientName, isUnique } = await verifyToken(ctx, token, 'bearer')
  // Without an id it may be another token of the same second that was handed over.
  if (isUnique && (await isSpentToken(ctx, token)))
    throw new AppError('token_invalid', { message: 'This token was used for a sign-in.' })
  // A host is nobody's client.
  if (identity.role !== 'host') await remember(identity.clientId, clientName)
  return identity
}

/** Not what a page that is open somewhere asks by itself. */
const isByPerson = ({ headers, routeOptions }: FastifyRequest) =>
  headers['x-background'] === undefined && routeOptions.url !== '/api/events'

/** A bearer token decides when there is one: a bad one is never outvoted by a cookie. */
const identify = async (ctx: Ctx, request: FastifyRequest, remember: RememberClient) => {
  const { authorization } = request.headers
  if (authorization !== undefined) return fromBearer(ctx, authorization, remember)
  const secret = readSessionCookie(ctx.config, request)
  return secret === undefined ? undefined : findSession(ctx, secret, isByPerson(request))
}

const admitted: Readonly<Record<Exclude<Access, 'public' | 'optional'>, readonly Role[]>> = {
  client: ['client'],
  operator: ['operator'],
  any: ['client', 'operator'],
  integration: ['host', 'operator'],
  everyone: ['client', 'operator', 'host'],
}

/** @throws AppError not_signed_in | forbidden */
const admit = (caller: Identity | null, access: Access) => {
  if (access === 'public' || access === 'optional') return
  if (!caller) throw new AppError('not_signed_in')
  if (!admitted[access].includes(caller.role)) throw new AppError('forbidden')
}

export const authPlugin = fastifyPlugin(async (app: FastifyInstance, { ctx }: { ctx: Ctx }) => {
  const remember = rememberClients(ctx)

  app.decorateRequest('caller', null)
  app.decorateRequest('identity', {
    getter() {
      if (!this.caller) throw new AppError('not_signed_in')
      return this.caller
    },
  })
  app.decorateRequest('csrfToken', function (this: FastifyRequest) {
    return this.caller?.sessionId === undefined ? '' : maskedCsrfTokenOf(ctx.config, this.caller.sessionId)
  })

  app.addHook('onRequest', async (request) => {
    const { access = 'client' } = request.routeOptions.config
    if (request.is404 || access === 'public') return
    request.caller = (await identify(ctx, request, remember)) ?? null
    admit(request.caller, access)
  })

  // After the body was read, since a form carries its token there; before it is validated.
  app.addHook('preValidation', async (request) => {
    const sessionId = request.caller?.sessionId
    if (sessionId === undefined || request.is404 || safeMethods.has(request.method)) return
    checkCsrf(ctx.config, request, sessionId)
  })
})
