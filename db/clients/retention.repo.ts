import { sql } from 'kysely'
import type { Db } from '../core/database.ts'

export interface Deleted {
  readonly what: string
  readonly rows: number
}

/** What may go, and when. Open invoices, cases with their documents, commands and the audit trail always stay. */
const rules = (days: number) => {
  const isOld = (since: string) => sql`${sql.ref(since)} < now() - make_interval(days => ${days})`
  return [
    { what: 'staged_invoices', where: sql`state <> 'open' and ${isOld('changed_at')}` },
    { what: 'sync_runs', where: sql`state <> 'running' and ${isOld('finished_at')}` },
    { what: 'set_aside_rows', where: isOld('last_seen_at') },
    { what: 'connection_events', where: isOld('processed_at') },
    { what: 'token_revocations', where: isOld('revoked_at') },
    { what: 'case_command_attempts', where: isOld('started_at') },
    { what: 'oauth_states', where: sql`expires_at < now() - interval '1 day'` },
    { what: 'portal_sessions', where: sql`expires_at < now()` },
    { what: 'used_sign_in_tokens', where: sql`expires_at < now()` },
    // Begun by somebody who died, or belonging to nothing: an hour is longer than any upload takes.
    {
      what: 'document_files',
      where: sql`created_at < now() - interval '1 hour'
        and not exists (select 1 from case_documents d where d.file_id = document_files.id)`,
    },
    { what: 'workers', where: sql`last_sweep_at < now() - interval '1 day'` },
  ]
}

/** Deletes what has outlived its time, in batches so that no statement holds many locks. */
export const deleteExpired = async (db: Db, days: number, batch = 5_000): Promise<readonly Deleted[]> => {
  const deleted: Deleted[] = []
  for (const { what, where } of rules(days)) {
    let rows = 0
    for (;;) {
      const result = await sql`
        delete from ${sql.table(what)}
        where ctid in (select ctid from ${sql.table(what)} where ${where} limit ${batch})`.execute(db)
      const count = Number(result.numAffectedRows ?? 0)
      rows += count
      if (count < batch) break
    }
    deleted.push({ what, rows })
  }
  return deleted
}
