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
  readonly ip: string | null
  readonly userAgent: string | null
  readonly hours: number
}

/** @returns the name of the session, which opens nothing. */
export const insertSession = async (db: Db | Trx, session: NewSession): Promise<string> => {
  const { id } = await db
    .insertInto('portal_sessions')
    .values({
      id_hash: session.idHash,
      client_id: session.clientId,
      subject: session.subject,
      name: session.name,
      role: session.role,
      ip_address: session.ip,
      user_agent: session.userAgent,
      expires_at: sql<Date>`now() + make_interval(hours => ${session.hours})`,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

const alive = (idleMinutes: number) =>
  sql<boolean>`expires_at > now() and last_seen_at > now() - make_interval(mins => ${idleMinutes})`

/** The session, unless it has expired or was idle for too long. `seen_before`: not within this minute. */
export const findSession = (
  db: Db | Trx,
  idHash: string,
  idleMinutes: number,
): Promise<(PortalSession & { readonly seen_before: boolean }) | undefined> =>
  db
    .selectFrom('portal_sessions')
    .selectAll()
    .select(sql<boolean>`last_seen_at < now() - interval '1 minute'`.as('seen_before'))
    .where('id_hash', '=', idHash)
    .where(alive(idleMinutes))
    .executeTakeFirst()

/** Notes that the person is there. */
export const touchSession = async (db: Db | Trx, idHash: string): Promise<void> => {
  await db
    .updateTable('portal_sessions')
    .set({ last_seen_at: sql<Date>`now()` })
    .where('id_hash', '=', idHash)
    .execute()
}

/** Whose sessions. */
export interface SessionOwner {
  readonly clientId: string
  readonly subject: string
}

/** The living sessions of a person, the most recently used first. */
export const listSessions = (
  db: Db | Trx,
  { clientId, subject }: SessionOwner,
  idleMinutes: number,
): Promise<readonly PortalSession[]> =>
  db
    .selectFrom('portal_sessions')
    .selectAll()
    .where('client_id', '=', clientId)
    .where('subject', '=', subject)
    .where(alive(idleMinutes))
    .orderBy('last_seen_at', 'desc')
    .orderBy('id')
    .limit(200)
    .execute()

/** Ends a session. @returns what it was; undefined when there was none. */
export const deleteSession = (db: Db | Trx, idHash: string): Promise<PortalSession | undefined> =>
  db.deleteFrom('portal_sessions').where('id_hash', '=', idHash).returningAll().executeTakeFirst()

/** Ends sessions of a person: the one of this id, or all. @returns those that were ended. */
export const deleteSessionsOf = (
  db: Db | Trx,
  { clientId, subject }: SessionOwner,
  id?: string,
): Promise<readonly PortalSession[]> =>
  db
    .deleteFrom('portal_sessions')
    .where('client_id', '=', clientId)
    .where('subject', '=', subject)
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .returningAll()
    .execute()
