/** Whether every document in the store has its object there: two sorted lists side by side, a request for a thousand. */
import { filesInStore, type StoredFile } from '../../db/documents/files.repo.ts'
import type { Ctx } from '../context.ts'
import type { StoredObject } from '../object-store/object-store.ts'
import { keyOf } from './keep-content.ts'

const batch = 1_000

const allFiles = async function* (ctx: Pick<Ctx, 'db'>): AsyncGenerator<StoredFile> {
  for (let after: StoredFile | undefined; ; ) {
    const files = await filesInStore(ctx.db, { after, limit: batch })
    yield* files
    if (files.length < batch) return
    after = files.at(-1)
  }
}

const noObjects = async function* (): AsyncGenerator<StoredObject> {}

/**
 * The keys of documents whose object is not there, or has another size. What changes meanwhile is looked at once more.
 * Contents are not read: whoever downloads a document compares its sum.
 *
 * @throws AppError document_store_unavailable, document_store_misconfigured
 */
export const findLostDocuments = async (
  ctx: Pick<Ctx, 'db' | 'documentStore'>,
): Promise<readonly string[]> => {
  const first = await missing(ctx)
  if (first.length === 0) return []
  const again = new Set(await missing(ctx))
  return first.filter((key) => again.has(key))
}

const missing = async ({
  db,
  documentStore,
}: Pick<Ctx, 'db' | 'documentStore'>): Promise<readonly string[]> => {
  const lost: string[] = []
  let objects: AsyncIterator<StoredObject> | undefined
  let at: IteratorResult<StoredObject> | undefined
  for await (const file of allFiles({ db })) {
    objects ??= (documentStore?.list() ?? noObjects())[Symbol.asyncIterator]()
    at ??= await objects.next()
    const key = keyOf({ sha256: file.sha256, fileId: file.id })
    while (at.done !== true && at.value.key < key) at = await objects.next()
    if (at.done === true || at.value.key !== key || at.value.sizeBytes !== file.sizeBytes) lost.push(key)
  }
  return lost
}
