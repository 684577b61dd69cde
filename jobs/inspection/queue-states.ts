import { type CountedState, countedStates, type QueueState } from '../../src/operator/queue-inspection.ts'
import { queueNames } from '../define-job.ts'
import type { Queues } from '../queues.ts'

/** Depth of every queue. @throws when the queue's store does not answer. */
export const readQueueStates = (queues: Queues): Promise<readonly QueueState[]> =>
  Promise.all(
    queueNames.map(async (name) => {
      const queue = queues.queue(name)
      const [counts, paused] = await Promise.all([queue.getJobCounts(...countedStates), queue.isPaused()])
      const count = (state: CountedState) => counts[state] ?? 0
      return {
        name,
        paused,
        counts: {
          waiting: count('waiting'),
          active: count('active'),
          delayed: count('delayed'),
          failed: count('failed'),
        },
      }
    }),
  )
