/**
 * The job that looks after cases that nobody follows. That a case is followed, and until when, is kept by the triggers
 * `follow_invoices` and `stop_following` of the first migration.
 */
import { sql } from 'kysely'
import type { Db } from '../core/database.ts'
import { named } from '../core/statement-name.ts'

/** And does so until the commit. */
const stillFollows = (connectionId: string) =>
  sql`exists (select 1 from connections where id = ${connectionId} and state in ('active', 'error') for share)`

/**
 * Takes up the cases whose invoices the last full run has listed as unpaid: their rows are followed again.
 *
 * @returns up to `limit` of the others, in the order of their ids: nobody knows what became of their invoices.
 */
export const findUnfollowedCases = async (
  db: Db,
  connectionId: string,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly { readonly id: string; readonly zohoInvoiceId: string }[]> => {
  await sql`
    update cases c set followed_until = null
    from connections n join staged_invoices s on s.connection_id = n.id
    where n.id = ${connectionId} and s.zoho_organization_id = c.zoho_organization_id and s.zoho_invoice_id = c.zoho_invoice_id
      and s.state = 'open' and c.followed_until < n.proven_at and ${stillFollows(connectionId)}`.execute(db)
  const { rows } = await sql<{ id: string; zohoInvoiceId: string }>`${named('select cases')}
    select c.id, c.zoho_invoice_id as "zohoInvoiceId" from cases c
    join connections n on n.id = ${connectionId} and n.zoho_organization_id = c.zoho_organization_id
    where c.followed_until is not null and c.id > ${after ?? '00000000-0000-0000-0000-000000000000'}::uuid
    order by c.id limit ${limit}`.execute(db)
  return rows
}

/** The invoice of this case was looked at, so the connection follows it again, if it still lives. */
export const followCase = async (db: Db, connectionId: string, caseId: string): Promise<void> => {
  await sql`
    update cases set followed_until = null
    where id = ${caseId} and ${stillFollows(connectionId)}`.execute(db)
}

/** When the job goes on; null: it has looked at all of them. */
export const scheduleCaseFollow = async (db: Db, connectionId: string, at: Date | null): Promise<void> => {
  await db
    .updateTable('connections')
    .set({ next_case_follow_at: at, case_follow_enqueued_at: null })
    .where('id', '=', connectionId)
    .execute()
}
