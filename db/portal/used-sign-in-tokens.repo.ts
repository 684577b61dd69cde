import type { Db, Trx } from '../core/database.ts'

/** True when a token was used for a hand-over: it opens nothing any more. */
export const isSpent = async (db: Db | Trx, tokenHash: string): Promise<boolean> =>
  (await db
    .selectFrom('used_sign_in_tokens')
    .select('token_hash')
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst()) !== undefined

/** Marks a hand-over token as used. @returns false when it was used before. */
export const spendSignInToken = async (
  db: Db | Trx,
  { tokenHash, expiresAt }: { readonly tokenHash: string; readonly expiresAt: Date },
): Promise<boolean> => {
  const spent = await db
    .insertInto('used_sign_in_tokens')
    .values({ token_hash: tokenHash, expires_at: expiresAt })
    .onConflict((conflict) => conflict.column('token_hash').doNothing())
    .returning('token_hash')
    .executeTakeFirst()
  return spent !== undefined
}
