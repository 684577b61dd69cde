import { z } from 'zod'
import { makeDueNow } from '../db/jobs/due-rows.repo.ts'
import { createCases, createCasesFailed } from '../src/cases/create-cases.ts'
import { defineJob } from './define-job.ts'

/** Carries out a client's order: proves, checks and inserts one case per selected invoice. */
export const createCasesJob = defineJob({
  queue: 'case-creation',
  name: 'create-cases',
  data: z.object({ commandId: z.uuid() }),
  retry: { attempts: 5, baseMs: 1_000, maxMs: 60_000 },
  key: ({ commandId }) => commandId,
  run: (ctx, { commandId }, { signal }) => createCases(ctx, commandId, { signal }),
  failed: (ctx, { commandId }, { error, last }) => createCasesFailed(ctx, commandId, error, { last }),
  rearm: (ctx, { commandId }) => makeDueNow(ctx.db, 'create-cases', commandId),
})
