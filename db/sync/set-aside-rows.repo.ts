/** Rows of Zoho's that we could not read: kept with their reasons, shown, and resolved when they can be read. */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { RowProblem } from '../core/schema.ts'

export interface SetAsideRow {
  /** The same row has the same key in every run. */
  readonly rowKey: string
  readonly zohoInvoiceId: string | null
  readonly creditorReference: string | null
  readonly problems: readonly RowProblem[]
}

export interface SetAsideOwner {
  readonly connectionId: string
  readonly clientId: string
  readonly runId: string | null
}

export const setRowsAside = async (
  db: Db | Trx,
  { connectionId, clientId, runId }: SetAsideOwner,
  rows: readonly SetAsideRow[],
): Promise<void> => {
  const latest = [...new Map(rows.map((row) => [row.rowKey, row])).values()]
  if (latest.length === 0) return
  await db
    .insertInto('set_aside_rows')
    .values(
      latest.map((row) => ({
        connection_id: connectionId,
        client_id: clientId,
        run_id: runId,
        row_key: row.rowKey,
        zoho_invoice_id: row.zohoInvoiceId,
        creditor_reference: row.creditorReference,
        problems: JSON.stringify(row.problems),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['connection_id', 'row_key']).doUpdateSet((set) => ({
        run_id: set.ref('excluded.run_id'),
        creditor_reference: set.ref('excluded.creditor_reference'),
        problems: set.ref('excluded.problems'),
        last_seen_at: sql<Date>`now()`,
        resolved_at: null,
      })),
    )
    .execute()
}

export const hasUnresolvedRows = async (db: Db | Trx, connectionId: string): Promise<boolean> => {
  const found = await db
    .selectFrom('set_aside_rows')
    .select('id')
    .where('connection_id', '=', connectionId)
    .where('resolved_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

/** These invoices could be read (or are gone), so whatever was set aside of them is settled. */
export const resolveRows = async (
  db: Db | Trx,
  connectionId: string,
  zohoInvoiceIds: readonly string[],
): Promise<void> => {
  if (zohoInvoiceIds.length === 0) return
  await sql`
    update set_aside_rows set resolved_at = now()
    where connection_id = ${connectionId} and resolved_at is null and zoho_invoice_id = any(${zohoInvoiceIds})`.execute(
    db,
  )
}

/** A full run came to its end without meeting these rows again: they left the list. */
export const resolveRowsNotMetBy = async (
  db: Db | Trx,
  connectionId: string,
  runId: string,
): Promise<void> => {
  await db
    .updateTable('set_aside_rows')
    .set({ resolved_at: sql<Date>`now()` })
    .where('connection_id', '=', connectionId)
    .where('resolved_at', 'is', null)
    .where(({ eb, or }) => or([eb('run_id', 'is', null), eb('run_id', '<>', runId)]))
    .execute()
}
