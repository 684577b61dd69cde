/** From "this row is due" to a job in a queue. */
import type { DueKind, DueRow } from '../db/jobs/due-rows.repo.ts'
import type { Intent, Nudge } from '../src/context.ts'
import type { Logger } from '../src/observability/logger.ts'
import { connectionEventJob } from './connection-event.job.ts'
import { createCasesJob } from './create-cases.job.ts'
import { followCasesJob } from './follow-cases.job.ts'
import { indexSearchJob } from './index-search.job.ts'
import { enqueue, type Queues } from './queues.ts'
import { reassessJob } from './reassess.job.ts'
import { refreshTokenJob } from './refresh-token.job.ts'
import { retentionJob } from './retention.job.ts'
import { revokeTokenJob } from './revoke-token.job.ts'
import { syncConnectionJob } from './sync-connection.job.ts'

const byId = <Name extends string>(rows: readonly DueRow[], name: Name) =>
  rows.map((row) => ({ data: { [name]: row.id } as Record<Name, string> }))

/** Enqueues one job per due row. @throws when the queue's store is not reachable. */
export const enqueueDue = (queues: Queues, kind: DueKind, rows: readonly DueRow[]): Promise<void> => {
  switch (kind) {
    case 'connection-event':
      return enqueue(
        queues,
        connectionEventJob,
        rows.map((row) => ({ name: row.jobName ?? 'connected', data: { eventId: row.id } })),
      )
    case 'sync-connection':
      return enqueue(queues, syncConnectionJob, byId(rows, 'connectionId'))
    case 'refresh-token':
      return enqueue(queues, refreshTokenJob, byId(rows, 'connectionId'))
    case 'create-cases':
      return enqueue(queues, createCasesJob, byId(rows, 'commandId'))
    case 'follow-cases':
      return enqueue(queues, followCasesJob, byId(rows, 'connectionId'))
    case 'revoke-token':
      return enqueue(queues, revokeTokenJob, byId(rows, 'revocationId'))
    case 'retention':
      return enqueue(queues, retentionJob, [{ data: {} }])
    case 'reassess':
      return enqueue(queues, reassessJob, [{ data: {} }])
    case 'index-search':
      return enqueue(queues, indexSearchJob, [{ data: {} }])
  }
}

const dueRow = (intent: Intent): DueRow => {
  if (intent.job === 'connection-event') return { id: intent.eventId, jobName: intent.kind }
  if (intent.job === 'create-cases') return { id: intent.commandId, jobName: null }
  if (intent.job === 'revoke-token') return { id: intent.revocationId, jobName: null }
  return { id: intent.connectionId, jobName: null }
}

/** The nudge of `src/context.ts`: fire and forget; what goes wrong is logged and left to the sweep. */
export const createNudge =
  (queues: Queues, log: Logger): Nudge =>
  (intent) => {
    enqueueDue(queues, intent.job, [dueRow(intent)]).catch((error: unknown) => {
      log.warn({ event: 'nudge.failed', job: intent.job, err: error })
    })
  }
