import { z } from 'zod'
import { scheduleNext, scheduleNow } from '../db/jobs/schedules.repo.ts'
import { publishAllEvents } from '../src/events/publish-events.ts'
import { defineJob } from './define-job.ts'

/**
 * Numbers events that the publisher of a worker (`event-publisher.ts`) did not hear of. Due only while there are any; their
 * deliveries are due rows, which the next sweep finds.
 */
export const publishEventsJob = defineJob({
  queue: 'housekeeping',
  name: 'publish-events',
  data: z.object({}),
  retry: { attempts: 3, baseMs: 2_000, maxMs: 30_000 },
  key: () => 'all',
  run: async (ctx, _data, { signal }) => {
    await publishAllEvents(ctx, { signal })
    await scheduleNext(ctx.db, 'publish-events', 1)
  },
  failed: (ctx, _data, { last }) => (last ? scheduleNext(ctx.db, 'publish-events', 30) : Promise.resolve()),
  rearm: (ctx) => scheduleNow(ctx.db, 'publish-events'),
})
