import type { Db, Trx } from '../core/database.ts'

export interface ViewerFacts {
  readonly clientName: string
  /** Of the connected organization; null while nothing is connected. */
  readonly timeZone: string | null
}

/** What every page says about the client it is shown to. */
export const findViewerFacts = async (db: Db | Trx, clientId: string): Promise<ViewerFacts | undefined> => {
  const row = await db
    .selectFrom('clients as c')
    .leftJoin('connections as n', (join) =>
      join.onRef('n.client_id', '=', 'c.id').on('n.state', '<>', 'disconnected'),
    )
    .select(['c.name', 'n.organization_time_zone'])
    .where('c.id', '=', clientId)
    .executeTakeFirst()
  return row && { clientName: row.name, timeZone: row.organization_time_zone }
}
