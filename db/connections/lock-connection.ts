import type { Trx } from '../core/database.ts'
import type { Connection } from '../core/schema.ts'

/**
 * Locks a connection against other writers of it; rows that refer to it can still be inserted. Whoever also needs the
 * token row locks that one first: a refresh holds it while it changes the connection.
 */
export const lockConnection = (trx: Trx, id: string): Promise<Connection | undefined> =>
  trx.selectFrom('connections').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst()
