import { type Selectable, sql } from 'kysely'
import type { Trx } from '../core/database.ts'
import { type Cursor, keysetPage, type Page } from '../core/keyset-page.ts'
import type { Database } from '../core/schema.ts'
import type { PortalSyncRun } from './portal-connection.repo.ts'

export type PortalSetAsideRow = Selectable<Database['portal_set_aside_rows']>

export interface PageRequest {
  readonly limit: number
  readonly cursor: Cursor | undefined
}

/** The client's runs, newest first. Call it as portal reader. */
export const listPortalSyncRuns = (trx: Trx, page: PageRequest): Promise<Page<PortalSyncRun>> =>
  keysetPage(trx, { from: 'portal_sync_runs', by: 'started_at', ...page })

/** Rows that Zoho gave and that could not be read, newest first; fixed ones are left out. */
export const listPortalSetAsideRows = (trx: Trx, page: PageRequest): Promise<Page<PortalSetAsideRow>> =>
  keysetPage(trx, {
    from: 'portal_set_aside_rows',
    by: 'first_seen_at',
    where: sql<boolean>`resolved_at is null`,
    ...page,
  })

export const findPortalSyncRun = (trx: Trx, id: string): Promise<PortalSyncRun | undefined> =>
  trx.selectFrom('portal_sync_runs').selectAll().where('id', '=', id).executeTakeFirst()
