/** A token of the host portal is good for one hand-over, and for nothing afterwards. */
import { isSpent, spendSignInToken } from '../../../db/portal/used-sign-in-tokens.repo.ts'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { hashSecret } from './secret-compare.ts'

/** The signature also covers the encoding, so the signed part names a token; a signature's last letter may vary. */
const tokenName = (token: string) => hashSecret(token.slice(0, token.lastIndexOf('.')))

/** True when it was handed over already: such a token is no bearer token either. */
export const isSpentToken = (ctx: Ctx, token: string): Promise<boolean> => isSpent(ctx.db, tokenName(token))

const used = () => new AppError('token_invalid', { message: 'This sign-in link was used already.' })

/** @throws AppError token_invalid when it was spent before. */
export const refuseSpent = async (ctx: Ctx, token: string): Promise<void> => {
  if (await isSpentToken(ctx, token)) throw used()
}

/** @throws AppError token_invalid when it was spent before. */
export const spendToken = async (ctx: Ctx, token: string, expiresAt: Date): Promise<void> => {
  if (!(await spendSignInToken(ctx.db, { tokenHash: tokenName(token), expiresAt }))) throw used()
}
