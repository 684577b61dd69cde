/** A browser comes with a token of the host portal: whether it is signed in at once or asked first (ADR 10). */
import type { FastifyRequest } from 'fastify'
import type { Ctx } from '../../context.ts'
import { cameFromPortal } from './came-from.ts'
import { hashSecret } from './secret-compare.ts'
import { readNonceCookie } from './session-cookie.ts'
import { refuseSpent } from './sign-in-token.ts'
import { type VerifiedToken, verifyToken } from './verify-token.ts'

/** Why a person is asked before a session begins. */
export type Doubt = 'another_client' | 'not_from_portal'

export interface HandOver extends VerifiedToken {
  /** Undefined: nothing speaks against it. */
  readonly doubt: Doubt | undefined
}

/** The nonce that the host portal signs for a sign-in begun in this browser. */
export const nonceFor = (secret: string): string => hashSecret(`nonce\0${secret}`)

const beganHere = (ctx: Ctx, request: FastifyRequest, nonce: string | undefined): boolean => {
  const secret = readNonceCookie(ctx.config, request)
  return secret !== undefined && nonce === nonceFor(secret)
}

const doubtAbout = (ctx: Ctx, request: FastifyRequest, { identity, nonce }: VerifiedToken) => {
  const { portalOrigins, portalSignInUrl } = ctx.config
  // Only a session: a program with a bearer token has no browser whose session could be replaced.
  const { caller } = request
  const replacesAnother = caller?.sessionId !== undefined && caller.clientId !== identity.clientId
  // An operator's session connects no books: planting one gains nothing, and no client can sign one.
  if (replacesAnother && identity.role !== 'operator') return 'another_client'
  if (beganHere(ctx, request, nonce) || cameFromPortal(ctx.config, request)) return undefined
  // A nonce of another browser: somebody began this sign-in and gave the link away.
  const expected = portalOrigins.length > 0 || portalSignInUrl !== undefined || nonce !== undefined
  return expected ? 'not_from_portal' : undefined
}

/**
 * Reads a hand-over without spending its token.
 *
 * @throws AppError token_invalid | token_expired
 */
export const readHandOver = async (ctx: Ctx, request: FastifyRequest, token: string): Promise<HandOver> => {
  const verified = await verifyToken(ctx, token, 'sign-in')
  await refuseSpent(ctx, token)
  return { ...verified, doubt: doubtAbout(ctx, request, verified) }
}
