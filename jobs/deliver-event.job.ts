import { z } from 'zod'
import { makeDueNow } from '../db/jobs/due-rows.repo.ts'
import { deliverEvent } from '../src/events/deliver-event.ts'
import { defineJob } from './define-job.ts'

/** One attempt to tell one endpoint of one event, and of what else is due for it. When the next one is due, the row says. */
export const deliverEventJob = defineJob({
  queue: 'event-delivery',
  name: 'deliver-event',
  data: z.object({ deliveryId: z.uuid() }),
  retry: { attempts: 5, baseMs: 1_000, maxMs: 30_000 },
  key: ({ deliveryId }) => deliveryId,
  run: async (ctx, { deliveryId }, { signal }) => {
    await deliverEvent(ctx, deliveryId, { signal })
  },
  // What failed is ours: the row is still due once its lease has run out.
  failed: () => Promise.resolve(),
  rearm: (ctx, { deliveryId }) => makeDueNow(ctx.db, 'deliver-event', deliveryId),
})
