import { z } from 'zod'
import { makeDueNow } from '../db/jobs/due-rows.repo.ts'
import { connectionEventFailed, processConnectionEvent } from '../src/connections/process-event.ts'
import { defineJob } from './define-job.ts'

/** `connected`, `reconnected`, `disconnected`: arms the schedules of a connection. */
export const connectionEventJob = defineJob({
  queue: 'connection-events',
  name: 'connection-event',
  data: z.object({ eventId: z.uuid() }),
  retry: { attempts: 8, baseMs: 1_000, maxMs: 60_000 },
  key: ({ eventId }) => eventId,
  run: (ctx, { eventId }) => processConnectionEvent(ctx, eventId),
  failed: (ctx, { eventId }, { error, last }) => connectionEventFailed(ctx, eventId, error, { last }),
  rearm: (ctx, { eventId }) => makeDueNow(ctx.db, 'connection-event', eventId),
})
