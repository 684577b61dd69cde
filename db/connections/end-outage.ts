/** What waits for an outage of Zoho becomes due with its end. */
import { sql } from 'kysely'
import type { Db } from '../core/database.ts'
import { shortestSeconds, type ZohoPlace } from './outages.repo.ts'
import { type WokenRefresh, wakeSyncs } from './sync-schedule.repo.ts'

/** Those who waited come back at so many a second, over 5 to 60 seconds. */
const perSecond = 50

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
      wakeCaseFollows(dataCenter, soon),
      wakeCopies(dataCenter, code, soon),
    ])
      woken += Number((await statement.execute(trx)).numAffectedRows ?? 0)
    return { seconds: outage.seconds, woken }
  })

type Soon = ReturnType<typeof sql>

const wakeRefreshes = (dataCenter: string, soon: Soon) => sql<WokenRefresh>`
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

// Why it waits is not kept: one that waits for a limit asks its budget, is told to go on waiting, and has cost no request.
const wakeCaseFollows = (dataCenter: string, soon: Soon) => sql`
  update connections set next_case_follow_at = least(next_case_follow_at, ${soon}), case_follow_enqueued_at = null
  where id in (
    select id from connections
    where data_center = ${dataCenter} and state in ('active', 'error') and next_case_follow_at > now()
    for no key update skip locked)`

const wakeCopies = (dataCenter: string, code: string, soon: Soon) => sql`
  update case_documents set next_attempt_at = least(next_attempt_at, ${soon}), enqueued_at = null
  where id in (
    select d.id from case_documents d join cases k on k.id = d.case_id
    where k.data_center = ${dataCenter} and d.state = 'pending' and d.error_code = ${code} and d.next_attempt_at > now()
    for no key update of d skip locked)`
