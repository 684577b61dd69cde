import type { Ctx } from '../../../context.ts'
import { type ConnectionView as ConnectionState, connectionState } from '../../api/connection-state.ts'
import type { ConnectionView, ProblemView } from './connection-view.ts'
import { dataCenterName } from './data-center-name.ts'

const moment = (time: string | null | undefined): Date | null =>
  time === null || time === undefined ? null : new Date(time)

const clientActions = new Set(['reconnect', 'choose_organization'] as const)
const isClientAction = (action: string): action is NonNullable<ProblemView['action']> =>
  (clientActions as ReadonlySet<string>).has(action)

const viewOf = (state: ConnectionState): ConnectionView => ({
  state: state.state,
  organization: state.organization,
  dataCenter: state.dataCenter && dataCenterName(state.dataCenter),
  connectedAt: moment(state.connectedAt),
  lastSyncedAt: moment(state.lastSyncedAt),
  provenAt: moment(state.provenAt),
  nextSyncAt: moment(state.nextSyncAt),
  delayedUntil: moment(state.delayedUntil),
  progress: state.progress && {
    kind: state.progress.kind,
    page: Math.max(1, state.progress.page),
    rowsRead: state.progress.rowsRead,
    total: state.progress.total,
  },
  problem: state.problem
    ? {
        code: state.problem.code,
        message: state.problem.message,
        action: isClientAction(state.problem.action) ? state.problem.action : undefined,
      }
    : null,
  missing: state.missing ?? [],
})

/** The client's connection as pages show it: the same state as the API's. */
export const loadConnection = async (ctx: Ctx, clientId: string): Promise<ConnectionView> =>
  viewOf(await connectionState(ctx, clientId))
