/** The states of a connection and the ways between them, as data. `syncing` and `delayed` are derived, not states. */

import type { Db, Trx } from '../core/database.ts'
import { notify } from '../core/notify.ts'
import type { Connection, ConnectionState } from '../core/schema.ts'
import { updateConnectionState } from './connections.repo.ts'

/** From each state, the states it may turn into. A disconnected connection stays so: the next consent makes a new one. */
export const transitions: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  active: ['reconnect_required', 'error', 'paused', 'disconnected'],
  error: ['active', 'reconnect_required', 'paused', 'disconnected'],
  reconnect_required: ['active', 'disconnected'],
  paused: ['active', 'reconnect_required', 'disconnected'],
  disconnected: [],
}

const statesBefore = (to: ConnectionState): ConnectionState[] =>
  (Object.keys(transitions) as ConnectionState[]).filter((from) => transitions[from].includes(to))

/**
 * Moves a connection to another state and says why; no problem means that all is well. Live pages hear of it.
 *
 * @returns the connection as it is now, or undefined when its state does not allow the move: nothing was changed.
 */
export const moveConnection = async (
  db: Db | Trx,
  connectionId: string,
  to: ConnectionState,
  problem: string | null = null,
): Promise<Connection | undefined> => {
  const moved = await updateConnectionState(db, connectionId, { from: statesBefore(to), to, problem })
  if (moved) await notify(db, moved.client_id, { type: 'connection', id: connectionId })
  return moved
}
