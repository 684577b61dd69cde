/** The host portal's word about a user: a JWT signed HS256 with the shared secret. */
import { type JWTPayload, errors as joseErrors, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Identity } from '../http/identity.ts'

const DAY_SECONDS = 24 * 60 * 60
/** A sign-in link is on its way from one page to the next. */
const LINK_SECONDS = 2 * 60
/** How far the host portal's clock may be ahead of ours. */
const SKEW_SECONDS = 60

/** Claim `purpose` of a token that is a sign-in link and nothing else. */
const SIGN_IN = 'sign-in'

const id = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u)
const claims = z.object({
  sub: id,
  client_id: id.optional(),
  role: z.enum(['client', 'operator', 'host']),
  exp: z.number(),
  iat: z.number().optional(),
  name: id.optional(),
  client_name: id.optional(),
  purpose: z.literal(SIGN_IN).optional(),
  jti: z.string().max(1_000).optional(),
  sign_in_nonce: z.string().max(200).optional(),
})

export interface VerifiedToken {
  readonly identity: Identity
  readonly clientName: string | undefined
  readonly expiresAt: Date
  /** What a sign-in that was begun here gave the host portal to sign. */
  readonly nonce: string | undefined
  /** It has an id, so that no other token is the same text. Without one, two of the same second are. */
  readonly isUnique: boolean
}

const verdict = (error: unknown) =>
  new AppError(error instanceof joseErrors.JWTExpired ? 'token_expired' : 'token_invalid', { cause: error })

const refuse = (message: string) => new AppError('token_invalid', { message })

const checkLifetime = ({ exp, iat, purpose }: z.infer<typeof claims>, now: number): void => {
  if (purpose === SIGN_IN && (iat === undefined || exp - iat > LINK_SECONDS))
    throw refuse('A sign-in link must say when it was issued and be valid for at most 2 minutes.')
  if (exp - (iat ?? now) > DAY_SECONDS + SKEW_SECONDS || exp - now > DAY_SECONDS + SKEW_SECONDS)
    throw refuse('The sign-in token is valid for too long.')
  if (iat !== undefined && iat > now + SKEW_SECONDS)
    throw refuse('The sign-in token was issued in the future.')
}

const payloadOf = async ({ config, clock }: Ctx, token: string): Promise<JWTPayload> => {
  const { payload } = await jwtVerify(token, new TextEncoder().encode(config.portalJwtSecret), {
    algorithms: ['HS256'],
    requiredClaims: ['exp', 'sub', 'role'],
    currentDate: clock.now(),
    ...(config.portalJwtAudience !== undefined && { audience: config.portalJwtAudience }),
    ...(config.portalJwtIssuer !== undefined && { issuer: config.portalJwtIssuer }),
  }).catch((error: unknown) => {
    throw verdict(error)
  })
  return payload
}

/**
 * Checks signature, algorithm, audience, issuer, claims, lifetime and what the token is for. A token with `purpose` is
 * a sign-in link of at most two minutes and no bearer token; one without may be either, for at most 24 hours.
 *
 * @throws AppError token_invalid | token_expired; the reason of the first is only logged.
 */
export const verifyToken = async (
  ctx: Ctx,
  token: string,
  use: 'bearer' | 'sign-in',
): Promise<VerifiedToken> => {
  const parsed = claims.safeParse(await payloadOf(ctx, token))
  if (!parsed.success) throw new AppError('token_invalid', { cause: parsed.error })
  const { sub, role, exp, name, client_name, purpose, sign_in_nonce, jti } = parsed.data
  // Only a host acts for no client.
  const client_id = parsed.data.client_id ?? (role === 'host' ? 'host' : undefined)
  if (client_id === undefined) throw refuse('The token names no client.')
  checkLifetime(parsed.data, ctx.clock.now().getTime() / 1000)
  if (use === 'bearer' && purpose !== undefined) throw refuse('A sign-in link is no bearer token.')
  if (use === 'sign-in' && purpose === undefined && ctx.config.signInPurposeRequired)
    throw refuse('A sign-in link needs the claim purpose.')
  return {
    identity: { clientId: client_id, subject: sub, role, name: name ?? null, sessionId: undefined },
    clientName: client_name,
    expiresAt: new Date(exp * 1000),
    nonce: sign_in_nonce,
    isUnique: jti !== undefined,
  }
}
