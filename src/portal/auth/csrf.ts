/** Proof that a write from a browser session was started by our own pages. */
import { createHmac, randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config.ts'
import { AppError } from '../../errors.ts'
import { sameSecret } from './secret-compare.ts'

/** Bound to the session: worthless in another one, and nothing to store. */
export const csrfTokenOf = (config: Config, sessionId: string) =>
  createHmac('sha256', config.portalJwtSecret).update(`csrf\0${sessionId}`).digest('base64url')

const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)))

/**
 * The token as a page carries it, different in each page: whoever can make a browser ask for a compressed page with words of their
 * own, and sees how long the answers are, learns nothing of it (BREACH).
 */
export const maskedCsrfTokenOf = (config: Config, sessionId: string): string => {
  const token = Buffer.from(csrfTokenOf(config, sessionId), 'base64url')
  const mask = randomBytes(token.length)
  return Buffer.concat([mask, xor(token, mask)]).toString('base64url')
}

const unmasked = (given: string): string => {
  const bytes = Buffer.from(given, 'base64url')
  const half = bytes.length / 2
  return xor(bytes.subarray(0, half), bytes.subarray(half)).toString('base64url')
}

const first = (value: unknown): string | undefined => {
  const one = Array.isArray(value) ? value[0] : value
  return typeof one === 'string' ? one : undefined
}

const givenToken = ({ headers, body }: FastifyRequest) =>
  first(headers['x-csrf-token']) ??
  (typeof body === 'object' && body !== null ? first((body as Record<string, unknown>)['_csrf']) : undefined)

type Origin = 'same' | 'other' | 'unknown'

/** Where the browser says the request came from. A browser sets these headers itself: a page cannot. */
export const originOf = ({ headers }: FastifyRequest, publicUrl: string): Origin => {
  const site = first(headers['sec-fetch-site'])
  if (site !== undefined) return site === 'same-origin' ? 'same' : 'other'
  const { origin } = headers
  if (origin === undefined) return 'unknown'
  return origin === new URL(publicUrl).origin ? 'same' : 'other'
}

/**
 * A token decides if one is given; else the browser's headers must say that the origin is ours.
 *
 * @throws AppError csrf_failed
 */
export const checkCsrf = (config: Config, request: FastifyRequest, sessionId: string) => {
  const token = givenToken(request)
  const proven =
    token === undefined
      ? originOf(request, config.publicUrl) === 'same'
      : sameSecret(unmasked(token), csrfTokenOf(config, sessionId))
  if (!proven) throw new AppError('csrf_failed')
}
