/** Everything under `/operator`: the operator's pages and, behind them, the queue dashboard. */
import type { FastifyPluginAsync } from 'fastify'
import type { Ctx } from '../src/context.ts'
import { observeDatabase } from '../src/operations/observe-database.ts'
import { observeQueues } from './operator/observe-queues.ts'
import { operatorRoutes } from './operator/operator.routes.tsx'
import { createQueueReader } from './operator/overview.ts'
import { mountQueueBoard } from './operator/queue-board.ts'
import type { Queues } from './queues.ts'

/**
 * The plugin that the portal mounts at `/operator`. It counts on being let through to operators only, with the
 * portal's sign-in, CSRF check, headers and error answers around it.
 */
export const createDashboard =
  (ctx: Ctx, queues: Queues): FastifyPluginAsync =>
  async (app) => {
    observeDatabase(ctx)
    observeQueues(ctx, queues)
    const reader = createQueueReader(ctx, queues)
    await app.register(operatorRoutes, { ctx, queues, reader })
    await mountQueueBoard(app, { ctx, queues, prefix: `${app.prefix}/queues`, changed: reader.forget })
  }
