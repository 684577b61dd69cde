/**
 * Zoho refuses to be framed, and what a browser keeps for us inside a host's frame it does not show us outside of it. So
 * a consent that starts in a frame carries its session over: by a signed ticket in a link to the top level, and from
 * there to Zoho's callback in a short-lived cookie. Neither is good for anything else.
 */
import { createHmac } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { Config } from '../../config.ts'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { sessionLives } from './sessions.ts'

/** As long as the state of a consent. */
const LIFETIME_SECONDS = 600

const contents = z.object({
  clientId: z.string(),
  subject: z.string(),
  /** Hash of the session in the frame. */
  sessionId: z.string(),
  /** Page of the host portal; checked when the ticket was made. */
  returnTo: z.string().optional(),
})

export type ConsentTicket = z.infer<typeof contents>

type Purpose = 'start' | 'callback'

/** Another key than that of sign-in tokens: neither is ever taken for the other. */
const keyOf = ({ portalJwtSecret }: Config) =>
  createHmac('sha256', portalJwtSecret).update('consent from a frame').digest()

export const signConsentTicket = (ctx: Ctx, purpose: Purpose, ticket: ConsentTicket): Promise<string> =>
  new SignJWT({ ...ticket })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(purpose)
    .setExpirationTime(Math.floor(ctx.clock.now().getTime() / 1000) + LIFETIME_SECONDS)
    .sign(keyOf(ctx.config))

/** @throws AppError connect_state_invalid when it is forged, too old, or its session has ended. */
export const readConsentTicket = async (
  ctx: Ctx,
  purpose: Purpose,
  ticket: string,
): Promise<ConsentTicket> => {
  try {
    const { payload } = await jwtVerify(ticket, keyOf(ctx.config), {
      algorithms: ['HS256'],
      audience: purpose,
      currentDate: ctx.clock.now(),
    })
    const read = contents.parse(payload)
    if (await sessionLives(ctx, read.sessionId)) return read
  } catch (cause) {
    throw new AppError('connect_state_invalid', { cause })
  }
  throw new AppError('connect_state_invalid')
}

const isHttps = ({ publicUrl }: Config) => publicUrl.startsWith('https:')
const cookieName = (config: Config) => (isHttps(config) ? '__Host-zoho_consent' : 'zoho_consent')
const cookieOptions = (config: Config) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure: isHttps(config) }) as const

export const setConsentCookie = (config: Config, reply: FastifyReply, ticket: string) =>
  reply.setCookie(cookieName(config), ticket, { ...cookieOptions(config), maxAge: LIFETIME_SECONDS })

export const clearConsentCookie = (config: Config, reply: FastifyReply) => {
  const name = cookieName(config)
  if (reply.request.cookies[name] !== undefined) reply.clearCookie(name, cookieOptions(config))
}

/** Who went to Zoho out of a frame; undefined: nobody did from this browser. @throws AppError connect_state_invalid */
export const consentOf = async (ctx: Ctx, request: FastifyRequest): Promise<ConsentTicket | undefined> => {
  const ticket = request.cookies[cookieName(ctx.config)]
  return ticket === undefined ? undefined : readConsentTicket(ctx, 'callback', ticket)
}
