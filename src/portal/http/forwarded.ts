/** Where a request comes from, behind proxies: `request.ip` is an address, and one that a trusted proxy vouches for. */
import { isIP } from 'node:net'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import type { TrustedProxies } from '../../config.ts'

/** As Fastify wants it. It takes no number, since a caller that reaches us directly could write the chain itself. */
export const trustOf = (proxies: TrustedProxies): NonNullable<FastifyServerOptions['trustProxy']> => {
  if (typeof proxies === 'number') return (_address, hop) => hop < proxies
  return proxies === false ? false : [...proxies]
}

/** Some proxies write the port too: `192.0.2.7:4711`, `[2001:db8::1]:4711`. */
const addressIn = (entry: string): string | undefined => {
  const text = entry.trim()
  const [, inBrackets, beforePort] = /^\[([^\]]*)\](?::\d+)?$|^([^:]+):\d+$/.exec(text) ?? []
  const address = inBrackets ?? beforePort ?? text
  return isIP(address) === 0 ? undefined : address
}

/** What stands to the right of the last entry that is no address: nobody can vouch for what came before that one. */
export const forwardedAddresses = (header: string): readonly string[] => {
  const addresses = header.split(',').map(addressIn)
  return addresses.slice(addresses.lastIndexOf(undefined) + 1) as string[]
}

/** Cuts the chain down to addresses before anything asks for `request.ip`: limits count by it, the audit keeps it. */
export const readForwardedAddresses = (app: FastifyInstance) => {
  app.addHook('onRequest', async ({ raw: { headers } }) => {
    const given = headers['x-forwarded-for']
    if (given !== undefined)
      headers['x-forwarded-for'] = forwardedAddresses([given].flat().join(',')).join(', ')
  })
}
