import type { FastifyRequest } from 'fastify'

/** A callback's query holds a code that is good once: it is not carried through a sign-in. */
const notWorthReturningTo = new Set(['/integrations/zoho-books/callback', '/integrations/zoho-books/connect'])

/** The demo's sign-in page, with the way back to what was asked for. */
export const signInUrl = ({ url }: FastifyRequest) => {
  const path = url.split('?', 1)[0] ?? '/'
  const next = notWorthReturningTo.has(path) ? '/integrations' : url
  return `/sign-in?next=${encodeURIComponent(next)}`
}
