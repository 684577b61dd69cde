import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { VNode } from 'preact'
import type { Ctx } from '../../context.ts'
import { pageContextOf } from './page-context-of.ts'
import { renderPage } from './render.tsx'

/**
 * Pages may be kept by the browser for its back button, and are asked for afresh otherwise. `Vary: Cookie` keeps one
 * person's page from another in a shared cache that does not obey `private`.
 */
const noSharing = { 'cache-control': 'private, no-cache', vary: 'Cookie, Accept-Language, X-Part' }

/** Sends a component as a page, or as a part of one. */
export const sendPage = async (ctx: Ctx, request: FastifyRequest, reply: FastifyReply, page: VNode) => {
  const html = renderPage(await pageContextOf(ctx, request), page)
  return reply.headers(noSharing).type('text/html; charset=utf-8').send(html)
}

/** Adds a page: load the data, give the component. Undefined: the reply was sent (a redirect). */
export const getPage = (
  app: FastifyInstance,
  ctx: Ctx,
  url: string,
  load: (request: FastifyRequest, reply: FastifyReply) => Promise<VNode | undefined>,
  config: Record<string, unknown> = {},
) =>
  app.get(url, { schema: { hide: true }, config }, async (request, reply) => {
    const page = await load(request, reply)
    return page === undefined ? reply : sendPage(ctx, request, reply, page)
  })

/** Adds the target of a form: do it, then say where to go on. `303`, so that a reload repeats nothing. */
export const postForm = (
  app: FastifyInstance,
  url: string,
  act: (request: FastifyRequest, reply: FastifyReply) => Promise<string | undefined>,
  config: Record<string, unknown> = {},
) =>
  app.post(url, { schema: { hide: true }, config }, async (request, reply) => {
    const next = await act(request, reply)
    return next === undefined ? reply : reply.redirect(next, 303)
  })
