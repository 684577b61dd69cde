/** An operator stops and resumes the work on one connection; its tokens stay. */

import { moveConnection } from '../../db/connections/connection-states.ts'
import { armSync } from '../../db/connections/sync-schedule.repo.ts'
import type { Trx } from '../../db/core/database.ts'
import type { ConnectionState } from '../../db/core/schema.ts'
import { cancelRuns } from '../../db/sync/sync-runs.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'

export interface OperatorOrder {
  readonly connectionId: string
  /** The operator. */
  readonly actor: string
  readonly ip: string | null | undefined
}

/** @throws AppError not_found when the connection is in no state from which this is possible. */
const move = async (
  trx: Trx,
  { connectionId, actor, ip }: OperatorOrder,
  to: ConnectionState,
  action: string,
  rest: () => Promise<unknown>,
): Promise<void> => {
  const moved = await moveConnection(trx, connectionId, to)
  if (!moved) throw new AppError('not_found')
  await rest()
  await audit(trx, {
    clientId: moved.client_id,
    actor,
    actorRole: 'operator',
    action,
    subjectType: 'connection',
    subjectId: connectionId,
    ip,
  })
}

/** No run and no schedule until it is resumed; a run under way ends, its next page is not stored. */
export const pauseConnection = (ctx: Ctx, order: OperatorOrder): Promise<void> =>
  ctx.db
    .transaction()
    .execute((trx) =>
      move(trx, order, 'paused', 'connection.paused', () => cancelRuns(trx, order.connectionId)),
    )

/** Goes on with a full run: nobody knows what changed meanwhile. */
export const resumeConnection = async (ctx: Ctx, order: OperatorOrder): Promise<void> => {
  await ctx.db
    .transaction()
    .execute((trx) =>
      move(trx, order, 'active', 'connection.resumed', () =>
        armSync(trx, order.connectionId, { kind: 'full', trigger: 'connected', afresh: true }),
      ),
    )
  ctx.nudge({ job: 'sync-connection', id: order.connectionId })
}
