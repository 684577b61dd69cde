import { Kysely, type LogEvent, sql, type Transaction } from 'kysely'
import pg from 'pg'
import { postgresDialect } from './driver.ts'
import type { Database } from './schema.ts'
import { applicationName } from './schema-number.ts'
import { type StatementName, statementName } from './statement-name.ts'

export type Db = Kysely<Database>
/** Says "call me inside a transaction". */
export type Trx = Transaction<Database>

/** Days stay `yyyy-mm-dd` strings: a JavaScript Date would move them by a time zone. Money stays a string. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === pg.types.builtins.DATE) return (text: string) => text
    if (oid === pg.types.builtins.INT8) return Number
    return pg.types.getTypeParser(oid, format as 'text')
  }) as pg.CustomTypesConfig['getTypeParser'],
}

/** A statement that has run. Neither its text nor its parameters, which hold people's data. */
export interface Statement extends StatementName {
  readonly ms: number
  /** SQLSTATE, or what else names the failure. */
  readonly failedWith?: string
}

export interface DatabaseOptions {
  readonly url: string
  readonly poolSize: number
  /** Called when an idle connection dies; the pool replaces it by itself. */
  readonly onError?: (error: Error) => void
  /** Called after each statement, in the flow that ran it. Without it nothing is measured. */
  readonly onStatement?: ((statement: Statement) => void) | undefined
}

const reportTo =
  (onStatement: (statement: Statement) => void) =>
  (event: LogEvent): void => {
    const { code } = (event.level === 'error' ? event.error : {}) as { code?: unknown }
    onStatement({
      ...statementName(event.query),
      ms: event.queryDurationMillis,
      ...(event.level === 'error' && { failedWith: typeof code === 'string' ? code : 'unknown' }),
    })
  }

const pools = new WeakMap<Db, pg.Pool>()

/** How a pool is used right now; undefined for a database that was not opened here. */
export const poolState = (
  db: Db,
):
  | { readonly used: number; readonly idle: number; readonly waiting: number; readonly limit: number }
  | undefined => {
  const pool = pools.get(db)
  return (
    pool && {
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
      limit: pool.options.max,
    }
  )
}

/** Opens a pool. Statement and lock timeouts keep one bad query from holding a worker for ever. */
export const createDatabase = ({ url, poolSize, onError, onStatement }: DatabaseOptions): Db => {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    types,
    application_name: applicationName,
    statement_timeout: 60_000,
    lock_timeout: 15_000,
    idle_in_transaction_session_timeout: 60_000,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  })
  pool.on('error', (error) => onError?.(error))
  // The pool only watches idle connections: one that dies between two statements of a transaction would end the
  // process with an unhandled 'error' event.
  pool.on('connect', (client) => {
    client.on('error', (error) => onError?.(error))
  })
  const db = new Kysely<Database>({
    dialect: postgresDialect(pool),
    ...(onStatement && { log: reportTo(onStatement) }),
  })
  pools.set(db, pool)
  return db
}

/**
 * Runs reads as role `portal_reader`, limited by row-level security to one client: even a query that forgets its
 * `where` cannot show another client's rows.
 */
export const asPortalReader = <T>(db: Db, clientId: string, read: (trx: Trx) => Promise<T>): Promise<T> =>
  db.transaction().execute(async (trx) => {
    await sql`select set_config('role', 'portal_reader', true), set_config('app.client_id', ${clientId}, true)`.execute(
      trx,
    )
    return read(trx)
  })
