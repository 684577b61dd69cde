/**
 * The due-sweep: a plain timer in every worker process. It claims what is due in the rows and enqueues it, so a
 * lost job, a flushed Redis or a missed nudge costs seconds, never a command.
 */
import { randomUUID } from 'node:crypto'
import type { Db } from '../db/core/database.ts'
import { forgetSignals } from '../db/core/notify.ts'
import { forgetRateLimits } from '../db/core/rate-limits.repo.ts'
import {
  claimDueRows,
  type DueKind,
  type DueRow,
  dueKinds,
  millisecondsUntilNextDue,
  oldestDueSeconds,
  unclaimDueRows,
} from '../db/jobs/due-rows.repo.ts'
import { recordSweep, removeWorker } from '../db/jobs/workers.repo.ts'
import type { Ctx } from '../src/context.ts'
import { enqueueDue } from './due-jobs.ts'
import type { Queues } from './queues.ts'

const batch = 1000
/** After so many sweeps without being taken, a row that is still due is enqueued again. */
const staleSweeps = 2

export interface Sweeper {
  /** Resolves when a sweep under way has ended. */
  readonly close: () => Promise<void>
}

/** Enqueues claimed rows. @throws when the queue's store is not reachable: then the claims are given back */
export const enqueueClaimed = async (
  db: Db,
  queues: Queues,
  kind: DueKind,
  rows: readonly DueRow[],
): Promise<void> => {
  if (rows.length === 0) return
  try {
    await enqueueDue(queues, kind, rows)
  } catch (error) {
    await unclaimDueRows(
      db,
      kind,
      rows.map((row) => row.id),
    )
    throw error
  }
}

/** One pass over everything that is due. @returns how many rows were enqueued. */
export const sweepOnce = async (ctx: Ctx, queues: Queues): Promise<number> => {
  const staleSeconds = ctx.config.sweepIntervalSeconds * staleSweeps
  let swept = 0
  for (const kind of dueKinds) {
    for (;;) {
      const rows = await claimDueRows(ctx.db, kind, { limit: batch, staleSeconds })
      if (rows.length === 0) break
      await enqueueClaimed(ctx.db, queues, kind, rows)
      swept += rows.length
      ctx.metrics.sweptRows.inc({ job: kind }, rows.length)
      if (rows.length < batch) break
    }
  }
  return swept
}

/** Starts the timer. The next tick comes after the interval, or sooner when a row becomes due before. */
export const startSweeper = (ctx: Ctx, queues: Queues): Sweeper => {
  const workerId = randomUUID()
  const keyIds = ctx.config.tokenEncryptionKeys.map(({ id }) => id)
  const intervalMs = ctx.config.sweepIntervalSeconds * 1000
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let running: Promise<void> = Promise.resolve()

  const tick = async () => {
    let nextMs = intervalMs
    try {
      const swept = await sweepOnce(ctx, queues)
      await recordSweep(ctx.db, workerId, keyIds)
      await forgetSignals(ctx.db)
      await forgetRateLimits(ctx.db)
      for (const [job, seconds] of await oldestDueSeconds(ctx.db))
        ctx.metrics.oldestDueSeconds.set({ job }, seconds)
      if (swept > 0) ctx.log.debug({ event: 'sweep.enqueued', rows: swept })
      nextMs = Math.max(20, Math.min(intervalMs, (await millisecondsUntilNextDue(ctx.db)) ?? intervalMs))
    } catch (error) {
      ctx.log.error({ event: 'sweep.failed', err: error })
    }
    if (!closed) timer = setTimeout(start, nextMs)
  }
  const start = () => {
    running = tick()
  }
  start()

  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      await running
      await removeWorker(ctx.db, workerId).catch(() => undefined)
    },
  }
}
