/** Everything under `/api`: JSON in, JSON out, for one client. */
import type { FastifyPluginAsync } from 'fastify'
import type { Ctx } from '../../context.ts'
import { requireClient } from '../http/access.ts'
import { caseCommandRoutes } from './case-commands.routes.ts'
import { caseRoutes } from './cases.routes.ts'
import { connectionRoutes } from './connection.routes.ts'
import { documentRoutes } from './documents.routes.ts'
import { eventLogRoutes } from './event-log.routes.ts'
import { eventRoutes } from './events.routes.ts'
import { invoiceRoutes } from './invoices.routes.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Subscribe } from './portal-event.ts'
import { syncRunRoutes } from './sync-runs.routes.ts'
import { webhookEndpointRoutes } from './webhook-endpoints.routes.ts'

export interface ApiOptions {
  readonly ctx: Ctx
  readonly subscribe: Subscribe
  readonly streams: OpenStreams
  readonly heartbeatMs: number
}

export const apiPlugin: FastifyPluginAsync<ApiOptions> = async (app, { ctx, ...live }) => {
  requireClient(app)
  // A form cannot ask for JSON: what a foreign page could send without a preflight is not even read here.
  app.removeContentTypeParser(['application/x-www-form-urlencoded', 'text/plain'])
  await app.register(connectionRoutes, { ctx })
  await app.register(syncRunRoutes, { ctx })
  await app.register(invoiceRoutes, { ctx })
  await app.register(caseCommandRoutes, { ctx })
  await app.register(caseRoutes, { ctx })
  await app.register(documentRoutes, { ctx })
  await app.register(eventLogRoutes, { ctx })
  await app.register(webhookEndpointRoutes, { ctx })
  await app.register(eventRoutes, { ctx, ...live })
}
