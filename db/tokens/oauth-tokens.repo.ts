/**
 * Tokens at rest. All their times are Postgres': workers whose clocks disagree by minutes still agree on when a token
 * expires. `clock_timestamp()` rather than `now()`, because a transaction may have waited for the row.
 */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { Connection, OauthToken } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'

/** A token row with what Postgres' clock says about it. */
export interface TokenRow extends OauthToken {
  /** Until the access token expires; negative: since then; null: there is none. */
  readonly seconds_left: number | null
  /** The scheduled refresh, or the end of a pause after a failure, has come. */
  readonly due: boolean
  /** Calls within the last ten minutes that minted an access token, or may have. */
  readonly recent_mints: Date[]
}

const columns = sql`t.*,
    extract(epoch from t.access_token_expires_at - clock_timestamp())::float8 as seconds_left,
    coalesce(t.next_refresh_at <= clock_timestamp(), true) as due,
    array(select m from unnest(t.minted_at) m where m > clock_timestamp() - interval '10 minutes' order by m) as recent_mints`

/** The row with the state of its connection, in one round trip. */
export const findToken = async (
  db: Db | Trx,
  connectionId: string,
): Promise<(TokenRow & Pick<Connection, 'state' | 'problem_code'>) | undefined> => {
  const { rows } = await sql<
    TokenRow & Pick<Connection, 'state' | 'problem_code'>
  >`${named('select oauth_tokens')}
    select ${columns}, c.state, c.problem_code
    from oauth_tokens t join connections c on c.id = t.connection_id
    where t.connection_id = ${connectionId}`.execute(db)
  return rows[0]
}

/** Waits for whoever refreshes, then reads what is true by now. The holder alone may judge the grant. */
export const lockToken = async (trx: Trx, connectionId: string): Promise<TokenRow | undefined> => {
  const { rows } = await sql<TokenRow>`${named('select oauth_tokens')}
    select ${columns} from oauth_tokens t where t.connection_id = ${connectionId} for no key update`.execute(
    trx,
  )
  return rows[0]
}

/** Stores a first grant, or the one of a reconnect; its mint budget starts anew. Armed by the connection event. */
export const upsertToken = async (
  trx: Trx,
  token: {
    readonly connectionId: string
    readonly clientId: string
    readonly refreshTokenJwe: string
    readonly accessTokenJwe: string
    readonly expiresInSeconds: number
    readonly scope: string | null
    readonly keyId: string
  },
): Promise<void> => {
  const granted = {
    refresh_token_jwe: token.refreshTokenJwe,
    access_token_jwe: token.accessTokenJwe,
    access_token_expires_at: sql<Date>`now() + make_interval(secs => ${token.expiresInSeconds})`,
    scope: token.scope,
    key_id: token.keyId,
    minted_at: sql<Date[]>`array[clock_timestamp()]`,
    next_refresh_at: null,
    refresh_enqueued_at: null,
    refresh_failures: 0,
    refresh_error_code: null,
    updated_at: sql<Date>`now()`,
  }
  await trx
    .insertInto('oauth_tokens')
    .values({ connection_id: token.connectionId, client_id: token.clientId, ...granted })
    .onConflict((conflict) =>
      conflict
        .column('connection_id')
        .doUpdateSet({ ...granted, version: sql<number>`oauth_tokens.version + 1` }),
    )
    .execute()
}

const withThisMint = sql<Date[]>`
  array(select m from unnest(oauth_tokens.minted_at) m where m > clock_timestamp() - interval '10 minutes') || clock_timestamp()`

