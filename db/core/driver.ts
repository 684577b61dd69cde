/** Where a statement of Kysely's becomes one of pg's. */
import { hash } from 'node:crypto'
import { PostgresDialect, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { isPrepared } from './statement-name.ts'

/** SQLSTATE connection_failure. */
const connectionFailure = '08006'

/**
 * pg reports a lost connection as a bare Error: only what the server itself says has a code. Here it gets the code
 * that the standard has for it, so that whoever classifies errors by code sees what happened.
 */
const throwWithCode = (error: unknown): never => {
  const isBare =
    error instanceof Error &&
    !(error instanceof pg.DatabaseError) &&
    error.name === 'Error' &&
    !('code' in error)
  throw isBare ? Object.assign(error, { code: connectionFailure }) : error
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
