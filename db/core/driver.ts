/** Where a statement of Kysely's becomes one of pg's. */
import { createHash } from 'node:crypto'
import { PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { isPrepared } from './statement-name.ts'

const names = new Map<string, string>()

/** pg prepares a statement that has a name once per connection. */
const nameOf = (text: string): string => {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `p_${createHash('md5').update(text).digest('hex')}`
  names.set(text, name)
  return name
}

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

/** What Kysely asks of a connection; no cursors, since the dialect has none. */
const clientOf = (client: pg.PoolClient): PostgresPoolClient => {
  const query = (text: string, values: readonly unknown[]) =>
    client
      .query({ ...(isPrepared(text) && { name: nameOf(text) }), text, values: [...values] })
      .catch(throwWithCode)
  return { query: query as unknown as PostgresPoolClient['query'], release: () => client.release() }
}

const poolOf = (pool: pg.Pool): PostgresPool => ({
  connect: () => pool.connect().then(clientOf, throwWithCode),
  end: () => pool.end(),
})

/** PostgreSQL, with marked statements prepared, and every lost connection told by a code. */
export const postgresDialect = (pool: pg.Pool) => new PostgresDialect({ pool: poolOf(pool) })