/** Stores a minted access token, if the row is still the one that was read. */
export const storeAccessToken = async (
  trx: Trx,
  row: Pick<OauthToken, 'connection_id' | 'version'>,
  token: {
    readonly accessTokenJwe: string
    readonly refreshTokenJwe: string
    readonly keyId: string
    readonly expiresInSeconds: number
    readonly nextRefreshInSeconds: number
    readonly scope: string | null
  },
): Promise<boolean> => {
  const { numUpdatedRows } = await trx
    .updateTable('oauth_tokens')
    .set({
      access_token_jwe: token.accessTokenJwe,
      refresh_token_jwe: token.refreshTokenJwe,
      key_id: token.keyId,
      access_token_expires_at: sql<Date>`now() + make_interval(secs => ${token.expiresInSeconds})`,
      next_refresh_at: sql<Date>`now() + make_interval(secs => ${token.nextRefreshInSeconds})`,
      ...(token.scope === null ? {} : { scope: token.scope }),
      minted_at: withThisMint,
      version: sql<number>`version + 1`,
      refresh_enqueued_at: null,
      refresh_failures: 0,
      refresh_error_code: null,
      updated_at: sql<Date>`now()`,
    })
    .where('connection_id', '=', row.connection_id)
    .where('version', '=', row.version)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** However long an outage of the token endpoint lasts, one of those who wait looks so often; Zoho allows 10 in 10 minutes. */
const probeSeconds = 90

/** Whether the accounts server of this grant has been down for a while, and nobody else looks soon whether it still is. */
const isNextToProbe = async (trx: Trx, connectionId: string): Promise<boolean> => {
  const { rows } = await sql<{ probes: boolean }>`
    select exists (
        select 1 from zoho_outages o
        where o.data_center = c.data_center and o.service = 'accounts' and o.since < now() - interval '30 seconds'
      ) and not exists (
        select 1 from oauth_tokens t join connections other on other.id = t.connection_id
        where t.refresh_error_code = 'zoho_token_unclear' and t.connection_id <> c.id
          and t.next_refresh_at between now() and now() + make_interval(secs => ${probeSeconds})
          and other.data_center = c.data_center
      ) as probes
    from connections c where c.id = ${connectionId}`.execute(trx)
  return rows[0]?.probes ?? false
}

/**
 * Notes a refresh that brought nothing. The call counts as a mint: Zoho may have minted although we never heard.
 *
 * @returns when the next attempt may be made.
 */
export const storeRefreshFailure = async (
  trx: Trx,
  row: Pick<OauthToken, 'connection_id' | 'version'>,
  { code, pauseSeconds }: { readonly code: string; readonly pauseSeconds: number },
): Promise<Date> => {
  const probes = code === 'zoho_token_unclear' && (await isNextToProbe(trx, row.connection_id))
  const { next_refresh_at } = await trx
    .updateTable('oauth_tokens')
    .set({
      refresh_failures: sql<number>`refresh_failures + 1`,
      refresh_error_code: code,
      next_refresh_at: sql<Date>`clock_timestamp() + make_interval(secs => ${probes ? Math.min(pauseSeconds, probeSeconds) : pauseSeconds})`,
      refresh_enqueued_at: null,
      minted_at: withThisMint,
      updated_at: sql<Date>`now()`,
    })
    .where('connection_id', '=', row.connection_id)
    .where('version', '=', row.version)
    .returning('next_refresh_at')
    .executeTakeFirstOrThrow()
  return next_refresh_at ?? new Date(0)
}

/** Ends a grant that Zoho called dead, if the row is still the one that was read. */
export const storeRevoked = async (
  trx: Trx,
  row: Pick<OauthToken, 'connection_id' | 'version'>,
): Promise<boolean> => {
  const { numUpdatedRows } = await trx
    .updateTable('oauth_tokens')
    .set({
      access_token_jwe: null,
      access_token_expires_at: null,
      next_refresh_at: null,
      refresh_enqueued_at: null,
      refresh_error_code: 'reconnect_required',
      version: sql<number>`version + 1`,
      updated_at: sql<Date>`now()`,
    })
    .where('connection_id', '=', row.connection_id)
    .where('version', '=', row.version)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Arms the first scheduled refresh of a grant, so many seconds before its access token expires. */
export const armFirstRefresh = async (
  db: Db | Trx,
  connectionId: string,
  leadSeconds: number,
): Promise<void> => {
  await db
    .updateTable('oauth_tokens')
    .set({
      next_refresh_at: sql<Date>`greatest(now(), access_token_expires_at - make_interval(secs => ${leadSeconds}))`,
      refresh_enqueued_at: null,
    })
    .where('connection_id', '=', connectionId)
    .where('access_token_expires_at', 'is not', null)
    .where('next_refresh_at', 'is', null)
    .execute()
}

/** Puts a refresh that is due off, because it failed before it could put itself off. */
export const postponeDueRefresh = async (
  db: Db | Trx,
  connectionId: string,
  seconds: number,
): Promise<void> => {
  await db
    .updateTable('oauth_tokens')
    .set({
      next_refresh_at: sql<Date>`clock_timestamp() + make_interval(secs => ${seconds})`,
      refresh_enqueued_at: null,
    })
    .where('connection_id', '=', connectionId)
    .where('next_refresh_at', '<=', sql<Date>`clock_timestamp()`)
    .execute()
}

export const deleteToken = async (trx: Trx, connectionId: string): Promise<void> => {
  await trx.deleteFrom('oauth_tokens').where('connection_id', '=', connectionId).execute()
}

/** Rows not encrypted with this key, in order of id, after the last one seen. */
export const findTokensOfOtherKeys = (
  db: Db,
  { keyId, after, limit }: { readonly keyId: string; readonly after: string; readonly limit: number },
): Promise<OauthToken[]> =>
  db
    .selectFrom('oauth_tokens')
    .selectAll()
    .where('key_id', '<>', keyId)
    .where('connection_id', '>', after)
    .orderBy('connection_id')
    .limit(limit)
    .execute()

/** Swaps the encryption of a row, if it is still the one that was read; its tokens and schedule stay as they are. */
export const replaceEncryption = async (
  db: Db,
  row: Pick<OauthToken, 'connection_id' | 'version'>,
  encrypted: {
    readonly refreshTokenJwe: string
    readonly accessTokenJwe: string | null
    readonly keyId: string
  },
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('oauth_tokens')
    .set({
      refresh_token_jwe: encrypted.refreshTokenJwe,
      access_token_jwe: encrypted.accessTokenJwe,
      key_id: encrypted.keyId,
      version: sql<number>`version + 1`,
    })
    .where('connection_id', '=', row.connection_id)
    .where('version', '=', row.version)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
