import { lockOpenEvent, markEventProcessed, rearmEvent } from '../../db/connections/connection-events.repo.ts'
import { deleteStagedData } from '../../db/connections/connections.repo.ts'
import { armSync } from '../../db/connections/sync-schedule.repo.ts'
import { armFirstRefresh } from '../../db/tokens/oauth-tokens.repo.ts'
import type { Ctx } from '../context.ts'
import type { AppError } from '../errors.ts'
import { refreshLeadSeconds } from '../tokens/refresh-policy.ts'

/**
 * What follows from a connection event: `connected` and `reconnected` arm the first full run and the token refresh,
 * `disconnected` clears what a run may have staged in its last moment. Twice or at the same time, it happens once.
 */
export const processConnectionEvent = async (ctx: Ctx, eventId: string): Promise<void> => {
  const armed = await ctx.db.transaction().execute(async (trx) => {
    const event = await lockOpenEvent(trx, eventId)
    if (!event) return undefined
    if (event.kind === 'disconnected') await deleteStagedData(trx, event.connection_id)
    else {
      // Token row first, as everywhere: a refresh holds it while it changes the connection.
      await armFirstRefresh(trx, event.connection_id, refreshLeadSeconds())
      await armSync(trx, event.connection_id, { kind: 'full', trigger: 'connected', afresh: true })
    }
    await markEventProcessed(trx, eventId)
    return event
  })
  if (!armed) return
  ctx.log.info({ event: `connection.${armed.kind}`, connectionId: armed.connection_id })
  if (armed.kind !== 'disconnected') ctx.nudge({ job: 'sync-connection', id: armed.connection_id })
}

/** Arms the row again, so that the sweep brings the event back. */
export const connectionEventFailed = async (
  ctx: Ctx,
  eventId: string,
  error: AppError,
  { last }: { readonly last: boolean },
): Promise<void> => {
  if (last) await rearmEvent(ctx.db, eventId, error.code)
}
