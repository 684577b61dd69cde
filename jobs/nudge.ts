/** The nudge of `src/context.ts`: fire and forget; what goes wrong is logged and left to the sweep. */
import type { Db } from '../db/core/database.ts'
import { claimDueRows, hasTurns } from '../db/jobs/due-rows.repo.ts'
import type { Nudge } from '../src/context.ts'
import type { Logger } from '../src/observability/logger.ts'
import { enqueueDue } from './due-jobs.ts'
import type { Queues } from './queues.ts'
import { enqueueClaimed } from './sweep.ts'

/** A nudge leaves to the sweep what was enqueued before and is still due. */
const never = 365 * 86_400

export const createNudge =
  ({ db, log }: { readonly db: Db; readonly log: Logger }, queues: Queues): Nudge =>
  ({ job, id, jobName = null }) => {
    const enqueued = hasTurns(job)
      ? claimDueRows(db, job, { limit: 10, staleSeconds: never, ownerOf: id }).then((rows) =>
          enqueueClaimed(db, queues, job, rows),
        )
      : enqueueDue(queues, job, [{ id, jobName }])
    enqueued.catch((error: unknown) => {
      log.warn({ event: 'nudge.failed', job, err: error })
    })
  }
