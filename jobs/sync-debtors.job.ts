import { z } from 'zod'
import { makeDueNow } from '../db/jobs/due-rows.repo.ts'
import { debtorSyncFailed, syncDebtors } from '../src/sync/sync-debtors.ts'
import { defineJob } from './define-job.ts'

/** One slice of a walk through a connection's customers. */
export const syncDebtorsJob = defineJob({
  queue: 'housekeeping',
  name: 'sync-debtors',
  data: z.object({ connectionId: z.uuid() }),
  retry: { attempts: 3, baseMs: 5_000, maxMs: 60_000 },
  key: ({ connectionId }) => connectionId,
  run: (ctx, { connectionId }, { signal }) => syncDebtors(ctx, connectionId, { signal }),
  failed: (ctx, { connectionId }, { error, last }) => debtorSyncFailed(ctx, connectionId, error, { last }),
  rearm: (ctx, { connectionId }) => makeDueNow(ctx.db, 'sync-debtors', connectionId),
})
