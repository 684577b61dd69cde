/** What a client adds to a case: streamed into pieces, told by its content, and kept only when all of it is in order. */
import { randomUUID } from 'node:crypto'
import { lockClient } from '../../db/clients/clients.repo.ts'
import type { Trx } from '../../db/core/database.ts'
import type { DocumentType } from '../../db/core/schema.ts'
import { findUploadOf, insertUpload, lockCaseOfDocuments } from '../../db/documents/case-documents.repo.ts'
import { beginFile, readOwnChunk } from '../../db/documents/files.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import { maxDocumentBytes } from '../zoho/client.ts'
import { endsAsPdf, tailBytes } from '../zoho/is-whole-pdf.ts'
import { documentTypeOf, headBytes, safeFileName } from './document-type.ts'
import { discardContent, keepContent, type NewContent, writeObject } from './keep-content.ts'
import { writeContent } from './write-content.ts'

export { maxDocumentBytes }

export interface DocumentRequest {
  readonly clientId: string
  readonly subject: string
  readonly ip?: string | null | undefined
  readonly caseId: string
}

export interface Upload {
  /** As the sender names it. */
  readonly fileName: string
  readonly content: AsyncIterable<Buffer>
}

const mostDocuments = 100

/**
 * Adds a document to a new case. The same content twice is one document.
 *
 * @returns its id.
 * @throws AppError not_found, document_kept (the case is not new any more), document_quota_exceeded, document_type_unknown,
 * document_too_large, document_damaged, document_store_unavailable, document_store_misconfigured; then nothing of it is kept
 */
export const addDocument = async (
  ctx: Ctx,
  request: DocumentRequest,
  { fileName, content }: Upload,
): Promise<string> => {
  // Before a byte is read; the last word is spoken in the transaction.
  await ctx.db.transaction().execute((trx) => checkRoom(ctx, trx, request, 1))
  const { type, portions } = await told(content)
  const { clientId } = request
  const fileId = randomUUID()
  await beginFile(ctx.db, { fileId, clientId })
  try {
    const written = await writeContent(ctx.db, { fileId, clientId }, checked(portions, type))
    const file = { fileId, clientId, ...written }
    const content = await writeObject(ctx, file, () => piecesOf(ctx, fileId))
    return await keep(ctx, request, { type, fileName, content })
  } catch (error) {
    await discardContent(ctx, fileId)
    throw error
  }
}

/**
 * What was written, piece by piece: its sum, which the store wants to know first, is known only at its end. So a slow sender holds
 * no connection to the store, and no upload is in memory.
 */
const piecesOf = async function* (ctx: Ctx, fileId: string) {
  for (let ordinal = 0; ; ordinal += 1) {
    const piece = await readOwnChunk(ctx.db, fileId, ordinal)
    if (piece === undefined) return
    yield piece
  }
}

const checkRoom = async (
  ctx: Ctx,
  trx: Trx,
  { clientId, caseId }: DocumentRequest,
  bytes: number,
): Promise<void> => {
  const found = await lockCaseOfDocuments(trx, clientId, caseId)
  if (found === undefined) throw new AppError('not_found')
  if (found.status !== 'pending_verification') throw new AppError('document_kept')
  if (found.documents >= mostDocuments || found.uploadedBytes + bytes > ctx.config.uploadQuotaBytes)
    throw new AppError('document_quota_exceeded')
}

/** Reads as far as it takes to tell what it is. */
const told = async (content: AsyncIterable<Buffer>) => {
  const source = content[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  while (head.length < headBytes) {
    const next = await source.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  const type = documentTypeOf(head)
  if (type === undefined) throw new AppError('document_type_unknown')
  const rest: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: () => source }
  const portions = async function* () {
    yield head
    yield* rest
  }
  return { type, portions: portions() }
}

/** The same portions; ends with an error when they are too many, or when their end is not one. */
const checked = async function* (portions: AsyncIterable<Buffer>, type: DocumentType) {
  let bytes = 0
  let tail: Buffer = Buffer.alloc(0)
  for await (const portion of portions) {
    bytes += portion.length
    if (bytes > maxDocumentBytes) throw new AppError('document_too_large')
    tail = Buffer.concat([tail, portion.subarray(-tailBytes)]).subarray(-tailBytes)
    yield portion
  }
  if (type === 'application/pdf' && !endsAsPdf(tail)) throw new AppError('document_damaged')
}

const keep = (
  ctx: Ctx,
  request: DocumentRequest,
  {
    type,
    fileName,
    content,
  }: { readonly type: DocumentType; readonly fileName: string; readonly content: NewContent },
): Promise<string> => {
  const { clientId, subject, ip, caseId } = request
  const { sha256, sizeBytes } = content
  return ctx.db.transaction().execute(async (trx) => {
    await lockClient(trx, clientId)
    await checkRoom(ctx, trx, request, sizeBytes)
    const kept = await keepContent(trx, content)
    const documentId = await insertUpload(trx, {
      caseId,
      clientId,
      fileId: kept,
      fileName: safeFileName(fileName, type),
      contentType: type,
      addedBy: subject,
    })
    if (documentId === undefined) return (await findUploadOf(trx, { caseId, fileId: kept })).id
    await audit(trx, {
      clientId,
      actor: subject,
      actorRole: 'client',
      action: 'case_document.added',
      subjectType: 'case',
      subjectId: caseId,
      details: { documentId, sha256, sizeBytes },
      ip,
    })
    return documentId
  })
}
