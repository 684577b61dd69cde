import { type QueueName, queueNames } from '../define-job.ts'
import type { Queues } from '../queues.ts'

export interface QueueState {
  readonly name: QueueName
  readonly paused: boolean
  readonly counts: Readonly<Record<CountedState, number>>
}

/** The states that say something about load and trouble; completed jobs are history. */
export const countedStates = ['waiting', 'active', 'delayed', 'failed'] as const
export type CountedState = (typeof countedStates)[number]

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
