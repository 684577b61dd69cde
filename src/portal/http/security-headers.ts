/**
 * Strict headers for every answer: of what stands in a page itself only our own styles are allowed, by their sum. The API docs, a
 * foreign page, loosen styles only.
 */
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../../config.ts'
import { pageStylesSource } from './page-styles.ts'

const directives = ({ frameAncestors }: Config, styles: readonly string[]) => ({
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': [...styles],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'self'"],
  'frame-ancestors': [...frameAncestors],
})

export const installSecurityHeaders = async (app: FastifyInstance, config: Config) => {
  const https = config.publicUrl.startsWith('https:')
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: directives(config, ["'self'", pageStylesSource]),
    },
    // The header cannot name other hosts, so it would contradict a frame-ancestors that does.
    xFrameOptions: config.frameAncestors[0] === "'none'" ? { action: 'deny' } : false,
    strictTransportSecurity: https ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'same-origin' },
    crossOriginEmbedderPolicy: false,
  })
}

/** For pages of libraries that carry style attributes. Scripts stay our own. */
export const lenientStylePolicy = (config: Config) =>
  Object.entries(directives(config, ["'self'", "'unsafe-inline'"]))
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join('; ')
