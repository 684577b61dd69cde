/**
 * Connections to addresses that somebody else chose: only to public ones. It is looked at when the connection is made, at
 * the very address that is connected to, so a name that is answered otherwise a moment later gains nothing.
 */
import dns from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** The name or the address is one that we do not call. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError'
  readonly code = 'address_refused'

  constructor(host: string, address: string) {
    super(`${host} is at ${address}, which is no public address`)
  }
}

/** Outside of it there are ranges that ipaddr.js has no name for, such as addresses that hold one of IPv4 (`::127.0.0.1`). */
const globalUnicast = ipaddr.parseCIDR('2000::/3')
const isGlobal = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean => address.match(globalUnicast)

/**
 * Whether an address may be called: one of the public internet (`unicast` of ipaddr.js: no private, loopback,
 * link-local, shared, mapped or translated range), or one of the networks that are allowed all the same.
 */
export const isCallable = (address: string, allowed: readonly string[]): boolean => {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || isGlobal(parsed))) return true
  // Where clouds hand out credentials: no list opens it.
  if (parsed.range() === 'linkLocal') return false
  return allowed.some((network) => {
    const range = ipaddr.parseCIDR(network)
    return range[0].kind() === parsed.kind() && parsed.match(range)
  })
}

export interface GuardOptions {
  /** Networks that may be called although they are not public, like `10.1.0.0/16`. */
  readonly allowed: readonly string[]
  /** How names are resolved. Default: as the system does. */
  readonly lookup?: LookupFunction
}

const guardLookup =
  ({ allowed, lookup = dns.lookup as LookupFunction }: GuardOptions): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, options, (error, found, family) => {
      if (error) return callback(error, found, family)
      const refused = [found]
        .flat()
        .map((one) => (typeof one === 'string' ? one : one.address))
        .find((address) => !isCallable(address, allowed))
      if (refused !== undefined) return callback(new RefusedAddressError(hostname, refused), found, family)
      callback(null, found, family)
    })
  }

type Connect = https.Agent['createConnection']

/** An address as it stands in a URL is connected to without a lookup. */
const guardConnect = (connect: Connect, options: GuardOptions): Connect => {
  const lookup = guardLookup(options)
  return (given, callback) => {
    const host = given.host ?? ''
    if (isIP(host) === 0 || isCallable(host, options.allowed)) return connect({ ...given, lookup }, callback)
    callback?.(new RefusedAddressError(host, host), undefined as never)
    return undefined
  }
}

/** An agent for http and one for https, with connections that are kept for a few seconds. */
export const createGuardedAgents = (options: GuardOptions) => {
  const settings = { keepAlive: true, maxFreeSockets: 16, scheduling: 'lifo' } as const
  const agents = { http: new http.Agent(settings), https: new https.Agent(settings) }
  for (const agent of Object.values(agents))
    agent.createConnection = guardConnect(agent.createConnection.bind(agent) as Connect, options) as never
  return {
    http: agents.http,
    https: agents.https,
    close: () => {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

export type GuardedAgents = ReturnType<typeof createGuardedAgents>
