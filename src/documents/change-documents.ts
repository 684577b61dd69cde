/** Takes an upload away again, or asks once more for the copy of an invoice. */
import { lockClient } from '../../db/clients/clients.repo.ts'
import {
  askAgainForCopy,
  deleteDocument,
  findDocument,
  lockCaseOfDocuments,
} from '../../db/documents/case-documents.repo.ts'
import { deleteUnusedFile } from '../../db/documents/files.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import type { DocumentRequest } from './add-document.ts'
import { tryToDeleteLooseObjects } from './keep-content.ts'

type OneDocument = DocumentRequest & { readonly documentId: string }

/** Deletes an upload of a new case, and its content with it. @throws AppError not_found, document_kept */
export const removeDocument = async (
  ctx: Ctx,
  { clientId, subject, ip, caseId, documentId }: OneDocument,
): Promise<void> => {
  await ctx.db.transaction().execute(async (trx) => {
    await lockClient(trx, clientId)
    const found = await lockCaseOfDocuments(trx, clientId, caseId)
    const document = found && (await findDocument(trx, caseId, documentId))
    if (document === undefined) throw new AppError('not_found')
    if (document.kind !== 'upload' || found?.status !== 'pending_verification')
      throw new AppError('document_kept')
    await deleteDocument(trx, documentId)
    if (document.file_id !== null) await deleteUnusedFile(trx, document.file_id)
    await audit(trx, {
      clientId,
      actor: subject,
      actorRole: 'client',
      action: 'case_document.deleted',
      subjectType: 'case',
      subjectId: caseId,
      details: { documentId },
      ip,
    })
  })
  await tryToDeleteLooseObjects(ctx)
}

/** Asks again for a copy that was given up; one that is there, or on its way, stays as it is. @throws AppError not_found */
export const fetchCopyAgain = async (
  ctx: Ctx,
  { clientId, caseId, documentId }: OneDocument,
): Promise<void> => {
  await ctx.db.transaction().execute(async (trx) => {
    await lockClient(trx, clientId)
    const found = await lockCaseOfDocuments(trx, clientId, caseId)
    const document = found && (await findDocument(trx, caseId, documentId))
    if (document === undefined) throw new AppError('not_found')
    if (document.state === 'failed') await askAgainForCopy(trx, documentId, { byJob: false })
  })
  ctx.nudge({ job: 'fetch-invoice-pdf', id: documentId })
}
