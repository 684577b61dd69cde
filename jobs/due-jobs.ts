/**
 * From due rows to jobs: the counterpart of the table in `db/jobs/due-rows.repo.ts`. A new kind of job is one entry
 * there and one here.
 */
import type { z } from 'zod'
import type { DueKind, DueRow } from '../db/jobs/due-rows.repo.ts'
import { connectionEventJob } from './connection-event.job.ts'
import { createCasesJob } from './create-cases.job.ts'
import type { JobDefinition } from './define-job.ts'
import { deliverEventJob } from './deliver-event.job.ts'
import { fetchInvoicePdfJob } from './fetch-invoice-pdf.job.ts'
import { followCasesJob } from './follow-cases.job.ts'
import { indexSearchJob } from './index-search.job.ts'
import { publishEventsJob } from './publish-events.job.ts'
import { enqueue, forgetHopeless, type Queues } from './queues.ts'
import { reassessJob } from './reassess.job.ts'
import { refreshTokenJob } from './refresh-token.job.ts'
import { retentionJob } from './retention.job.ts'
import { revokeTokenJob } from './revoke-token.job.ts'
import { syncConnectionJob } from './sync-connection.job.ts'
import { syncDebtorsJob } from './sync-debtors.job.ts'

interface DueJob {
  readonly definition: JobDefinition
  readonly enqueue: (queues: Queues, rows: readonly DueRow[]) => Promise<void>
}

const each = <Schema extends z.ZodType>(
  definition: JobDefinition<Schema>,
  item: (row: DueRow) => { readonly name?: string; readonly data: z.input<Schema> },
): DueJob => ({
  definition,
  enqueue: async (queues, rows) => {
    const dataOf = (some: (row: DueRow) => boolean | undefined) =>
      rows.filter(some).map((row) => item(row).data)
    await forgetHopeless(queues, definition, {
      abandoned: dataOf((row) => row.abandoned),
      begun: dataOf((row) => row.begun),
    })
    await enqueue(queues, definition, rows.map(item))
  },
})

/** Of the whole installation: however many rows, one job. */
const one = (definition: typeof retentionJob): DueJob => ({
  definition,
  enqueue: (queues) => enqueue(queues, definition, [{ data: {} }]),
})

const dueJobs: Readonly<Record<DueKind, DueJob>> = {
  'connection-event': each(connectionEventJob, ({ id, jobName }) => ({
    name: jobName ?? 'connected',
    data: { eventId: id },
  })),
  'sync-connection': each(syncConnectionJob, ({ id }) => ({ data: { connectionId: id } })),
  'refresh-token': each(refreshTokenJob, ({ id }) => ({ data: { connectionId: id } })),
  'create-cases': each(createCasesJob, ({ id }) => ({ data: { commandId: id } })),
  'follow-cases': each(followCasesJob, ({ id }) => ({ data: { connectionId: id } })),
  'sync-debtors': each(syncDebtorsJob, ({ id }) => ({ data: { connectionId: id } })),
  'fetch-invoice-pdf': each(fetchInvoicePdfJob, ({ id }) => ({ data: { documentId: id } })),
  'revoke-token': each(revokeTokenJob, ({ id }) => ({ data: { revocationId: id } })),
  retention: one(retentionJob),
  reassess: one(reassessJob),
  'index-search': one(indexSearchJob),
  'publish-events': one(publishEventsJob),
  'deliver-event': each(deliverEventJob, ({ id }) => ({ data: { deliveryId: id } })),
}

export const allJobs: readonly JobDefinition[] = Object.values(dueJobs).map(({ definition }) => definition)

/** Enqueues one job per due row. @throws when the queue's store is not reachable. */
export const enqueueDue = (queues: Queues, kind: DueKind, rows: readonly DueRow[]): Promise<void> =>
  dueJobs[kind].enqueue(queues, rows)
