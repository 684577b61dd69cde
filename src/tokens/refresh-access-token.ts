import { postponeDueRefresh } from '../../db/tokens/oauth-tokens.repo.ts'
import type { Ctx } from '../context.ts'
import { type AppError, isAppError } from '../errors.ts'
import { renewAccessToken } from './get-access-token.ts'

/**
 * The job behind `next_refresh_at`: gets a new access token while the old one still works. A grant that turns out dead
 * or gone is recorded and ends the schedule; it is no failure of the job.
 *
 * @throws AppError as `getAccessToken`, without reconnect_required and connection_gone.
 */
export const refreshAccessToken = async (ctx: Ctx, connectionId: string): Promise<void> => {
  try {
    await renewAccessToken(ctx, connectionId)
  } catch (error) {
    if (!isAppError(error, 'reconnect_required') && !isAppError(error, 'connection_gone')) throw error
  }
}

/** Seconds until another attempt, where the failure did not arm the row itself. */
const pauseSeconds = 60

/** Puts the row off until the error says it makes sense, so that the sweep does not bring it back at once. */
export const tokenRefreshFailed = async (
  ctx: Ctx,
  connectionId: string,
  error: AppError,
  { last }: { readonly last: boolean },
): Promise<void> => {
  if (!last) return
  const waitMs = (error.retryAt?.getTime() ?? 0) - ctx.clock.now().getTime()
  await postponeDueRefresh(ctx.db, connectionId, Math.max(pauseSeconds, waitMs / 1000))
}
