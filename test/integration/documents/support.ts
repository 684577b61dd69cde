/** Cases with their documents, and one attempt of the job that fetches them. */
import { sql } from 'kysely'
import type { Db } from '../../../db/core/database.ts'
import type { CaseDocument } from '../../../db/core/schema.ts'
import type { StoredFile } from '../../../db/documents/files.repo.ts'
import { fetchInvoicePdfJob } from '../../../jobs/fetch-invoice-pdf.job.ts'
import { submitCommand } from '../../../src/cases/submit-command.ts'
import type { Ctx } from '../../../src/context.ts'
import { openObject } from '../../../src/documents/keep-content.ts'
import { syncDebtors } from '../../../src/sync/sync-debtors.ts'
import { attemptJob } from '../../support/attempt-job.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import { settle } from '../cases/support.ts'
import { syncNow } from '../sync/support.ts'

/** Makes a case of each invoice. @returns the ids of the cases, in the order of the invoices. */
export const makeCases = async (
  ctx: Ctx,
  connection: BuiltConnection,
  invoiceIds: readonly string[],
): Promise<readonly string[]> => {
  await syncNow(ctx, connection.id, 'full')
  await syncDebtors(ctx, connection.id)
  const { id } = await submitCommand(ctx, {
    clientId: connection.client_id,
    subject: 'user-1',
    selection: { zohoInvoiceIds: invoiceIds },
    confirmUndisputed: true,
  })
  await settle(ctx, id)
  const made = await ctx.db
    .selectFrom('cases')
    .select(['id', 'zoho_invoice_id'])
    .where('command_id', '=', id)
    .execute()
  return invoiceIds.map(
    (invoiceId) => made.find(({ zoho_invoice_id }) => zoho_invoice_id === invoiceId)?.id ?? 'no case',
  )
}

/** The copy of a case's invoice. */
export const copyOf = (db: Db, caseId: string): Promise<CaseDocument> =>
  db
    .selectFrom('case_documents')
    .selectAll()
    .where('case_id', '=', caseId)
    .where('kind', '=', 'invoice')
    .executeTakeFirstOrThrow()

/** What is stored of a document, byte by byte, wherever it is. */
export const contentOf = async (ctx: Ctx, fileId: string | null): Promise<Buffer> => {
  const { rows } = await sql<StoredFile>`
    select id, sha256, size_bytes as "sizeBytes", kept_in as "keptIn" from document_files where id = ${fileId}`.execute(
    ctx.db,
  )
  const [file] = rows
  const portions: Buffer[] = []
  if (file?.keptIn === 'store')
    for await (const portion of await openObject(ctx, file)) portions.push(portion)
  const chunks = await sql<{ bytes: Buffer }>`
    select bytes from document_chunks where file_id = ${fileId} order by ordinal`.execute(ctx.db)
  return Buffer.concat([...portions, ...chunks.rows.map(({ bytes }) => bytes)])
}

/** One attempt of the job that fetches a copy. @returns the code of its error, if any. */
export const attemptCopy = (
  ctx: Ctx,
  documentId: string,
  options?: Parameters<typeof attemptJob>[3],
): Promise<string | null> => attemptJob(ctx, fetchInvoicePdfJob, { documentId }, options)
