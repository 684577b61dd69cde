/**
 * Publishes events as soon as they are committed, in every worker process: it hears of them, numbers them, and enqueues what
 * is then due. Only for speed: whatever it misses is a due row, which the sweep finds.
 */
import { listenForWrittenEvents } from '../db/core/notify.ts'
import { claimDueRows } from '../db/jobs/due-rows.repo.ts'
import type { Ctx } from '../src/context.ts'
import { publishAllEvents } from '../src/events/publish-events.ts'
import type { Queues } from './queues.ts'
import { enqueueClaimed } from './sweep.ts'

/** What was enqueued before and is still due is the sweep's. */
const never = 365 * 86_400
const batch = 1_000

export interface EventPublisher {
  readonly close: () => Promise<void>
}

/** Runs `work`; what is asked for meanwhile becomes exactly one more run. */
const onceMoreWhenAsked = (work: () => Promise<void>) => {
  let running: Promise<void> | undefined
  let again = false
  const loop = async () => {
    do {
      again = false
      await work()
    } while (again)
    running = undefined
  }
  return {
    ask: () => {
      again = true
      running ??= loop()
    },
    settled: async () => running,
  }
}

export const startEventPublisher = (ctx: Ctx, queues: Queues): EventPublisher => {
  const closing = new AbortController()
  const publishing = onceMoreWhenAsked(async () => {
    if (closing.signal.aborted) return
    try {
      await publishAllEvents(ctx, { signal: closing.signal })
      const rows = await claimDueRows(ctx.db, 'deliver-event', { limit: batch, staleSeconds: never })
      await enqueueClaimed(ctx.db, queues, 'deliver-event', rows)
    } catch (error) {
      ctx.log.warn({ event: 'events.not_published', err: error })
    }
  })
  const listener = listenForWrittenEvents(ctx.config.databaseUrl, publishing.ask, {
    onError: (error) => ctx.log.warn({ event: 'events.listener_lost', err: error }),
  })
  return {
    close: async () => {
      closing.abort()
      await (await listener).close()
      await publishing.settled()
    },
  }
}
