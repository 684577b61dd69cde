import { deleteExpired } from '../../db/clients/retention.repo.ts'
import { expireEvents } from '../../db/events/events.repo.ts'
import type { Ctx } from '../context.ts'
import { deleteLooseObjects } from '../documents/keep-content.ts'

/** How long an event stays in the feed. */
const eventDays = 30

/** Deletes closed staged rows and history older than RETENTION_DAYS, and everything that has expired. */
export const applyRetention = async (ctx: Ctx): Promise<void> => {
  const events = await expireEvents(ctx.db, eventDays)
  if (events > 0) ctx.log.info({ event: 'retention.deleted', what: 'events', rows: events })
  for (const { what, rows } of await deleteExpired(ctx.db, ctx.config.retentionDays))
    if (rows > 0) ctx.log.info({ event: 'retention.deleted', what, rows })
  const objects = await deleteLooseObjects(ctx)
  if (objects > 0) ctx.log.info({ event: 'retention.deleted', what: 'objects', rows: objects })
}
