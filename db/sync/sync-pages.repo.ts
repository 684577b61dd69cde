import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'

/** Ids on a stored page of a run; undefined when there is no such page. */
export const findPageIds = async (
  db: Db | Trx,
  runId: string,
  page: number,
): Promise<readonly string[] | undefined> => {
  const found = await db
    .selectFrom('sync_pages')
    .select('invoice_ids')
    .where('run_id', '=', runId)
    .where('page', '=', page)
    .executeTakeFirst()
  return found?.invoice_ids
}

/** The ids that earlier runs saw are needed no longer, and they are most of a run's weight. */
export const forgetEarlierPages = async (
  db: Db | Trx,
  { connectionId, runId }: { connectionId: string; runId: string },
): Promise<void> => {
  await sql`
    delete from sync_pages where run_id in (
      select id from sync_runs
      where connection_id = ${connectionId} and id <> ${runId} and state <> 'running'
      order by started_at desc limit 10
    )`.execute(db)
}
