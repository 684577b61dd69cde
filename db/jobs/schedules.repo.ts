import { sql } from 'kysely'
import type { Db } from '../core/database.ts'

type ScheduleName = 'retention' | 'reassess' | 'index-search' | 'publish-events'

/** Notes that the work was done and when it is due again. */
export const scheduleNext = async (db: Db, name: ScheduleName, inSeconds: number): Promise<void> => {
  await db
    .updateTable('schedules')
    .set({
      last_run_at: sql<Date>`now()`,
      next_run_at: sql<Date>`now() + make_interval(secs => ${inSeconds})`,
    })
    .where('name', '=', name)
    .execute()
}

/** Makes the work due now. */
export const scheduleNow = async (db: Db, name: ScheduleName): Promise<void> => {
  await db
    .updateTable('schedules')
    .set({ next_run_at: sql<Date>`now()`, enqueued_at: null })
    .where('name', '=', name)
    .execute()
}
