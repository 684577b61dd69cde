import { sql } from 'kysely'
import type { Db } from '../core/database.ts'

/** Remembers a sign-in attempt under hashes only: a stolen dump completes nobody's consent. */
export const insertOauthState = async (
  db: Db,
  state: {
    readonly stateHash: string
    readonly sessionHash: string
    readonly clientId: string
    readonly createdBy: string
    readonly lifetimeSeconds: number
  },
): Promise<void> => {
  await db
    .insertInto('oauth_states')
    .values({
      state_hash: state.stateHash,
      session_id: state.sessionHash,
      client_id: state.clientId,
      created_by: state.createdBy,
      expires_at: sql<Date>`now() + make_interval(secs => ${state.lifetimeSeconds})`,
    })
    .execute()
}

interface StateKey {
  readonly stateHash: string
  readonly sessionHash: string
  readonly clientId: string
}

/** Uses a state up; true for the one caller of the right session and client that comes first and in time. */
export const useOauthState = async (db: Db, key: StateKey): Promise<boolean> => {
  const used = await db
    .updateTable('oauth_states')
    .set({ used_at: sql<Date>`now()` })
    .where('state_hash', '=', key.stateHash)
    .where('session_id', '=', key.sessionHash)
    .where('client_id', '=', key.clientId)
    .where('used_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .returning('state_hash')
    .executeTakeFirst()
  return used !== undefined
}

/** True when this very session used this state before: a double submit. */
export const wasOauthStateUsed = async (db: Db, key: StateKey): Promise<boolean> => {
  const found = await db
    .selectFrom('oauth_states')
    .select('state_hash')
    .where('state_hash', '=', key.stateHash)
    .where('session_id', '=', key.sessionHash)
    .where('client_id', '=', key.clientId)
    .where('used_at', 'is not', null)
    .executeTakeFirst()
  return found !== undefined
}
