import { z } from 'zod'
import { scheduleNext, scheduleNow } from '../db/jobs/schedules.repo.ts'
import { reassessStagedInvoices } from '../src/invoices/reassess.ts'
import { defineJob } from './define-job.ts'

const minute = 60

/** Assesses staged invoices anew that were assessed under another policy. */
export const reassessJob = defineJob({
  queue: 'housekeeping',
  name: 'reassess',
  data: z.object({}),
  retry: { attempts: 3, baseMs: 5_000, maxMs: 60_000 },
  key: () => 'all',
  run: async (ctx, _data, { signal }) => {
    await reassessStagedInvoices(ctx, { signal })
    await scheduleNext(ctx.db, 'reassess', 15 * minute)
  },
  failed: (ctx, _data, { last }) => (last ? scheduleNext(ctx.db, 'reassess', 5 * minute) : Promise.resolve()),
  rearm: (ctx) => scheduleNow(ctx.db, 'reassess'),
})
