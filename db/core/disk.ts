import { sql } from 'kysely'
import type { Db } from './database.ts'

/**
 * Has PostgreSQL write some 200 kB to its disk and throw them away: a sort that memory has no room for. No table and no WAL grows by it.
 *
 * @throws SQLSTATE 53100 when the disk is full, which reading alone would not show.
 */
export const writeToDisk = (db: Db): Promise<void> =>
  db.transaction().execute(async (trx) => {
    await sql`set local work_mem = '64kB'`.execute(trx)
    await sql`select count(*) from (select g from generate_series(1, 10000) g order by -g offset 0) sorted`.execute(
      trx,
    )
  })
