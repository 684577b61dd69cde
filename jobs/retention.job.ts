import { z } from 'zod'
import { scheduleNext, scheduleNow } from '../db/jobs/schedules.repo.ts'
import { applyRetention } from '../src/clients/retention.ts'
import { defineJob } from './define-job.ts'

const day = 24 * 3600
const hour = 3600

/** Deletes what is older than RETENTION_DAYS and what has expired. */
export const retentionJob = defineJob({
  queue: 'housekeeping',
  name: 'retention',
  data: z.object({}),
  retry: { attempts: 3, baseMs: 10_000, maxMs: 300_000 },
  key: () => 'all',
  run: async (ctx) => {
    await applyRetention(ctx)
    await scheduleNext(ctx.db, 'retention', day)
  },
  failed: (ctx, _data, { last }) => (last ? scheduleNext(ctx.db, 'retention', hour) : Promise.resolve()),
  rearm: (ctx) => scheduleNow(ctx.db, 'retention'),
})
