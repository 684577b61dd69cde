import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../context.ts'
import { allowEveryone } from '../../http/access.ts'
import { plainContextOf } from '../page-context-of.ts'
import { renderPage } from '../render.tsx'
import { CataloguePage } from './catalogue-page.tsx'

/** What every problem refers to: without a session and without the database, which may be what is wrong. */
export const errorRoutes = (app: FastifyInstance, ctx: Ctx): void => {
  allowEveryone(app)
  app.get('/docs/errors', { schema: { hide: true } }, async (request, reply) =>
    reply.type('text/html; charset=utf-8').send(renderPage(plainContextOf(ctx, request), <CataloguePage />)),
  )
}
