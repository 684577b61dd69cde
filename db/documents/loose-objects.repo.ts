/**
 * Objects of the document store that no file has. An object is named here before it is written, and again by a trigger when its file
 * goes, so it has a file or a row here at every moment. Its key has the id of its file, which is never used twice: who deletes it
 * takes nothing from a file that has the same content.
 */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'

export interface LooseObject {
  readonly fileId: string
  readonly sha256: string
}

/** Before an object is written. Whoever has not claimed it within an hour is dead, and it goes. */
export const announceObject = async (db: Db, { fileId, sha256 }: LooseObject): Promise<void> => {
  await sql`insert into loose_objects (file_id, sha256, delete_after) values (${fileId}, ${sha256}, now() + interval '1 hour')`.execute(
    db,
  )
}

/** The object gets its file. @returns false when it went meanwhile, because its writer took more than an hour. */
export const claimObject = async (trx: Trx, fileId: string): Promise<boolean> => {
  const { numDeletedRows } = await trx
    .deleteFrom('loose_objects')
    .where('file_id', '=', fileId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** What was announced is not needed. */
export const releaseObject = async (db: Db | Trx, fileId: string): Promise<void> => {
  await sql`update loose_objects set delete_after = now() where file_id = ${fileId}`.execute(db)
}

/**
 * Has one object deleted that nobody needs; nobody can claim it meanwhile.
 *
 * @returns false when there is none.
 */
export const deleteLooseObject = (db: Db, remove: (object: LooseObject) => Promise<void>): Promise<boolean> =>
  db.transaction().execute(async (trx) => {
    const { rows } = await sql<LooseObject>`
      select file_id as "fileId", sha256 from loose_objects where delete_after <= now()
      order by delete_after limit 1 for update skip locked`.execute(trx)
    const [object] = rows
    if (object === undefined) return false
    await remove(object)
    await claimObject(trx, object.fileId)
    return true
  })
