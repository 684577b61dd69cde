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
const shortestSeconds = 30

/** Whether a place has been silent for long enough. `dataCenter` is a column or a value. */
export const isDown = (
  dataCenter: RawBuilder<unknown>,
  service: ZohoService,
): RawBuilder<boolean> => sql`exists (
  select 1 from zoho_outages o
  where o.data_center = ${dataCenter} and o.service = ${service} and o.since < now() - make_interval(secs => ${shortestSeconds}))`
/** Those who waited come back at so many a second, over 5 to 60 seconds. */
const perSecond = 50

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

export interface OutageEnd {
  /** How long it was. */
  readonly seconds: number
  /** Rows that are due within a minute because of it. */
  readonly woken: number
}

/**
 * A place answered properly. If it had not for a while, everything that waits for it becomes due, spread over seconds and
 * never later than it was. A row that somebody holds is being worked upon, and is left out.
 *
 * @returns undefined when there was no outage.
 */
export const endOutage = (db: Db, { dataCenter, service }: ZohoPlace): Promise<OutageEnd | undefined> =>
  db.transaction().execute(async (trx) => {
    // 1. Whoever deletes the row does the rest.
    const { rows: ended } = await sql<{ seconds: number }>`
      delete from zoho_outages where data_center = ${dataCenter} and service = ${service}
      returning extract(epoch from now() - since)::float8 as seconds`.execute(trx)
    const [outage] = ended
    if (!outage) return undefined
    if (outage.seconds < shortestSeconds) return { seconds: outage.seconds, woken: 0 }
    // 2. Over how long, by how many wait.
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from connections
      where data_center = ${dataCenter} and waits_for = ${service} and next_sync_at > now()`.execute(trx)
    const spread = Math.min(60, Math.max(5, (rows[0]?.waiting ?? 0) / perSecond))
    const soon = sql`now() + make_interval(secs => random() * ${spread}::float8)`
    // 3. In the order of locks: tokens and their revocations, commands, connections.
    const refreshes = service === 'accounts' ? (await wakeRefreshes(dataCenter, soon).execute(trx)).rows : []
    const code = service === 'books' ? 'zoho_unavailable' : 'zoho_token_unclear'
    let woken = refreshes.length
    for (const statement of [
      ...(service === 'accounts' ? [wakeRevocations(dataCenter, soon)] : []),
      wakeCommands(dataCenter, code, soon),
      wakeSyncs(dataCenter, service, soon, refreshes),
    ])
      woken += Number((await statement.execute(trx)).numAffectedRows ?? 0)
    return { seconds: outage.seconds, woken }
  })

type Soon = ReturnType<typeof sql>

interface Refresh {
  readonly id: string
  readonly at: Date
}

const wakeRefreshes = (dataCenter: string, soon: Soon) => sql<Refresh>`
  update oauth_tokens set next_refresh_at = least(next_refresh_at, ${soon}), refresh_enqueued_at = null
  where connection_id in (
    select t.connection_id from oauth_tokens t join connections c on c.id = t.connection_id
    where c.data_center = ${dataCenter} and t.refresh_failures > 0
      and t.refresh_error_code = 'zoho_token_unclear' and t.next_refresh_at > now()
    for no key update of t skip locked)
  returning connection_id as id, next_refresh_at as at`

const wakeRevocations = (dataCenter: string, soon: Soon) => sql`
  update token_revocations set next_attempt_at = least(next_attempt_at, ${soon}), enqueued_at = null
  where id in (
    select id from token_revocations
    where data_center = ${dataCenter} and revoked_at is null and error_code = 'zoho_unavailable' and next_attempt_at > now()
    for no key update skip locked)`

const wakeCommands = (dataCenter: string, code: string, soon: Soon) => sql`
  update case_commands set next_attempt_at = least(next_attempt_at, ${soon}), enqueued_at = null
  where id in (
    select m.id from case_commands m join connections c on c.id = m.connection_id
    where c.data_center = ${dataCenter} and m.state <> 'completed' and m.error_code = ${code} and m.next_attempt_at > now()
    for no key update of m skip locked)`

/** After the refreshes: a sync that comes before its token is due would only be told to wait for it. */
const wakeSyncs = (
  dataCenter: string,
  service: ZohoService,
  soon: Soon,
  refreshes: readonly Refresh[],
) => sql`
  update connections c set
    next_sync_at = least(c.next_sync_at, woken.at), sync_enqueued_at = null, waits_for = null,
    delayed_until = case when c.delayed_until is not null then least(c.delayed_until, woken.at) end
  from (
    select held.id, greatest(${soon}, refresh.at) as at
    from (
      select id from connections
      where data_center = ${dataCenter} and waits_for = ${service} and state in ('active', 'error') and next_sync_at > now()
      for no key update skip locked
    ) held left join unnest(${refreshes.map(({ id }) => id)}::uuid[], ${refreshes.map(({ at }) => at.toISOString())}::timestamptz[])
      as refresh (id, at) on refresh.id = held.id
  ) woken
  where c.id = woken.id`
