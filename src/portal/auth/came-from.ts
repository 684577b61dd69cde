/** Where a navigation came from, as the browser says itself: a page cannot make these headers say otherwise (ADR 10). */
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config.ts'

const refererOrigin = ({ headers }: FastifyRequest): string | undefined => {
  const { referer } = headers
  return referer !== undefined && URL.canParse(referer) ? new URL(referer).origin : undefined
}

/** From a page of the host portal, as PORTAL_ORIGINS names it. */
export const cameFromPortal = (config: Config, request: FastifyRequest): boolean => {
  const origin = refererOrigin(request)
  return origin !== undefined && config.portalOrigins.includes(origin)
}

/**
 * By a press on one of our own pages, which name the client, or by no browser at all. Every browser calls itself Mozilla;
 * one that sends no `Sec-Fetch-Site` (before 2023, or over plain http) has to show our page as the referer.
 */
export const isPressedHere = (config: Config, request: FastifyRequest): boolean => {
  const { 'sec-fetch-site': site, 'user-agent': agent = '' } = request.headers
  if (site !== undefined) return site === 'same-origin'
  const origin = refererOrigin(request)
  return origin === undefined ? !agent.startsWith('Mozilla/') : origin === new URL(config.publicUrl).origin
}
