import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { Database } from '../core/schema.ts'

export type TokenRevocation = Selectable<Database['token_revocations']>

/** Stores that a grant is to be revoked at Zoho, due at once. @returns the id of the revocation. */
export const insertRevocation = async (
  db: Db | Trx,
  revocation: {
    readonly id?: string
    readonly connectionId: string | null
    /** Whom the ciphertext names: the connection, of a grant that led to none the revocation itself. */
    readonly tokenOwner: string
    readonly clientId: string
    readonly dataCenter: string
    readonly refreshTokenJwe: string
  },
): Promise<string> => {
  const { id } = await db
    .insertInto('token_revocations')
    .values({
      ...(revocation.id === undefined ? {} : { id: revocation.id }),
      connection_id: revocation.connectionId,
      token_owner: revocation.tokenOwner,
      client_id: revocation.clientId,
      data_center: revocation.dataCenter,
      refresh_token_jwe: revocation.refreshTokenJwe,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export const findOpenRevocation = (db: Db, id: string): Promise<TokenRevocation | undefined> =>
  db
    .selectFrom('token_revocations')
    .selectAll()
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()

/** The grant is gone at Zoho, so its token is forgotten here too. */
export const markRevoked = async (db: Db, id: string): Promise<void> => {
  await db
    .updateTable('token_revocations')
    .set({
      revoked_at: sql<Date>`now()`,
      refresh_token_jwe: null,
      next_attempt_at: null,
      error_code: null,
    })
    .where('id', '=', id)
    .execute()
}

/** Tries again after a pause that doubles from a minute to at most six hours. @returns the row as it is now. */
export const rearmRevocation = (
  db: Db,
  id: string,
  errorCode: string,
): Promise<Pick<TokenRevocation, 'attempts' | 'data_center'> | undefined> =>
  db
    .updateTable('token_revocations')
    .set({
      attempts: sql<number>`attempts + 1`,
      error_code: errorCode,
      enqueued_at: null,
      next_attempt_at: sql<Date>`now() + make_interval(secs => least(21600, 60 * power(2, least(attempts, 10))))`,
    })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning(['attempts', 'data_center'])
    .executeTakeFirst()

/** Gives up: the token is forgotten, the row says why. */
export const abandonRevocation = async (db: Db, id: string): Promise<void> => {
  await db
    .updateTable('token_revocations')
    .set({ refresh_token_jwe: null, next_attempt_at: null })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .execute()
}

/** Open revocations after the last one seen, in order of id. */
export const findOpenRevocations = (
  db: Db,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<TokenRevocation[]> =>
  db
    .selectFrom('token_revocations')
    .selectAll()
    .where('refresh_token_jwe', 'is not', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()

/** Swaps the encryption of a revocation's token, if it is still the one that was read. */
export const replaceRevocationEncryption = async (
  db: Db,
  id: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('token_revocations')
    .set({ refresh_token_jwe: to })
    .where('id', '=', id)
    .where('refresh_token_jwe', '=', from)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
