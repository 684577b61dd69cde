import type { Ctx } from '../../src/context.ts'
import { countedStates } from '../../src/operator/queue-inspection.ts'
import type { Queues } from '../queues.ts'
import { readQueueStates } from './queue-states.ts'

/** Adds depth and pauses of the queues to this process's metrics. */
export const observeQueues = ({ metrics }: Ctx, queues: Queues): void => {
  metrics.onScrape('queues', async () => {
    metrics.queueUp.set(0)
    for (const { name, paused, counts } of await readQueueStates(queues)) {
      metrics.queuePaused.set({ queue: name }, paused ? 1 : 0)
      for (const state of countedStates) metrics.queueJobs.set({ queue: name, state }, counts[state])
    }
    metrics.queueUp.set(1)
  })
}
