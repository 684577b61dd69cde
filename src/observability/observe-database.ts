import { type Db, poolState } from '../../db/core/database.ts'
import { oldestDueSeconds } from '../../db/jobs/due-rows.repo.ts'
import { secondsSinceLastSweep } from '../../db/jobs/workers.repo.ts'
import { countConnectionsByState, problemConnections, readSignals } from '../../db/operator/operator.repo.ts'
import type { Metrics } from './metrics.ts'

interface Observed {
  readonly db: Db
  readonly metrics: Metrics
}

const connectionStates = ['active', 'syncing', 'delayed', 'error', 'reconnect_required', 'paused'] as const
const budgetStates = ['open', 'low', 'day_used_up', 'blocked'] as const
const commandStates = ['pending', 'running'] as const

/** What only the database knows. Every process may tell it; alert on the maximum over processes. */
const readDatabase = async ({ db, metrics }: Observed): Promise<void> => {
  const [states, problems, signals, due, sweep] = await Promise.all([
    countConnectionsByState(db),
    problemConnections(db),
    readSignals(db),
    oldestDueSeconds(db),
    secondsSinceLastSweep(db),
  ])
  for (const state of connectionStates) metrics.connections.set({ state }, states.get(state) ?? 0)
  // Codes that nobody has any more must not stay.
  metrics.connectionProblems.reset()
  for (const { code, connections } of problems) metrics.connectionProblems.inc({ code }, connections)
  for (const state of budgetStates)
    metrics.budgetOrganizations.set({ state }, signals.budgets.get(state) ?? 0)
  metrics.budgetDayUsedRatio.set(signals.dayUsedRatio)
  for (const state of commandStates) metrics.openCommands.set({ state }, signals.openCommands.get(state) ?? 0)
  for (const [job, seconds] of due) metrics.oldestDueSeconds.set({ job }, seconds)
  metrics.lastSweepSeconds.set(sweep ?? Number.POSITIVE_INFINITY)
}

const readPool = ({ db, metrics }: Observed): void => {
  const pool = poolState(db)
  if (!pool) return
  metrics.databasePool.set({ state: 'used' }, pool.used)
  metrics.databasePool.set({ state: 'idle' }, pool.idle)
  metrics.databasePool.set({ state: 'waiting' }, pool.waiting)
  metrics.databasePoolLimit.set(pool.limit)
}

/** Adds what the database and its pool say to this process's metrics. */
export const observeDatabase = (observed: Observed): void => {
  observed.metrics.onScrape('database', () => readDatabase(observed))
  observed.metrics.onScrape('pool', () => readPool(observed))
}
