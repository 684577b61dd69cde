import { noteOutage } from '../../db/connections/outages.repo.ts'
import {
  abandonRevocation,
  findOpenRevocation,
  markRevoked,
  rearmRevocation,
} from '../../db/tokens/token-revocations.repo.ts'
import type { Ctx } from '../context.ts'
import type { AppError } from '../errors.ts'
import { decryptToken, refreshTokenOf } from './encryption.ts'

/** After so many rounds, some ten days, the grant is left to the person, who can remove it under Connected Apps. */
const roundsBeforeGivingUp = 45

/**
 * Revokes a grant at Zoho and forgets it. Doing it twice does no harm.
 *
 * @throws AppError zoho_unavailable, token_key_missing, token_misplaced
 */
export const revokeToken = async (ctx: Ctx, revocationId: string): Promise<void> => {
  const revocation = await findOpenRevocation(ctx.db, revocationId)
  if (!revocation || revocation.refresh_token_jwe === null) return
  const refreshToken = await decryptToken(
    ctx.config.tokenEncryptionKeys,
    refreshTokenOf(revocation.token_owner),
    revocation.refresh_token_jwe,
  )
  const outcome = await ctx.zoho.revoke({
    dataCenter: ctx.zoho.dataCenter(revocation.data_center),
    refreshToken,
  })
  await markRevoked(ctx.db, revocationId)
  ctx.log.info({ event: 'token.revoked_at_zoho', revocationId, outcome })
}

/** Arms the next round, or gives up after days of failure. */
export const tokenRevocationFailed = async (
  ctx: Ctx,
  revocationId: string,
  error: AppError,
  { last }: { readonly last: boolean },
): Promise<void> => {
  if (!last) return
  const rearmed = await rearmRevocation(ctx.db, revocationId, error.code)
  if (!rearmed) return
  if (error.code === 'zoho_unavailable')
    await noteOutage(ctx.db, { dataCenter: rearmed.data_center, service: 'accounts' })
  if (rearmed.attempts < roundsBeforeGivingUp) return
  await abandonRevocation(ctx.db, revocationId)
  ctx.log.error({ event: 'token.revocation_abandoned', revocationId, err: error })
}
