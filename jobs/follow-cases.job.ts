import { z } from 'zod'
import { makeDueNow } from '../db/jobs/due-rows.repo.ts'
import { caseFollowFailed, followCases } from '../src/cases/follow-cases.ts'
import { defineJob } from './define-job.ts'

/** Looks after cases whose invoices nobody followed while their connection was interrupted. */
export const followCasesJob = defineJob({
  queue: 'housekeeping',
  name: 'follow-cases',
  data: z.object({ connectionId: z.uuid() }),
  retry: { attempts: 5, baseMs: 5_000, maxMs: 300_000 },
  key: ({ connectionId }) => connectionId,
  run: (ctx, { connectionId }, { signal }) => followCases(ctx, connectionId, { signal }),
  failed: (ctx, { connectionId }, { error, last }) => caseFollowFailed(ctx, connectionId, error, { last }),
  rearm: (ctx, { connectionId }) => makeDueNow(ctx.db, 'follow-cases', connectionId),
})
