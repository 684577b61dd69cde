import { z } from 'zod'
import { scheduleNext, scheduleNow } from '../db/jobs/schedules.repo.ts'
import { indexInvoiceSearch } from '../src/invoices/index-search.ts'
import { defineJob } from './define-job.ts'

/** Makes newly staged and changed invoices searchable. Due only while there are any. */
export const indexSearchJob = defineJob({
  queue: 'housekeeping',
  name: 'index-search',
  data: z.object({}),
  retry: { attempts: 3, baseMs: 2_000, maxMs: 30_000 },
  key: () => 'all',
  run: async (ctx, _data, { signal }) => {
    await indexInvoiceSearch(ctx, { signal })
    await scheduleNext(ctx.db, 'index-search', 2)
  },
  failed: (ctx, _data, { last }) => (last ? scheduleNext(ctx.db, 'index-search', 60) : Promise.resolve()),
  rearm: (ctx) => scheduleNow(ctx.db, 'index-search'),
})
