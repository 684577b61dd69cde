/** Where a statement of Kysely's becomes one of pg's. */
import { hash } from 'node:crypto'
import { types } from 'node:util'
import { PostgresDialect, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { isPrepared } from './statement-name.ts'

/** SQLSTATE connection_failure. */
const connectionFailure = '08006'

/**
 * Only what the server itself says has a code of the standard. A lost connection is a bare Error of pg's, or one of the
 * network with a code of its own (ENOTFOUND while the server's container is down, ETIMEDOUT, …). Here both get the code that
 * the standard has for it, so that whoever classifies errors by code sees what happened.
 */
const throwWithCode = (error: unknown): never => {
  const isLost =
    types.isNativeError(error) &&
    !(error instanceof pg.DatabaseError) &&
    ('syscall' in error || (error.name === 'Error' && !('code' in error)))
  throw isLost ? Object.assign(error, { code: connectionFailure }) : error
}

/**
 * What Kysely asks of a connection; no cursors, since the dialect has none. pg prepares a statement that has a name once
 * per connection.
 */
const clientOf = (client: pg.PoolClient): PostgresPoolClient => {
  const query = (text: string, values: readonly unknown[]) =>
    client
      .query({ ...(isPrepared(text) && { name: hash('md5', text) }), text, values: [...values] })
      .catch(throwWithCode)
  return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release() }
}

/** PostgreSQL, with marked statements prepared, and every lost connection told by a code. */
export const postgresDialect = (pool: pg.Pool) =>
  new PostgresDialect({
    pool: { connect: () => pool.connect().then(clientOf, throwWithCode), end: () => pool.end() },
  })
