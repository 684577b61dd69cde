/** Everything under `/operator`: the operator's pages and, behind them, the queue dashboard. */
import type { FastifyPluginAsync } from 'fastify'
import type { Ctx } from '../../src/context.ts'
import { observeDatabase } from '../../src/observability/observe-database.ts'
import { operatorRoutes } from '../../src/operator/operator.routes.tsx'
import { createQueueReader } from '../../src/operator/overview.ts'
import { workHistoryRoutes } from '../../src/operator/work-history.routes.tsx'
import { observeQueues } from '../inspection/observe-queues.ts'
import { inspectQueues } from '../inspection/queue-inspection.ts'
import type { Queues } from '../queues.ts'
import { mountQueueBoard } from './queue-board.ts'

/**
 * The plugin that the portal mounts at `/operator`. It counts on being let through to operators only, with the
 * portal's sign-in, CSRF check, headers and error answers around it.
 */
export const createDashboard =
  (ctx: Ctx, queues: Queues): FastifyPluginAsync =>
  async (app) => {
    observeDatabase(ctx)
    observeQueues(ctx, queues)
    const inspection = inspectQueues(ctx, queues)
    const reader = createQueueReader(inspection)
    await app.register(operatorRoutes, { ctx, inspection, reader })
    await app.register(workHistoryRoutes, { ctx })
    await mountQueueBoard(app, { ctx, queues, prefix: `${app.prefix}/queues`, changed: reader.forget })
  }
