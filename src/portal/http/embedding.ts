/** A host portal that shows us in a frame: whether it may, whether it does, and the way back to its page. */
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config.ts'

/** Origins, and patterns of origins, whose pages may frame us; `'self'` and bare schemes name no host. */
const hostSources = ({ frameAncestors }: Pick<Config, 'frameAncestors'>) =>
  frameAncestors.filter((source) => source.includes('://'))

/** True when pages of another origin may frame us. */
export const framedByOthers = ({ frameAncestors }: Pick<Config, 'frameAncestors'>) =>
  frameAncestors.some((source) => !source.startsWith("'"))

/** True when this page is asked for by a frame. The browser says so itself: a page cannot set this header. */
export const inFrame = ({ headers }: FastifyRequest) =>
  headers['sec-fetch-dest'] === 'iframe' || headers['sec-fetch-dest'] === 'frame'

const matches = (source: string, { protocol, hostname, port }: URL): boolean => {
  const [, scheme, wildcard, host, ofPort] = /^(https?:)\/\/(\*\.)?([^:]+)(?::(\d+|\*))?$/i.exec(source) ?? []
  if (host === undefined || scheme !== protocol) return false
  const name = host.toLowerCase()
  const sameHost = wildcard === undefined ? hostname === name : hostname.endsWith(`.${name}`)
  const usual = protocol === 'https:' ? '443' : '80'
  return sameHost && (ofPort === '*' || (ofPort ?? usual) === (port || usual))
}

/**
 * The page of the host portal to return to: the given one when `FRAME_ANCESTORS` names its origin, else the front page
 * of the only host there is. Undefined: nobody knows.
 */
export const hostPage = (
  config: Pick<Config, 'frameAncestors'>,
  given: string | undefined,
): string | undefined => {
  const sources = hostSources(config)
  const url = given !== undefined && URL.canParse(given) ? new URL(given) : undefined
  if (url && url.username === '' && sources.some((source) => matches(source, url))) return url.href
  const [only] = sources
  return sources.length === 1 && only !== undefined && !only.includes('*') ? new URL(only).href : undefined
}
