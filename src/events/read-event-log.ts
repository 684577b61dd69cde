import { asPortalReader } from '../../db/core/database.ts'
import { listEvents, readFeed } from '../../db/events/events.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import { type PresentedEvent, presentEvent } from './present-event.ts'
import { publishAllEvents } from './publish-events.ts'

export interface EventLogQuery {
  /** Undefined: from the oldest event that is kept. */
  readonly after?: number | undefined
  readonly types?: readonly string[] | undefined
  /** Whose events. */
  readonly clientId: string | undefined
  /** Read as the portal's role, which sees one client: `clientId`. */
  readonly asClient: boolean
  readonly limit: number
}

export interface EventLogPage {
  readonly items: readonly PresentedEvent[]
  /** What `after` should be next time. */
  readonly next: number
  readonly more: boolean
}

/**
 * A page of the feed, in order. It holds all that was committed before it was asked for, and no event will ever appear
 * at or before `next` afterwards.
 *
 * @throws AppError events_expired: what comes after `after` has been deleted in part.
 */
export const readEventLog = async (
  ctx: Ctx,
  { after, types, clientId, asClient, limit }: EventLogQuery,
): Promise<EventLogPage> => {
  await publishAllEvents(ctx)
  // Before the events: what has these numbers is committed, so a page that is not full may go on behind them.
  const { lastSequence, expiredThrough } = await readFeed(ctx.db)
  if (after !== undefined && after < expiredThrough)
    throw new AppError('events_expired', { details: { after, expiredThrough } })
  const query = { after: after ?? 0, types, clientId, limit: limit + 1 }
  const found =
    asClient && clientId !== undefined
      ? await asPortalReader(ctx.db, clientId, (trx) => listEvents(trx, 'portal_events', query))
      : await listEvents(ctx.db, 'events', query)
  const more = found.length > limit
  const items = found.slice(0, limit).map(presentEvent)
  const last = items.at(-1)?.sequence ?? 0
  return { items, next: more ? last : Math.max(after ?? 0, last, lastSequence), more }
}
