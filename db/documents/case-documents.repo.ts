/** The documents of cases, for who writes them. The portal reads them through `portal-documents.repo.ts`. */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { CaseDocument, CaseStatus, DocumentType } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'

/** A copy of an invoice that is to be fetched. */
export interface PendingCopy {
  readonly id: string
  readonly clientId: string
  readonly zohoInvoiceId: string
  readonly organizationId: string
  readonly attempts: number
  /** The client's connection that reaches the organization of the case; null: none does. */
  readonly connectionId: string | null
}

/** @returns undefined when it is stored or given up. */
export const findPendingCopy = async (db: Db, id: string): Promise<PendingCopy | undefined> => {
  const { rows } = await sql<PendingCopy>`${named('select case_documents')}
    select d.id, d.client_id as "clientId", k.zoho_invoice_id as "zohoInvoiceId", k.zoho_organization_id as "organizationId",
      d.attempts, n.id as "connectionId"
    from case_documents d join cases k on k.id = d.case_id
    left join connections n on n.client_id = d.client_id and n.state <> 'disconnected'
      and n.zoho_organization_id = k.zoho_organization_id and n.data_center = k.data_center
    where d.id = ${id} and d.kind = 'invoice' and d.state = 'pending'`.execute(db)
  return rows[0]
}

/** The copy is there. @returns false when another worker stored it first; then this content belongs to nothing. */
export const storeCopy = async (trx: Trx, id: string, fileId: string): Promise<boolean> => {
  const { numUpdatedRows } = await trx
    .updateTable('case_documents')
    .set({
      state: 'stored',
      file_id: fileId,
      stored_at: sql<Date>`now()`,
      next_attempt_at: null,
      enqueued_at: null,
      error_code: null,
    })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** A copy that did not come: why, and when it is asked for again. */
export const deferCopy = async (
  db: Db,
  id: string,
  { code, seconds }: { readonly code: string; readonly seconds: number },
): Promise<void> => {
  await db
    .updateTable('case_documents')
    .set({
      error_code: code,
      next_attempt_at: sql<Date>`now() + make_interval(secs => ${seconds}::float8)`,
      enqueued_at: null,
      attempts: sql<number>`attempts + 1`,
    })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .execute()
}

/** After a failure that the queue tries again by itself: a sweep until then would send a second job past its pause. */
export const leaveCopyToQueue = async (db: Db, id: string): Promise<void> => {
  await db
    .updateTable('case_documents')
    .set({ enqueued_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .execute()
}

/** What keeps one copy of an organization away keeps the others away as well: none of them is asked for before. */
export const postponeCopies = async (
  db: Db,
  { clientId, organizationId }: Pick<PendingCopy, 'clientId' | 'organizationId'>,
  { code, seconds }: { readonly code: string; readonly seconds: number },
): Promise<void> => {
  const until = sql`now() + make_interval(secs => ${seconds}::float8)`
  // Two of them at the same time would wait for each other's rows in a circle.
  await sql`
    update case_documents set error_code = ${code}, enqueued_at = null, next_attempt_at = ${until}
    where id in (
      select d.id from case_documents d join cases k on k.id = d.case_id
      where d.client_id = ${clientId} and d.state = 'pending' and k.zoho_organization_id = ${organizationId}
        and d.next_attempt_at < ${until}
      for no key update of d skip locked)`.execute(db)
}

/** The copy does not come. */
export const giveUpCopy = async (db: Db, id: string, code: string): Promise<void> => {
  await db
    .updateTable('case_documents')
    .set({ state: 'failed', error_code: code, next_attempt_at: null, enqueued_at: null })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .execute()
}

/**
 * Asks once more for a copy that was given up, or at once for one that waits.
 *
 * @param byJob a job that is under way does it: the sweep leaves it alone.
 */
export const askAgainForCopy = async (
  db: Db | Trx,
  id: string,
  { byJob }: { readonly byJob: boolean },
): Promise<void> => {
  await db
    .updateTable('case_documents')
    .set({
      state: 'pending',
      attempts: 0,
      next_attempt_at: sql<Date>`now()`,
      enqueued_at: byJob ? sql<Date>`now()` : null,
    })
    .where('id', '=', id)
    .where('kind', '=', 'invoice')
    .where('state', '<>', 'stored')
    .execute()
}

/** A grant reaches an organization anew: the copies that were given up for want of one are asked for again. */
export const askAgainForCopiesOf = async (
  trx: Trx,
  { clientId, organizationId }: { readonly clientId: string; readonly organizationId: string },
): Promise<void> => {
  await sql`
    update case_documents d set state = 'pending', attempts = 0, next_attempt_at = now(), enqueued_at = null
    from cases k
    where k.id = d.case_id and d.client_id = ${clientId} and k.zoho_organization_id = ${organizationId}
      and d.state = 'failed' and d.error_code in ('connection_gone', 'zoho_permission_missing', 'zoho_organization_gone')`.execute(
    trx,
  )
}

export interface CaseOfDocuments {
  readonly status: CaseStatus
  readonly documents: number
  /** What the client's uploads come to. */
  readonly uploadedBytes: number
}

/** Locks a case of a client for a change of its documents. Hold the client. */
export const lockCaseOfDocuments = async (
  trx: Trx,
  clientId: string,
  caseId: string,
): Promise<CaseOfDocuments | undefined> => {
  const { rows } = await sql<CaseOfDocuments>`${named('select cases')}
    select k.status,
      (select count(*)::int from case_documents d where d.case_id = k.id) as documents,
      (select coalesce(sum(f.size_bytes), 0)::int8 from case_documents d join document_files f on f.id = d.file_id
       where d.client_id = k.client_id and d.kind = 'upload') as "uploadedBytes"
    from cases k where k.id = ${caseId} and k.client_id = ${clientId} for no key update of k`.execute(trx)
  return rows[0]
}

export interface NewUpload {
  readonly caseId: string
  readonly clientId: string
  readonly fileId: string
  readonly fileName: string
  readonly contentType: DocumentType
  readonly addedBy: string
}

/** Adds an upload. @returns its id; undefined when the case has the same content already. */
export const insertUpload = async (trx: Trx, upload: NewUpload): Promise<string | undefined> => {
  const row = await trx
    .insertInto('case_documents')
    .values({
      case_id: upload.caseId,
      client_id: upload.clientId,
      kind: 'upload',
      state: 'stored',
      file_id: upload.fileId,
      file_name: upload.fileName,
      content_type: upload.contentType,
      added_by: upload.addedBy,
      stored_at: sql<Date>`now()`,
      next_attempt_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

/** The upload of this content to a case. */
export const findUploadOf = (
  trx: Trx,
  { caseId, fileId }: Pick<NewUpload, 'caseId' | 'fileId'>,
): Promise<CaseDocument> =>
  trx
    .selectFrom('case_documents')
    .selectAll()
    .where('case_id', '=', caseId)
    .where('file_id', '=', fileId)
    .where('kind', '=', 'upload')
    .executeTakeFirstOrThrow()

export const findDocument = (trx: Trx, caseId: string, id: string): Promise<CaseDocument | undefined> =>
  trx
    .selectFrom('case_documents')
    .selectAll()
    .where('id', '=', id)
    .where('case_id', '=', caseId)
    .executeTakeFirst()

export const deleteDocument = async (trx: Trx, id: string): Promise<void> => {
  await trx.deleteFrom('case_documents').where('id', '=', id).execute()
}
