/**
 * Contents of documents: each once for a client, by its SHA-256, in pieces. A file is written piece by piece and gets its
 * sum at its end; one without it belongs to nothing, and goes with the next retention if its writer died.
 */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { named } from '../core/statement-name.ts'

/** Of most pieces; small enough to hold several, large enough for few statements. */
export const chunkBytes = 256 * 1024

interface OwnFile {
  readonly fileId: string
  readonly clientId: string
}

/** Begins a file. @returns its id. */
export const beginFile = async (db: Db | Trx, clientId: string): Promise<string> => {
  const { id } = await db
    .insertInto('document_files')
    .values({ client_id: clientId })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
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
  { fileId, clientId, sha256, sizeBytes }: OwnFile & { readonly sha256: string; readonly sizeBytes: number },
): Promise<string> => {
  const same = await trx
    .selectFrom('document_files')
    .select('id')
    .where('client_id', '=', clientId)
    .where('sha256', '=', sha256)
    .executeTakeFirst()
  if (same !== undefined) {
    await discardFile(trx, fileId)
    return same.id
  }
  await trx
    .updateTable('document_files')
    .set({ sha256, size_bytes: sizeBytes })
    .where('id', '=', fileId)
    .execute()
  return fileId
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
