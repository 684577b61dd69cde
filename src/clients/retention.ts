import { deleteExpired } from '../../db/clients/retention.repo.ts'
import type { Ctx } from '../context.ts'

/** Deletes closed staged rows and history older than RETENTION_DAYS, and everything that has expired. */
export const applyRetention = async (ctx: Ctx): Promise<void> => {
  for (const { what, rows } of await deleteExpired(ctx.db, ctx.config.retentionDays))
    if (rows > 0) ctx.log.info({ event: 'retention.deleted', what, rows })
}
