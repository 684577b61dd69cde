import { asPortalReader } from '../../../db/core/database.ts'
import { findPortalSyncRun } from '../../../db/portal/portal-sync-runs.repo.ts'
import type { Ctx } from '../../context.ts'
import { presentRun, type RunView } from './sync-runs.routes.ts'

/** One run as the list of runs shows it; undefined when it is gone, or another client's. */
export const runState = async (ctx: Ctx, clientId: string, runId: string): Promise<RunView | undefined> => {
  const run = await asPortalReader(ctx.db, clientId, (trx) => findPortalSyncRun(trx, runId))
  return run && presentRun(run)
}
