import { findConnection } from '../../db/connections/connections.repo.ts'
import { endLimitDelays } from '../../db/connections/sync-schedule.repo.ts'
import { forgetBudgetLimits } from '../../db/sync/organization-budgets.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import type { OperatorOrder } from './pause.ts'

/**
 * An operator does not believe what Zoho (or a proxy in between) said about the limits of a connection's organization:
 * it is forgotten, and everything that waited for it is due now. If Zoho meant it, it says so again.
 *
 * @throws AppError not_found when there is no such connection.
 */
export const forgetLimits = async (ctx: Ctx, { connectionId, actor, ip }: OperatorOrder): Promise<void> => {
  const freed = await ctx.db.transaction().execute(async (trx) => {
    const connection = await findConnection(trx, connectionId)
    if (!connection || connection.state === 'disconnected') throw new AppError('not_found')
    const organization = {
      dataCenter: connection.data_center,
      organizationId: connection.zoho_organization_id,
    }
    const ids = await endLimitDelays(trx, organization)
    const forgotten = await forgetBudgetLimits(trx, organization)
    await audit(trx, {
      clientId: connection.client_id,
      actor,
      actorRole: 'operator',
      action: 'connection.limits_forgotten',
      subjectType: 'connection',
      subjectId: connectionId,
      details: {
        ...organization,
        code: forgotten?.blocked_code ?? null,
        blockedUntil: forgotten?.blocked_until ?? null,
        dayRemaining: forgotten?.day_remaining ?? null,
        dayResetsAt: forgotten?.day_resets_at ?? null,
        limitHeaders: forgotten?.limit_headers ?? null,
      },
      ip,
    })
    return ids
  })
  for (const id of freed) ctx.nudge({ job: 'sync-connection', id })
}
