import { poolState } from '../../db/database.ts'
import { oldestDueSeconds } from '../../db/due-rows.repo.ts'
import { countConnectionsByState, readSignals, troubledConnections } from '../../db/operator.repo.ts'
import { secondsSinceLastSweep } from '../../db/workers.repo.ts'
import type { Ctx } from '../context.ts'

const connectionStates = ['active', 'syncing', 'delayed', 'error', 'reconnect_required', 'paused'] as const
const budgetStates = ['open', 'low', 'day_used_up', 'blocked'] as const
const commandStates = ['pending', 'running'] as const

/** What only the database knows. Every process may tell it; alert on the maximum over processes. */
const readDatabase = async ({ db, metrics }: Ctx): Promise<void> => {
  const [states, troubles, signals, due, sweep] = await Promise.all([
    countConnectionsByState(db),
    troubledConnections(db),
    readSignals(db),
    oldestDueSeconds(db),
    secondsSinceLastSweep(db),
  ])
  for (const state of connectionStates) metrics.connections.set({ state }, states.get(state) ?? 0)
  // Codes that nobody has any more must not stay.
  metrics.connectionProblems.reset()
  for (const { code, connections } of troubles) metrics.connectionProblems.inc({ code }, connections)
  for (const state of budgetStates)
    metrics.budgetOrganizations.set({ state }, signals.budgets.get(state) ?? 0)
  metrics.budgetDayUsedRatio.set(signals.dayUsedRatio)
  for (const state of commandStates) metrics.openCommands.set({ state }, signals.openCommands.get(state) ?? 0)
  for (const [job, seconds] of due) metrics.oldestDueSeconds.set({ job }, seconds)
  metrics.lastSweepSeconds.set(sweep ?? Number.POSITIVE_INFINITY)
}

const readPool = ({ db, metrics }: Ctx): void => {
  const pool = poolState(db)
  if (!pool) return
  metrics.databasePool.set({ state: 'used' }, pool.used)
  metrics.databasePool.set({ state: 'idle' }, pool.idle)
  metrics.databasePool.set({ state: 'waiting' }, pool.waiting)
  metrics.databasePoolLimit.set(pool.limit)
}

/** Adds what the database and its pool say to this process's metrics. */
export const observeDatabase = (ctx: Ctx): void => {
  ctx.metrics.onScrape('database', () => readDatabase(ctx))
  ctx.metrics.onScrape('pool', () => readPool(ctx))
}
