import { sql } from 'kysely'
import type { Db } from './database.ts'

const measureEveryMs = 60_000
/** A slower answer says too little about when it was given. */
const slowestMs = 1_000

/**
 * The time of the database, which is the same for all processes, whatever the clock of their machine says: what one
 * of them reckons and stores, others read. It is asked for now, and again in the background once a minute while the
 * clock is used.
 *
 * @param local - the machine's clock. @throws when the database does not answer now
 */
export const createDatabaseClock = async (
  db: Db,
  local: () => number = Date.now,
): Promise<{ readonly now: () => Date }> => {
  let aheadMs = 0
  let measuredAt = Number.NEGATIVE_INFINITY
  const measure = async () => {
    measuredAt = performance.now()
    const { rows } = await sql<{ ms: number }>`
      select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`.execute(db)
    const tookMs = performance.now() - measuredAt
    const [answer] = rows
    if (answer && tookMs < slowestMs) aheadMs = answer.ms - (local() - tookMs / 2)
  }
  await measure()
  return {
    now: () => {
      if (performance.now() - measuredAt > measureEveryMs)
        // Without an answer the last one holds.
        measure().catch(() => undefined)
      return new Date(local() + aheadMs)
    },
  }
}
