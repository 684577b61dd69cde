import { findLiveConnection } from '../../db/connections/connections.repo.ts'
import type { RunKind } from '../../db/core/schema.ts'
import { requestRun } from '../../db/sync/sync-runs.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError, type ErrorCode } from '../errors.ts'

export interface SyncRequest {
  readonly clientId: string
  readonly subject: string
  readonly ip?: string | null | undefined
  /** Default: what the schedule would choose. */
  readonly kind?: RunKind | undefined
}

/**
 * "Sync now": starts a run, or names the one under way; then another follows it, so that what changed in Zoho
 * before the request is seen in any case.
 *
 * @throws AppError not_connected; reconnect_required; connection_paused.
 */
export const requestSync = async (
  ctx: Ctx,
  { clientId, subject, ip, kind }: SyncRequest,
): Promise<{ runId: string }> => {
  const { connectionId, runId } = await ctx.db.transaction().execute(async (trx) => {
    const connection = await findLiveConnection(trx, clientId)
    if (!connection) throw new AppError('not_connected')
    const run = await requestRun(trx, connection.id, { kind: kind ?? null, trigger: 'manual' })
    if (!run) throw new AppError(refusals[connection.state] ?? 'not_connected')
    await audit(trx, {
      clientId,
      actor: subject,
      actorRole: 'client',
      action: 'sync.requested',
      subjectType: 'connection',
      subjectId: connection.id,
      details: { runId: run.id, kind: run.kind },
      ip: ip ?? null,
    })
    return { connectionId: connection.id, runId: run.id }
  })
  ctx.nudge({ job: 'sync-connection', id: connectionId })
  return { runId }
}

const refusals: Readonly<Record<string, ErrorCode>> = {
  reconnect_required: 'reconnect_required',
  paused: 'connection_paused',
}
