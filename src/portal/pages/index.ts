/** The HTML pages: each route loads data, makes a view of it and gives it to a component. */
import type { FastifyPluginAsync } from 'fastify'
import type { Ctx } from '../../context.ts'
import { requireClient } from '../http/access.ts'
import { assetRoutes } from './assets.ts'
import { commandRoutes } from './bulk-import/command-routes.tsx'
import { bulkImportRoutes } from './bulk-import/routes.tsx'
import { caseRoutes, caseUploadRoutes } from './cases/routes.tsx'
import { renderErrorPage } from './errors/render-error-page.tsx'
import { errorRoutes } from './errors/routes.tsx'
import { integrationRoutes } from './integrations/routes.tsx'
import { sessionRoutes } from './sessions/routes.tsx'
import { signInRoutes } from './sign-in/routes.tsx'

/** Mounted at the root by `buildApp`. */
export const pagesPlugin =
  (ctx: Ctx): FastifyPluginAsync =>
  async (app) => {
    app.htmlErrorPage.render = (problem, request) => renderErrorPage(ctx, problem, request)
    await app.register(assetRoutes)
    await app.register(async (scope) => signInRoutes(scope, ctx))
    await app.register(async (scope) => errorRoutes(scope, ctx))
    await app.register(async (scope) => sessionRoutes(scope, ctx))
    await app.register(async (scope) => {
      requireClient(scope)
      integrationRoutes(scope, ctx)
      bulkImportRoutes(scope, ctx)
      commandRoutes(scope, ctx)
      caseRoutes(scope, ctx)
      await scope.register(async (uploads) => caseUploadRoutes(uploads, ctx))
    })
  }
