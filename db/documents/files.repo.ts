/**
 * Contents of documents: each once for a client, by its SHA-256, in pieces here or as an object of the document store. A file is written piece by piece and gets its
 * sum at its end; one without it belongs to nothing, and goes with the next retention if its writer died.
 */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { named } from '../core/statement-name.ts'

/** Of most pieces; small enough to hold several, large enough for few statements. */
export const chunkBytes = 256 * 1024

/** A file that is complete. */
export interface StoredFile {
  readonly id: string
  readonly sha256: string
  readonly sizeBytes: number
  readonly keptIn: 'database' | 'store'
}

interface OwnFile {
  readonly fileId: string
  readonly clientId: string
}

/** Begins a file. */
export const beginFile = async (db: Db | Trx, { fileId, clientId }: OwnFile): Promise<void> => {
  await db.insertInto('document_files').values({ id: fileId, client_id: clientId }).execute()
}

export const addChunk = async (
  db: Db | Trx,
  { fileId, clientId, ordinal, bytes }: OwnFile & { readonly ordinal: number; readonly bytes: Buffer },
): Promise<void> => {
  await db
    .insertInto('document_chunks')
    .values({ file_id: fileId, client_id: clientId, ordinal, bytes })
    .execute()
}

export const discardFile = async (db: Db | Trx, fileId: string): Promise<void> => {
  await db.deleteFrom('document_files').where('id', '=', fileId).where('sha256', 'is', null).execute()
}

/**
 * Ends a file. Where the client has the same content already, the new one goes. Hold the client.
 *
 * @returns the id of the file that has the content.
 */
export const completeFile = async (
  trx: Trx,
  {
    fileId,
    clientId,
    sha256,
    sizeBytes,
    keptIn,
  }: OwnFile & {
    readonly sha256: string
    readonly sizeBytes: number
    readonly keptIn: StoredFile['keptIn']
  },
): Promise<string> => {
  const same = await sameContent(trx, { clientId, sha256 })
  if (same !== undefined) {
    await discardFile(trx, fileId)
    return same
  }
  await trx
    .updateTable('document_files')
    .set({ sha256, size_bytes: sizeBytes, kept_in: keptIn })
    .where('id', '=', fileId)
    .execute()
  if (keptIn === 'store') await trx.deleteFrom('document_chunks').where('file_id', '=', fileId).execute()
  return fileId
}

/** The client's file with a content. */
export const sameContent = async (
  db: Db | Trx,
  { clientId, sha256 }: { readonly clientId: string; readonly sha256: string },
): Promise<string | undefined> => {
  const same = await db
    .selectFrom('document_files')
    .select('id')
    .where('client_id', '=', clientId)
    .where('sha256', '=', sha256)
    .executeTakeFirst()
  return same?.id
}

/** Deletes a content that no document has any more. Hold the client. */
export const deleteUnusedFile = async (trx: Trx, fileId: string): Promise<void> => {
  await sql`
    delete from document_files f where f.id = ${fileId}
      and not exists (select 1 from case_documents d where d.file_id = f.id)`.execute(trx)
}

/** One piece of a content, as the portal reads it; undefined after the last. */
export const readChunk = async (trx: Trx, fileId: string, ordinal: number): Promise<Buffer | undefined> => {
  const { rows } = await sql<{ bytes: Buffer }>`${named('select portal_document_chunks')}
    select bytes from portal_document_chunks where file_id = ${fileId} and ordinal = ${ordinal}`.execute(trx)
  return rows[0]?.bytes
}

/** One piece of a content that is being written. */
export const readOwnChunk = async (db: Db, fileId: string, ordinal: number): Promise<Buffer | undefined> => {
  const row = await db
    .selectFrom('document_chunks')
    .select('bytes')
    .where('file_id', '=', fileId)
    .where('ordinal', '=', ordinal)
    .executeTakeFirst()
  return row?.bytes as Buffer | undefined
}

/** The files whose bytes are in the document store, in the order of their keys there; after one of them. */
export const filesInStore = async (
  db: Db,
  {
    clientId,
    after,
    limit,
  }: {
    readonly clientId?: string
    readonly after?: StoredFile | undefined
    readonly limit: number
  },
): Promise<readonly StoredFile[]> => {
  const { rows } = await sql<StoredFile>`
    select id, sha256, size_bytes as "sizeBytes", kept_in as "keptIn" from document_files
    where kept_in = 'store' ${clientId === undefined ? sql`` : sql`and client_id = ${clientId}`}
      ${after === undefined ? sql`` : sql`and (sha256 collate "C", id) > (${after.sha256}, ${after.id}::uuid)`}
    order by sha256 collate "C", id limit ${limit}`.execute(db)
  return rows
}
