import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { Database } from '../core/schema.ts'

export type ConnectionEvent = Selectable<Database['connection_events']>

/** Writes what happened to a connection, due at once. @returns its id. */
export const insertConnectionEvent = async (
  trx: Trx,
  event: {
    readonly connectionId: string
    readonly clientId: string
    readonly kind: ConnectionEvent['kind']
  },
): Promise<string> => {
  const { id } = await trx
    .insertInto('connection_events')
    .values({ connection_id: event.connectionId, client_id: event.clientId, kind: event.kind })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** The event, if nobody has processed it; whoever comes second waits and then finds nothing. */
export const lockOpenEvent = (trx: Trx, id: string): Promise<ConnectionEvent | undefined> =>
  trx
    .selectFrom('connection_events')
    .selectAll()
    .where('id', '=', id)
    .where('processed_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()

export const markEventProcessed = async (trx: Trx, id: string): Promise<void> => {
  await trx
    .updateTable('connection_events')
    .set({ processed_at: sql<Date>`now()`, next_attempt_at: null, error_code: null })
    .where('id', '=', id)
    .execute()
}

/** Tries again after a pause that doubles from 10 seconds to at most an hour. */
export const rearmEvent = async (db: Db, id: string, errorCode: string): Promise<void> => {
  await db
    .updateTable('connection_events')
    .set({
      attempts: sql<number>`attempts + 1`,
      error_code: errorCode,
      enqueued_at: null,
      next_attempt_at: sql<Date>`now() + make_interval(secs => least(3600, 10 * power(2, least(attempts, 10))))`,
    })
    .where('id', '=', id)
    .where('processed_at', 'is', null)
    .execute()
}
