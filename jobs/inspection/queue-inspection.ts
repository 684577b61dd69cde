import type { Ctx } from '../../src/context.ts'
import type { QueueInspection } from '../../src/operator/queue-inspection.ts'
import { type QueueName, queueNames } from '../define-job.ts'
import type { Queues } from '../queues.ts'
import { readFailedGroups } from './failed-jobs.ts'
import { readQueueStates } from './queue-states.ts'
import { clearRecoveredKind, retryFailedKind } from './retry-failed.ts'

/** The queues as the operator's pages see them. */
export const inspectQueues = (ctx: Ctx, queues: Queues): QueueInspection => ({
  backend: queues.backend,
  queueNames,
  readStates: () => readQueueStates(queues),
  readFailedGroups: () => readFailedGroups(ctx, queues),
  retryFailedKind: (kind, by) => retryFailedKind(ctx, queues, kind, by),
  clearRecoveredKind: (kind, by) => clearRecoveredKind(ctx, queues, kind, by),
  pause: (queue) => queues.queue(queue as QueueName).pause(),
  resume: (queue) => queues.queue(queue as QueueName).resume(),
})
