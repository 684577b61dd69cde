import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../../config.ts'
import { framedByOthers } from '../http/embedding.ts'

const secure = ({ publicUrl }: Config) => publicUrl.startsWith('https:')

/** `__Host-` makes browsers refuse the cookie from another host, path or plain http. */
const cookieName = (config: Config) => (secure(config) ? '__Host-portal_session' : 'portal_session')

const options = (config: Config): CookieSerializeOptions => ({
  path: '/',
  httpOnly: true,
  secure: secure(config),
  // In the frame of another site only SameSite=None arrives; partitioned, it is that site's alone (CHIPS).
  ...(secure(config) && framedByOthers(config)
    ? { sameSite: 'none', partitioned: true }
    : { sameSite: 'lax' }),
})

/** Binds a sign-in that was begun here to the browser that began it. */
const nonceName = (config: Config) => (secure(config) ? '__Host-portal_nonce' : 'portal_nonce')
const NONCE_SECONDS = 600

export const readNonceCookie = (config: Config, request: FastifyRequest) => request.cookies[nonceName(config)]

export const setNonceCookie = (config: Config, reply: FastifyReply, secret: string) =>
  reply.setCookie(nonceName(config), secret, { ...options(config), maxAge: NONCE_SECONDS })

export const clearNonceCookie = (config: Config, reply: FastifyReply) =>
  reply.clearCookie(nonceName(config), options(config))

export const readSessionCookie = (config: Config, request: FastifyRequest) =>
  request.cookies[cookieName(config)]

export const setSessionCookie = (config: Config, reply: FastifyReply, secret: string) =>
  reply.setCookie(cookieName(config), secret, options(config))

export const clearSessionCookie = (config: Config, reply: FastifyReply) =>
  reply.clearCookie(cookieName(config), options(config))
