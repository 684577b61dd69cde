/**
 * Where the bytes of documents are: in the database, in pieces, or in the document store, as an object. The row says which, so
 * what was stored before the store was set up, or while it was another, is read from where it is.
 */
import { createHash } from 'node:crypto'
import type { Trx } from '../../db/core/database.ts'
import { completeFile, discardFile, type StoredFile, sameContent } from '../../db/documents/files.repo.ts'
import {
  announceObject,
  claimObject,
  deleteLooseObject,
  releaseObject,
} from '../../db/documents/loose-objects.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import type { NewObject } from '../object-store/object-store.ts'

export interface NewContent {
  readonly fileId: string
  readonly clientId: string
  readonly sha256: string
  readonly sizeBytes: number
  /** True once its object is written. */
  readonly inStore: boolean
}

/** By its sum, so that anybody can compare an object with its name, and by its file, which nothing else ever has. */
export const keyOf = ({ sha256, fileId }: { readonly sha256: string; readonly fileId: string }): string =>
  `${sha256}/${fileId}`

/**
 * Writes the object of a content where there is a store; else nothing. `keepContent` ends it, or `discardContent`.
 *
 * @throws AppError document_store_unavailable, document_store_misconfigured; it may be there all the same, an answer can be lost.
 */
export const writeObject = async (
  ctx: Ctx,
  content: Omit<NewContent, 'inStore'>,
  open: NewObject['open'],
): Promise<NewContent> => {
  const { sha256, sizeBytes } = content
  if (ctx.documentStore === undefined || (await sameContent(ctx.db, content)) !== undefined)
    return { ...content, inStore: false }
  await announceObject(ctx.db, content)
  await ctx.documentStore.put({ key: keyOf(content), sha256, sizeBytes, open })
  return { ...content, inStore: true }
}

/** Ends a file, in the transaction of the document that needs it. @returns the id of the file that has the content. Hold the client. */
export const keepContent = async (trx: Trx, { inStore, ...content }: NewContent): Promise<string> => {
  const fileId = await completeFile(trx, { ...content, keptIn: inStore ? 'store' : 'database' })
  if (!inStore) return fileId
  if (fileId !== content.fileId) await releaseObject(trx, content.fileId)
  else if (!(await claimObject(trx, fileId)))
    throw new AppError('document_store_unavailable', { details: { reason: 'written too late' } })
  return fileId
}

/** Takes back what was begun. What cannot be done now, retention does. */
export const discardContent = async (ctx: Ctx, fileId: string): Promise<void> => {
  try {
    await discardFile(ctx.db, fileId)
    if (ctx.documentStore === undefined) return
    await releaseObject(ctx.db, fileId)
    await deleteLooseObjects(ctx)
  } catch (error) {
    ctx.log.warn({ event: 'documents.content_left_behind', fileId, err: error })
  }
}

const storeOf = ({ documentStore }: Pick<Ctx, 'documentStore'>) => {
  if (documentStore === undefined)
    throw new AppError('document_store_misconfigured', {
      details: { reason: 'DOCUMENT_STORE_URL is not set' },
    })
  return documentStore
}

/**
 * Opens the object of a file. Its last bytes come only when all of them are what was written: who reads to the end has the content.
 *
 * @throws AppError document_lost (also while it is read), document_store_unavailable, document_store_misconfigured
 */
export const openObject = async (
  ctx: Pick<Ctx, 'documentStore' | 'log'>,
  { id, sha256, sizeBytes }: StoredFile,
): Promise<AsyncIterable<Buffer>> => {
  const key = keyOf({ sha256, fileId: id })
  const lost = (reason: string, cause?: unknown) => {
    const error = new AppError('document_lost', { cause, details: { key, reason } })
    ctx.log.error({ event: 'documents.content_lost', key, err: error })
    return error
  }
  const content = await storeOf(ctx)
    .get(key)
    .catch((error: unknown) => {
      throw error instanceof AppError && error.code === 'document_lost'
        ? lost('no such object', error)
        : error
    })
  return (async function* () {
    const hash = createHash('sha256')
    let bytes = 0
    let last: Buffer = Buffer.alloc(0)
    for await (const portion of unbroken(content)) {
      hash.update(portion)
      bytes += portion.length
      if (bytes > sizeBytes) break
      if (last.length > 0) yield last
      last = portion
    }
    if (bytes !== sizeBytes || hash.digest('hex') !== sha256) throw lost('other bytes than were written')
    yield last
  })()
}

/** The store may go away while it is read. */
const unbroken = async function* (content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* content
  } catch (cause) {
    throw new AppError('document_store_unavailable', { details: { reason: 'broken off' }, cause })
  }
}

/** Deletes objects that no file has any more. @returns how many */
export const deleteLooseObjects = async (ctx: Ctx): Promise<number> => {
  const store = ctx.documentStore
  if (store === undefined) return 0
  let deleted = 0
  while (await deleteLooseObject(ctx.db, (object) => store.remove(keyOf(object)))) deleted += 1
  return deleted
}

/** The same, at once after a deletion; what does not succeed is left to retention. */
export const tryToDeleteLooseObjects = async (ctx: Ctx): Promise<void> => {
  await deleteLooseObjects(ctx).catch((error: unknown) => {
    ctx.log.warn({ event: 'documents.objects_left_to_retention', err: error })
  })
}
