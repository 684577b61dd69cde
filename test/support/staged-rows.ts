/** Staged rows and runs as a test of something else needs them: just there. */
import { sql } from 'kysely'
import type { Db } from '../../db/core/database.ts'
import type { Connection } from '../../db/core/schema.ts'

/** Inserts so many open staged invoices, with ids from 1 on, and a set-aside row. */
export const stageRows = async (db: Db, connection: Connection, count: number): Promise<void> => {
  await sql`
    insert into staged_invoices (connection_id, zoho_invoice_id, client_id, zoho_organization_id, amount_to_recover,
      zoho_status, policy_version, content_hash, zoho_modified_at, proven_at)
    select ${connection.id}, n::text, ${connection.client_id}, ${connection.zoho_organization_id}, 1, 'sent', 'x', 'x', now(), now()
    from generate_series(1, ${count}::int) n`.execute(db)
  await sql`
    insert into set_aside_rows (connection_id, client_id, row_key, problems)
    values (${connection.id}, ${connection.client_id}, 'x', '[]')`.execute(db)
}

/** Inserts a run under way. @returns its id. */
export const aRun = async (db: Db, connection: Connection): Promise<string> => {
  const { id } = await db
    .insertInto('sync_runs')
    .values({
      connection_id: connection.id,
      client_id: connection.client_id,
      zoho_organization_id: connection.zoho_organization_id,
      kind: 'full',
      trigger: 'connected',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** How many staged and set-aside rows a connection has. */
export const stagedCount = async (db: Db, connectionId: string): Promise<number> => {
  const { rows } = await sql<{ n: number }>`
    select (select count(*) from staged_invoices where connection_id = ${connectionId})
      + (select count(*) from set_aside_rows where connection_id = ${connectionId}) as n`.execute(db)
  return rows[0]?.n ?? 0
}
