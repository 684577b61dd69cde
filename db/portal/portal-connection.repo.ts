import type { Selectable } from 'kysely'
import type { Trx } from '../core/database.ts'
import type { Database, PortalConnection } from '../core/schema.ts'

export type PortalSyncRun = Selectable<Database['portal_sync_runs']>

/** The client's live connection, as the client may see it. Call it as portal reader. */
export const findPortalConnection = (trx: Trx): Promise<PortalConnection | undefined> =>
  trx.selectFrom('portal_connection').selectAll().where('state', '<>', 'not_connected').executeTakeFirst()

export const findRunningRun = (trx: Trx, connectionId: string): Promise<PortalSyncRun | undefined> =>
  trx
    .selectFrom('portal_sync_runs')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .where('state', '=', 'running')
    .executeTakeFirst()
