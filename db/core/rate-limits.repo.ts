/** Who asked how often, counted for all server processes together. */
import { sql } from 'kysely'
import type { Db } from './database.ts'

export interface Counted {
  /** With this one. */
  readonly requests: number
  /** Until the window ends. */
  readonly ms: number
}

/** Counts a request. A window begins with the first request after the last one has ended, by the database's clock. */
export const countRequest = async (db: Db, keyHash: string, windowMs: number): Promise<Counted> => {
  const { rows } = await sql<Counted>`
    insert into rate_limits as l (key_hash, requests, expires_at)
    values (${keyHash}, 1, now() + make_interval(secs => ${windowMs / 1000}::float8))
    on conflict (key_hash) do update set
      requests = case when l.expires_at <= now() then 1 else l.requests + 1 end,
      expires_at = case when l.expires_at <= now() then excluded.expires_at else l.expires_at end
    returning requests, ceil(extract(epoch from expires_at - now()) * 1000)::int as ms`.execute(db)
  const [counted] = rows
  if (counted === undefined) throw new Error('no row was counted')
  return counted
}

/** Deletes the windows that have ended. */
export const forgetRateLimits = async (db: Db): Promise<void> => {
  await db.deleteFrom('rate_limits').where('expires_at', '<', sql<Date>`now()`).execute()
}
