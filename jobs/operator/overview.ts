/** Everything the operator's first page shows, read at once. */
import { oldestDueSeconds } from '../../db/due-rows.repo.ts'
import {
  countConnectionsByState,
  type LiveState,
  listWorkers,
  type TroubledConnections,
  troubledConnections,
  type WorkerRow,
} from '../../db/operator.repo.ts'
import type { Ctx } from '../../src/context.ts'
import type { Queues } from '../queues.ts'
import { type FailedGroup, readFailedGroups } from './failed-jobs.ts'
import { keepBriefly } from './kept-briefly.ts'
import { type QueueState, readQueueStates } from './queue-states.ts'

export interface QueueFacts {
  readonly states: readonly QueueState[]
  readonly failed: readonly FailedGroup[]
}

export interface Overview {
  readonly now: Date
  readonly backend: Queues['backend']
  readonly sweepIntervalSeconds: number
  readonly connections: ReadonlyMap<LiveState, number>
  readonly troubles: readonly TroubledConnections[]
  readonly oldestDue: ReadonlyMap<string, number>
  readonly workers: readonly WorkerRow[]
  /** Undefined: the queue's store does not answer. */
  readonly queues: QueueFacts | undefined
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
export const createQueueReader = (ctx: Ctx, queues: Queues): QueueReader => {
  const groups = keepBriefly(() => readFailedGroups(ctx, queues), keep)
  let lastSeen = ''
  return {
    forget: groups.forget,
    read: async () => {
      const states = await readQueueStates(queues)
      const seen = states.map(({ counts }) => counts.failed).join()
      if (seen !== lastSeen) groups.forget()
      lastSeen = seen
      return { states, failed: await groups.read() }
    },
  }
}

/** @throws when the database does not answer. */
export const readOverview = async (ctx: Ctx, queues: Queues, reader: QueueReader): Promise<Overview> => {
  const [connections, troubles, oldestDue, workers, queueFacts] = await Promise.all([
    countConnectionsByState(ctx.db),
    troubledConnections(ctx.db),
    oldestDueSeconds(ctx.db),
    listWorkers(ctx.db),
    within(reader.read()).catch((error: unknown) => {
      ctx.log.warn({ event: 'operator.queues_unreadable', err: error })
      return undefined
    }),
  ])
  return {
    now: ctx.clock.now(),
    backend: queues.backend,
    sweepIntervalSeconds: ctx.config.sweepIntervalSeconds,
    connections,
    troubles,
    oldestDue,
    workers,
    queues: queueFacts,
  }
}
