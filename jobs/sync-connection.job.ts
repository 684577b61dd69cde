import { z } from 'zod'
import { makeDueNow } from '../db/jobs/due-rows.repo.ts'
import { syncConnection, syncFailed } from '../src/sync/sync-connection.ts'
import { defineJob } from './define-job.ts'

/** One slice of a full or incremental run over a connection's unpaid invoices. */
export const syncConnectionJob = defineJob({
  queue: 'invoice-sync',
  name: 'sync-connection',
  data: z.object({ connectionId: z.uuid(), kind: z.enum(['full', 'incremental']).optional() }),
  retry: { attempts: 3, baseMs: 1_000, maxMs: 30_000 },
  key: ({ connectionId }) => connectionId,
  run: (ctx, { connectionId }, { signal }) => syncConnection(ctx, connectionId, { signal }),
  failed: (ctx, { connectionId }, { error, last }) => syncFailed(ctx, connectionId, error, { last }),
  rearm: (ctx, { connectionId }) => makeDueNow(ctx.db, 'sync-connection', connectionId),
})
