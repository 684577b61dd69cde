/**
 * pg reports a lost connection as a bare Error: only what the server itself says has a code. Here it gets the code
 * that the standard has for it, so that whoever classifies errors by code sees what happened.
 */
import pg from 'pg'

/** SQLSTATE connection_failure. */
const connectionFailure = '08006'

const isBare = (error: unknown): error is Error =>
  error instanceof Error &&
  !(error instanceof pg.DatabaseError) &&
  error.name === 'Error' &&
  !('code' in error)

/** For `catch`: throws on, with a code where there was none. */
export const throwWithCode = (error: unknown): never => {
  if (isBare(error)) Object.assign(error, { code: connectionFailure })
  throw error
}

/** Makes the failures of a connection carry a code. */
export const codeLostConnection = (client: pg.PoolClient): void => {
  const send = client.query.bind(client) as (...given: unknown[]) => unknown
  const query = (...given: unknown[]): unknown => {
    const sent = send(...given)
    return sent instanceof Promise ? sent.catch(throwWithCode) : sent
  }
  client.query = query as typeof client.query
}
