/** Remembers every route, so that a known path with another method is answered 405 instead of 404. */
import type { FastifyInstance } from 'fastify'

interface KnownRoute {
  readonly methods: readonly string[]
  readonly path: RegExp
}

const tables = new WeakMap<FastifyInstance, KnownRoute[]>()

const pattern = (url: string) =>
  new RegExp(
    `^${url
      .split('/')
      .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.+?^$()[\]{}|\\]/g, '\\$&')))
      .join('/')}$`,
  )

/** Starts to collect; call before any route is added. Wildcards are left out: they would know every path. */
export const collectRoutes = (app: FastifyInstance) => {
  const table: KnownRoute[] = []
  tables.set(app, table)
  app.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return
    table.push({ methods: [method].flat(), path: pattern(url) })
  })
}

/** Methods that the path of this URL answers to. */
export const allowedMethods = (app: FastifyInstance, url: string): readonly string[] => {
  const path = url.split('?', 1)[0] ?? ''
  const methods = (tables.get(app) ?? []).filter((route) => route.path.test(path)).flatMap((r) => r.methods)
  return [...new Set(methods)].sort()
}
