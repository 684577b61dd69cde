/** From bytes, in whatever portions they come, to a stored content: never more than one piece of it in memory. */
import { createHash } from 'node:crypto'
import type { Db, Trx } from '../../db/core/database.ts'
import { addChunk, chunkBytes } from '../../db/documents/files.repo.ts'

interface Written {
  readonly sha256: string
  readonly sizeBytes: number
}

/** The same bytes in pieces of one size; the last one is what is left. */
export const inPieces = async function* (
  portions: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = []
  let bytes = 0
  for await (const portion of portions) {
    waiting.push(portion)
    bytes += portion.length
    if (bytes < chunkBytes) continue
    const whole = Buffer.concat(waiting, bytes)
    let at = 0
    for (; bytes - at >= chunkBytes; at += chunkBytes) yield whole.subarray(at, at + chunkBytes)
    waiting = [whole.subarray(at)]
    bytes -= at
  }
  if (bytes > 0) yield Buffer.concat(waiting, bytes)
}

/** Writes the pieces of a file that was begun. @returns its sum and size, by which `completeFile` ends it. */
export const writeContent = async (
  db: Db | Trx,
  file: { readonly fileId: string; readonly clientId: string },
  portions: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<Written> => {
  const hash = createHash('sha256')
  let sizeBytes = 0
  let ordinal = 0
  for await (const bytes of inPieces(portions)) {
    hash.update(bytes)
    sizeBytes += bytes.length
    await addChunk(db, { ...file, ordinal, bytes })
    ordinal += 1
  }
  return { sha256: hash.digest('hex'), sizeBytes }
}
