/** Everything the operator's first page shows, read at once. */
import { oldestDueSeconds } from '../../db/jobs/due-rows.repo.ts'
import {
  countConnectionsByState,
  type LiveState,
  listWorkers,
  type ProblemConnections,
  problemConnections,
  type WorkerRow,
} from '../../db/operator/operator.repo.ts'
import { type Pause, whoPaused } from '../../db/operator/work-history.repo.ts'
import type { Ctx } from '../context.ts'
import type { FailedGroup, QueueInspection, QueueState } from './queue-inspection.ts'
import { staleWhileRevalidate } from './stale-while-revalidate.ts'

export interface QueueFacts {
  readonly states: readonly QueueState[]
  readonly failed: readonly FailedGroup[]
}

export interface Overview {
  readonly now: Date
  readonly backend: QueueInspection['backend']
  readonly sweepIntervalSeconds: number
  readonly connections: ReadonlyMap<LiveState, number>
  readonly problems: readonly ProblemConnections[]
  readonly oldestDue: ReadonlyMap<string, number>
  readonly workers: readonly WorkerRow[]
  /** Undefined: the queue's store does not answer. */
  readonly queues: QueueFacts | undefined
  /** Who paused which queue. */
  readonly pauses: ReadonlyMap<string, Pause>
}

/** A thousand failed jobs take BullMQ's Postgres backend a second to read: one query each. */
const keep = { freshMs: 2_000, staleMs: 60_000 }
/** An operator looks at this page when something is down: it must come nevertheless. */
const patienceMs = 2_500

const within = async <T>(answer: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('The queue did not answer in time')), patienceMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

export interface QueueReader {
  readonly read: () => Promise<QueueFacts>
  /** Someone changed something: the next read asks anew. */
  readonly forget: () => void
}

/**
 * Counts are always read; the failed jobs behind them only when their number has changed, else behind the scenes. So
 * the page never hides a new failure and seldom waits.
 */
export const createQueueReader = (inspection: QueueInspection): QueueReader => {
  const groups = staleWhileRevalidate(inspection.readFailedGroups, keep)
  let lastSeen = ''
  return {
    forget: groups.forget,
    read: async () => {
      const states = await inspection.readStates()
      const seen = states.map(({ counts }) => counts.failed).join()
      if (seen !== lastSeen) groups.forget()
      lastSeen = seen
      return { states, failed: await groups.read() }
    },
  }
}

/** @throws when the database does not answer. */
export const readOverview = async (
  ctx: Ctx,
  inspection: QueueInspection,
  reader: QueueReader,
): Promise<Overview> => {
  const [connections, problems, oldestDue, workers, queueFacts] = await Promise.all([
    countConnectionsByState(ctx.db),
    problemConnections(ctx.db),
    oldestDueSeconds(ctx.db),
    listWorkers(ctx.db),
    within(reader.read()).catch((error: unknown) => {
      ctx.log.warn({ event: 'operator.queues_unreadable', err: error })
      return undefined
    }),
  ])
  const paused = queueFacts?.states.filter((queue) => queue.paused).map(({ name }) => name) ?? []
  return {
    now: ctx.clock.now(),
    backend: inspection.backend,
    sweepIntervalSeconds: ctx.config.sweepIntervalSeconds,
    connections,
    problems,
    oldestDue,
    workers,
    queues: queueFacts,
    pauses: await whoPaused(ctx.db, paused),
  }
}
