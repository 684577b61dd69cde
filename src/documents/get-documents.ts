/** The documents of a case as the portal and the API show them, and their contents. */
import { Readable } from 'node:stream'
import { asPortalReader } from '../../db/core/database.ts'
import type { DocumentKind, DocumentState, DocumentType, PortalCaseDocument } from '../../db/core/schema.ts'
import { readChunk } from '../../db/documents/files.repo.ts'
import { caseExists, findPortalDocument, listDocuments } from '../../db/documents/portal-documents.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError, isErrorCode, messageOf } from '../errors.ts'
import { openObject } from './keep-content.ts'

export interface PresentedDocument {
  readonly id: string
  readonly kind: DocumentKind
  readonly state: DocumentState
  readonly fileName: string
  readonly contentType: DocumentType
  /** Null until it is stored. */
  readonly sizeBytes: number | null
  readonly sha256: string | null
  /** `zoho`: the copy of the invoice. */
  readonly addedBy: string
  readonly createdAt: string
  readonly storedAt: string | null
  /** Why it is not there, or not yet. */
  readonly problem: { readonly code: string; readonly message: string } | null
}

const problemOf = (code: string | null): PresentedDocument['problem'] =>
  code === null ? null : { code, message: messageOf(isErrorCode(code) ? code : 'internal_error') }

const present = (row: PortalCaseDocument): PresentedDocument => ({
  id: row.id,
  kind: row.kind,
  state: row.state,
  fileName: row.file_name,
  contentType: row.content_type,
  sizeBytes: row.size_bytes,
  sha256: row.sha256,
  addedBy: row.added_by,
  createdAt: row.created_at.toISOString(),
  storedAt: row.stored_at?.toISOString() ?? null,
  problem: problemOf(row.error_code),
})

interface OfCase {
  readonly clientId: string
  readonly caseId: string
}

/** All documents of a case, the oldest first. @throws AppError not_found */
export const listCaseDocuments = (
  ctx: Ctx,
  { clientId, caseId }: OfCase,
): Promise<readonly PresentedDocument[]> =>
  asPortalReader(ctx.db, clientId, async (trx) => {
    if (!(await caseExists(trx, caseId))) throw new AppError('not_found')
    return (await listDocuments(trx, caseId)).map(present)
  })

export interface OpenDocument extends PresentedDocument {
  readonly sizeBytes: number
  readonly content: Readable
}

/**
 * Opens the content of a document: piece by piece, each read when the one before was taken, in a transaction of its own, so that a
 * slow reader holds nothing.
 *
 * @throws AppError not_found, also for one that is not stored; what `openObject` throws
 */
export const openDocument = async (
  ctx: Ctx,
  { clientId, caseId, documentId }: OfCase & { readonly documentId: string },
): Promise<OpenDocument> => {
  const found = await asPortalReader(ctx.db, clientId, (trx) => findPortalDocument(trx, caseId, documentId))
  const { file_id: fileId = null, size_bytes: sizeBytes = null } = found ?? {}
  if (found === undefined || fileId === null || sizeBytes === null) throw new AppError('not_found')
  const { sha256 } = found
  if (found.kept_in === 'store' && sha256 !== null) {
    const content = await openObject(ctx, { id: fileId, sha256, sizeBytes, keptIn: 'store' })
    return { ...present(found), sizeBytes, content: Readable.from(content, { objectMode: false }) }
  }
  const pieces = async function* () {
    for (let ordinal = 0, sent = 0; sent < sizeBytes; ordinal += 1) {
      const bytes = await asPortalReader(ctx.db, clientId, (trx) => readChunk(trx, fileId, ordinal))
      // Deleted while it was read: the connection ends before the length that was announced.
      if (bytes === undefined) throw new AppError('not_found')
      sent += bytes.length
      yield bytes
    }
  }
  return { ...present(found), sizeBytes, content: Readable.from(pieces(), { objectMode: false }) }
}
