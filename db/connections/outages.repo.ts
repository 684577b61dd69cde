/**
 * Outages of Zoho: of the Books API or of the accounts server of a data centre. A row stands from the first failure until
 * something answers properly again. What waits for that says so in its own row, apart from what waits for a limit, and is
 * due within seconds once it is over.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { ZohoService } from '../core/schema.ts'

export interface ZohoPlace {
  readonly dataCenter: string
  readonly service: ZohoService
}

/**
 * What was shorter is over before the first pause after a failure is: nobody has to be woken. And where others are
 * answered in between, it is no outage but a trouble of one organization, which keeps its own pauses.
 */
export const shortestSeconds = 30

/** Whether a place has been silent for long enough. `dataCenter` is a column or a value. */
export const isDown = (
  dataCenter: RawBuilder<unknown>,
  service: ZohoService,
): RawBuilder<boolean> => sql`exists (
  select 1 from zoho_outages o
  where o.data_center = ${dataCenter} and o.service = ${service} and o.since < now() - make_interval(secs => ${shortestSeconds}))`

/** Notes that a place does not answer, unless that is known. */
export const noteOutage = async (db: Db | Trx, { dataCenter, service }: ZohoPlace): Promise<void> => {
  await db
    .insertInto('zoho_outages')
    .values({ data_center: dataCenter, service })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** The same, of the data centre of a connection. */
export const noteOutageOf = async (db: Db, connectionId: string, service: ZohoService): Promise<void> => {
  await sql`
    insert into zoho_outages (data_center, service)
    select data_center, ${service} from connections where id = ${connectionId}
    on conflict do nothing`.execute(db)
}
