/** The host portal's word about a user: a JWT signed HS256 with the shared secret. */
import { errors as joseErrors, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Identity } from '../http/identity.ts'

const DAY_SECONDS = 24 * 60 * 60
/** How far the host portal's clock may be ahead of ours. */
const SKEW_SECONDS = 60

const id = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u)
const claims = z.object({
  sub: id,
  client_id: id,
  role: z.enum(['client', 'operator']),
  exp: z.number(),
  iat: z.number().optional(),
  name: id.optional(),
  client_name: id.optional(),
})

export interface VerifiedToken {
  readonly identity: Identity
  readonly clientName: string | undefined
  readonly expiresAt: Date
}

const tooLong = (exp: number, start: number) => exp - start > DAY_SECONDS + SKEW_SECONDS

const verdict = (error: unknown) =>
  new AppError(error instanceof joseErrors.JWTExpired ? 'token_expired' : 'token_invalid', { cause: error })

/**
 * Checks signature, algorithm, claims and lifetime (at most 24 hours).
 *
 * @throws AppError token_invalid | token_expired; the reason of the first is only logged.
 */
export const verifyToken = async (ctx: Ctx, token: string): Promise<VerifiedToken> => {
  const now = ctx.clock.now()
  const seconds = now.getTime() / 1000
  const { payload } = await jwtVerify(token, new TextEncoder().encode(ctx.config.portalJwtSecret), {
    algorithms: ['HS256'],
    requiredClaims: ['exp', 'sub', 'client_id', 'role'],
    currentDate: now,
  }).catch((error: unknown) => {
    throw verdict(error)
  })
  const parsed = claims.safeParse(payload)
  if (!parsed.success) throw new AppError('token_invalid', { cause: parsed.error })
  const { sub, client_id, role, exp, iat, name, client_name } = parsed.data
  if (tooLong(exp, iat ?? seconds) || tooLong(exp, seconds))
    throw new AppError('token_invalid', { message: 'The sign-in token is valid for more than 24 hours.' })
  if (iat !== undefined && iat > seconds + SKEW_SECONDS)
    throw new AppError('token_invalid', { message: 'The sign-in token was issued in the future.' })
  return {
    identity: { clientId: client_id, subject: sub, role, name: name ?? null, sessionId: undefined },
    clientName: client_name,
    expiresAt: new Date(exp * 1000),
  }
}
