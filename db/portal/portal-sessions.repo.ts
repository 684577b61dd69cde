import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { Database } from '../core/schema.ts'

export type PortalSession = Selectable<Database['portal_sessions']>

export interface NewSession {
  readonly idHash: string
  readonly clientId: string
  readonly subject: string
  readonly name: string | null
  readonly role: 'client' | 'operator'
  readonly hours: number
}

export const insertSession = async (db: Db | Trx, session: NewSession): Promise<void> => {
  await db
    .insertInto('portal_sessions')
    .values({
      id_hash: session.idHash,
      client_id: session.clientId,
      subject: session.subject,
      name: session.name,
      role: session.role,
      expires_at: sql<Date>`now() + make_interval(hours => ${session.hours})`,
    })
    .execute()
}

/** The session if it has not expired. */
export const findSession = (db: Db | Trx, idHash: string): Promise<PortalSession | undefined> =>
  db
    .selectFrom('portal_sessions')
    .selectAll()
    .where('id_hash', '=', idHash)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()

export const deleteSession = async (db: Db | Trx, idHash: string): Promise<void> => {
  await db.deleteFrom('portal_sessions').where('id_hash', '=', idHash).execute()
}
