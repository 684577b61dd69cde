import { lockClient } from '../../db/clients/clients.repo.ts'
import { insertConnectionEvent } from '../../db/connections/connection-events.repo.ts'
import { moveConnection } from '../../db/connections/connection-states.ts'
import { deleteStagedData, findLiveConnection } from '../../db/connections/connections.repo.ts'
import { lockConnection } from '../../db/connections/lock-connection.ts'
import { cancelRuns } from '../../db/sync/sync-runs.repo.ts'
import { deleteToken, lockToken } from '../../db/tokens/oauth-tokens.repo.ts'
import { insertRevocation } from '../../db/tokens/token-revocations.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Person } from './store-grant.ts'

/**
 * Ends a client's connection in one transaction: tokens and staged rows go, the run under way is cancelled, the grant is
 * to be revoked at Zoho. Cases, commands and audit stay. Waits up to 10 s for a refresh under way.
 *
 * @throws AppError not_connected when nothing is connected.
 */
export const disconnect = async (ctx: Ctx, { clientId, subject, ip }: Person): Promise<void> => {
  const { eventId, revocationId } = await ctx.db.transaction().execute(async (trx) => {
    await lockClient(trx, clientId)
    const live = await findLiveConnection(trx, clientId)
    if (!live) throw new AppError('not_connected')
    const token = await lockToken(trx, live.id)
    await lockConnection(trx, live.id)
    // What is under way ends before the move: its pages and cases are told of the move by the database.
    await cancelRuns(trx, live.id)
    await deleteStagedData(trx, live.id)
    if (!(await moveConnection(trx, live.id, 'disconnected'))) throw new AppError('not_connected')
    const revocationId =
      token &&
      (await insertRevocation(trx, {
        connectionId: live.id,
        tokenOwner: live.id,
        clientId,
        dataCenter: live.data_center,
        refreshTokenJwe: token.refresh_token_jwe,
      }))
    await deleteToken(trx, live.id)
    const eventId = await insertConnectionEvent(trx, {
      connectionId: live.id,
      clientId,
      kind: 'disconnected',
    })
    await audit(trx, {
      clientId,
      actor: subject,
      actorRole: 'client',
      action: 'connection.disconnected',
      subjectType: 'connection',
      subjectId: live.id,
      details: { organizationId: live.zoho_organization_id },
      ip,
    })
    return { eventId, revocationId }
  })
  ctx.nudge({ job: 'connection-event', id: eventId, jobName: 'disconnected' })
  if (revocationId) ctx.nudge({ job: 'revoke-token', id: revocationId })
}
