import { hostname } from 'node:os'
import { sql } from 'kysely'
import type { Db } from '../core/database.ts'

/** Says that a worker is alive, has just swept, and which keys it decrypts with. */
export const recordSweep = async (db: Db, workerId: string, keyIds: readonly string[]): Promise<void> => {
  await db
    .insertInto('workers')
    .values({ id: workerId, host: hostname(), key_ids: [...keyIds] })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ last_sweep_at: sql<Date>`now()` }))
    .execute()
}

export const removeWorker = async (db: Db, workerId: string): Promise<void> => {
  await db.deleteFrom('workers').where('id', '=', workerId).execute()
}

export interface LivingWorker {
  readonly id: string
  readonly host: string
}

/** Workers that swept within so many seconds and do not know this key. */
export const findWorkersWithoutKey = (
  db: Db,
  { keyId, withinSeconds }: { readonly keyId: string; readonly withinSeconds: number },
): Promise<LivingWorker[]> =>
  db
    .selectFrom('workers')
    .select(['id', 'host'])
    .where('last_sweep_at', '>', sql<Date>`now() - make_interval(secs => ${withinSeconds}::float8)`)
    .where(sql<boolean>`not ${keyId} = any(key_ids)`)
    .orderBy('host')
    .orderBy('id')
    .execute()

/** Seconds since any worker has swept; null when there is no worker. */
export const secondsSinceLastSweep = async (db: Db): Promise<number | null> => {
  const row = await db
    .selectFrom('workers')
    .select(sql<number | null>`extract(epoch from now() - max(last_sweep_at))::float8`.as('seconds'))
    .executeTakeFirst()
  return row?.seconds ?? null
}
