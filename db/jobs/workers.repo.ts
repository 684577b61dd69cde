import { hostname } from 'node:os'
import { sql } from 'kysely'
import type { Db } from '../core/database.ts'

/** Says that a worker is alive and has just swept. */
export const recordSweep = async (db: Db, workerId: string): Promise<void> => {
  await db
    .insertInto('workers')
    .values({ id: workerId, host: hostname() })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ last_sweep_at: sql<Date>`now()` }))
    .execute()
}

export const removeWorker = async (db: Db, workerId: string): Promise<void> => {
  await db.deleteFrom('workers').where('id', '=', workerId).execute()
}

/** Seconds since any worker has swept; null when there is no worker. */
export const secondsSinceLastSweep = async (db: Db): Promise<number | null> => {
  const row = await db
    .selectFrom('workers')
    .select(sql<number | null>`extract(epoch from now() - max(last_sweep_at))::float8`.as('seconds'))
    .executeTakeFirst()
  return row?.seconds ?? null
}
