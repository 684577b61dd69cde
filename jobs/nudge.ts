/** The nudge of `src/context.ts`: fire and forget; what goes wrong is logged and left to the sweep. */
import type { Nudge } from '../src/context.ts'
import type { Logger } from '../src/observability/logger.ts'
import { enqueueDue } from './due-jobs.ts'
import type { Queues } from './queues.ts'

export const createNudge =
  (queues: Queues, log: Logger): Nudge =>
  ({ job, id, jobName = null }) => {
    enqueueDue(queues, job, [{ id, jobName }]).catch((error: unknown) => {
      log.warn({ event: 'nudge.failed', job, err: error })
    })
  }
