import { endOutage } from '../../db/connections/end-outage.ts'
import type { ZohoPlace } from '../../db/connections/outages.repo.ts'
import type { Ctx } from '../context.ts'

/** A place answered properly: who waited for it is woken. Never fails: the next good answer would do it instead. */
export const outageOver = async (ctx: Ctx, place: ZohoPlace): Promise<void> => {
  try {
    const end = await endOutage(ctx.db, place)
    if (end) ctx.log.info({ event: 'zoho.outage_over', ...place, ...end })
  } catch (error) {
    ctx.log.warn({ event: 'zoho.outage_not_ended', ...place, err: error })
  }
}
