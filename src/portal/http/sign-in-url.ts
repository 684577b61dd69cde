import type { FastifyRequest } from 'fastify'

/** Addresses that do something when they are only opened. */
const acts = new Set([
  '/session',
  '/sign-in/begin',
  '/integrations/zoho-books/callback',
  '/integrations/zoho-books/connect',
])

const decoded = (path: string) => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** True for an address that nobody is sent to by a `next`: it would act in the person's name. */
export const isAct = (url: string): boolean =>
  acts.has(
    decoded(url.split(/[?#]/, 1)[0] ?? '')
      .toLowerCase()
      .replace(/\/+$/, ''),
  )

/** The demo's sign-in page, with the way back to what was asked for. */
export const signInUrl = ({ url }: FastifyRequest) => {
  const next = isAct(url) ? '/integrations' : url
  return `/sign-in?next=${encodeURIComponent(next)}`
}
