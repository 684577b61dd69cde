/** Facts as the product writes them, for tests of what is told of them. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Trx } from '../../../db/core/database.ts'

let made = 0

/** A completed command with one case, and the line of its history. @returns the case's id. */
export const aCase = async (
  db: Db | Trx,
  {
    clientId,
    amount = '690',
    currencyCode = 'EUR',
  }: { clientId: string; amount?: string; currencyCode?: string },
): Promise<string> => {
  made += 1
  const invoiceId = `${made}`
  const { rows } = await sql<{ id: string }>`
    with command as (
      insert into case_commands (client_id, request_hash, requested_by, confirm_undisputed, selection, total, next_attempt_at)
      values (${clientId}, 'x', 'user-1', true, '{}', 1, null) returning id
    )
    insert into cases (reference, client_id, command_id, data_center, zoho_organization_id, zoho_invoice_id, invoice_date,
      due_date, amount_to_recover, currency_code, debtor_name, zoho_status, zoho_modified_at, proven_at, proof, created_by,
      outstanding, invoice_as_of)
    select ${randomUUID()}, ${clientId}, id, 'us', 'org-1', ${invoiceId}, '2026-03-01', '2026-03-31', ${amount}::numeric,
      ${currencyCode}, 'Muster AG', 'overdue', now(), now(), '{}', 'user-1', ${amount}::numeric, now()
    from command returning id`.execute(db)
  const id = rows[0]?.id ?? ''
  await caseEvent(db, id, 'created')
  return id
}

export const caseEvent = async (
  db: Db | Trx,
  caseId: string,
  type: 'created' | 'invoice_changed' | 'description_changed' | 'withdrawn' | 'reinstated',
  { state = 'unpaid', outstanding = '690' }: { state?: string; outstanding?: string } = {},
): Promise<void> => {
  await sql`
    insert into case_events (case_id, client_id, type, invoice_state, outstanding, actor, reason)
    select id, client_id, ${type}, ${state}, ${outstanding}::numeric, 'user-1', 'Anna Muster paid in cash'
    from cases where id = ${caseId}`.execute(db)
}

/** The copy of a case's invoice: on its way, then stored, then touched once more. */
export const aDocument = async (db: Db | Trx, caseId: string): Promise<void> => {
  await sql`
    insert into document_files (client_id, sha256, size_bytes)
    select client_id, encode(sha256(id::text::bytea), 'hex'), 1 from cases where id = ${caseId}`.execute(db)
  await sql`
    insert into case_documents (case_id, client_id, kind, file_name, content_type, added_by)
    select id, client_id, 'invoice', 'INV-1.pdf', 'application/pdf', 'zoho' from cases where id = ${caseId}`.execute(
    db,
  )
  await sql`
    update case_documents d set state = 'stored', stored_at = now(), next_attempt_at = null,
      file_id = (select id from document_files f where f.client_id = d.client_id limit 1)
    where case_id = ${caseId}`.execute(db)
  await sql`update case_documents set state = 'stored' where case_id = ${caseId}`.execute(db)
}
