/** Cases whose invoices nobody followed for a time: each invoice that is not listed as unpaid is re-read by id. */
import { findUnfollowedCases, followCase, scheduleCaseFollow } from '../../db/cases/case-follow.repo.ts'
import { findConnection } from '../../db/connections/connections.repo.ts'
import type { Ctx } from '../context.ts'
import { type AppError, isAppError } from '../errors.ts'
import { restageInvoice } from '../sync/restage-invoice.ts'

const batch = 50
/** A job holds a worker for so long; then others have their turn. */
const sliceMs = 10_000
const retrySeconds = 600

/**
 * Looks at the cases of a connection's organization that nobody follows, within the budget for background work. What
 * Zoho says is staged, and the case learns of it in that transaction. Doing it twice does no harm.
 *
 * @throws what `callBooks` throws while Zoho's limits or an outage stand in the way
 */
export const followCases = async (
  ctx: Ctx,
  connectionId: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<void> => {
  const connection = await findConnection(ctx.db, connectionId)
  if (connection === undefined || (connection.state !== 'active' && connection.state !== 'error')) return
  const started = performance.now()
  let after: string | undefined
  let looked = 0
  for (;;) {
    const cases = await findUnfollowedCases(ctx.db, connectionId, { after, limit: batch })
    if (cases.length === 0) break
    for (const { id, zohoInvoiceId } of cases) {
      if (signal?.aborted || performance.now() - started > sliceMs)
        return scheduleCaseFollow(ctx.db, connectionId, ctx.clock.now())
      try {
        await restageInvoice(ctx, connection, zohoInvoiceId, { priority: 'background', signal })
        await followCase(ctx.db, connectionId, id)
        looked += 1
      } catch (error) {
        // One that cannot be read is set aside and shown; the next full run comes back to it.
        if (!isAppError(error, 'zoho_answer_invalid')) throw error
      }
      after = id
    }
  }
  await scheduleCaseFollow(ctx.db, connectionId, null)
  if (looked > 0) ctx.log.info({ event: 'cases.followed_again', connectionId, looked })
}

/** Arms the row for when it may go on. */
export const caseFollowFailed = async (
  ctx: Ctx,
  connectionId: string,
  error: AppError,
  { last }: { readonly last: boolean },
): Promise<void> => {
  if (!last) return
  const at = error.retryAt ?? new Date(ctx.clock.now().getTime() + retrySeconds * 1000)
  await scheduleCaseFollow(ctx.db, connectionId, at)
}
