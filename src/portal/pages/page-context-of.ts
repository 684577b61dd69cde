import type { FastifyRequest } from 'fastify'
import { findViewerFacts } from '../../../db/portal/portal-viewer.repo.ts'
import type { Ctx } from '../../context.ts'
import { framedByOthers } from '../http/embedding.ts'
import '../http/fastify-types.ts'
import { createFormatter } from '../components/formatter.ts'
import type { PageContext, Viewer } from '../components/page-context.ts'
import { assetAddress } from './assets.ts'

const base = (ctx: Ctx, request: FastifyRequest, timeZone: string | undefined) => ({
  format: createFormatter({
    acceptLanguage: request.headers['accept-language'],
    timeZone,
    now: ctx.clock.now(),
  }),
  csrfToken: request.csrfToken() || undefined,
  path: request.url,
  hosts: framedByOthers(ctx.config) ? ctx.config.frameAncestors : undefined,
  asset: assetAddress,
  part: request.headers['x-part'] !== undefined,
})

/** The context of a page for whoever asks; without a database answer for visitors who are not signed in. */
export const pageContextOf = async (ctx: Ctx, request: FastifyRequest): Promise<PageContext> => {
  const { caller } = request
  if (!caller || caller.role === 'host') return { ...base(ctx, request, undefined), viewer: undefined }
  const facts = await findViewerFacts(ctx.db, caller.clientId)
  const viewer: Viewer = {
    name: caller.name ?? caller.subject,
    clientName: facts?.clientName ?? caller.clientId,
    role: caller.role,
  }
  return { ...base(ctx, request, facts?.timeZone ?? undefined), viewer }
}

/** The same without asking the database, which may be what an error page is about. */
export const plainContextOf = (ctx: Ctx, request: FastifyRequest): PageContext => ({
  ...base(ctx, request, undefined),
  viewer:
    request.caller && request.caller.role !== 'host'
      ? {
          name: request.caller.name ?? request.caller.subject,
          clientName: request.caller.name ?? request.caller.subject,
          role: request.caller.role,
        }
      : undefined,
})
