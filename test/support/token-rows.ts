/** The token row of a connection, and time made to pass for it: its times are Postgres', which no test can move. */
import { sql } from 'kysely'
import type { Db } from '../../db/core/database.ts'
import type { OauthToken } from '../../db/core/schema.ts'

export const tokenRow = (db: Db, connectionId: string): Promise<OauthToken> =>
  db
    .selectFrom('oauth_tokens')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .executeTakeFirstOrThrow()

/** Lets so many seconds pass for token rows: of one connection, or of all. */
export const passTime = async (db: Db, seconds: number, connectionId?: string): Promise<void> => {
  const time = sql`make_interval(secs => ${seconds})`
  await sql`
    update oauth_tokens set
      access_token_expires_at = access_token_expires_at - ${time},
      next_refresh_at = next_refresh_at - ${time},
      minted_at = array(select m - ${time} from unnest(minted_at) m)
    where ${connectionId === undefined ? sql`true` : sql`connection_id = ${connectionId}`}`.execute(db)
}
