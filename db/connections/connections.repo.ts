import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { Connection, ConnectionState } from '../core/schema.ts'

export const findConnection = (db: Db | Trx, id: string): Promise<Connection | undefined> =>
  db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirst()

/** The one connection of a client that is not disconnected. */
export const findLiveConnection = (db: Db | Trx, clientId: string): Promise<Connection | undefined> =>
  db
    .selectFrom('connections')
    .selectAll()
    .where('client_id', '=', clientId)
    .where('state', '<>', 'disconnected')
    .executeTakeFirst()

/**
 * Locks a connection against other writers of it; rows that refer to it can still be inserted. Whoever also needs the
 * token row locks that one first: a refresh holds it while it changes the connection.
 */
export const lockConnection = (trx: Trx, id: string): Promise<Connection | undefined> =>
  trx.selectFrom('connections').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst()

export const findConnectionByWebhookToken = (db: Db | Trx, token: string): Promise<Connection | undefined> =>
  db.selectFrom('connections').selectAll().where('webhook_token', '=', token).executeTakeFirst()

/** What Zoho said about the grant and its organization. */
export interface ConnectedOrganization {
  readonly dataCenter: string
  readonly organizationId: string
  readonly organizationName: string
  readonly timeZone: string
  readonly currencyCode: string | null
}

const organizationColumns = (organization: ConnectedOrganization) => ({
  data_center: organization.dataCenter,
  zoho_organization_id: organization.organizationId,
  organization_name: organization.organizationName,
  organization_time_zone: organization.timeZone,
  organization_currency_code: organization.currencyCode,
})

export const insertConnection = (
  trx: Trx,
  {
    clientId,
    connectedBy,
    webhookToken,
    ...organization
  }: ConnectedOrganization & {
    readonly clientId: string
    readonly connectedBy: string
    readonly webhookToken: string
  },
): Promise<Connection> =>
  trx
    .insertInto('connections')
    .values({
      client_id: clientId,
      connected_by: connectedBy,
      webhook_token: webhookToken,
      ...organizationColumns(organization),
    })
    .returningAll()
    .executeTakeFirstOrThrow()

/** Writes what a reconnect may have changed about the same organization; history and schedule stay. */
export const refreshOrganization = async (
  trx: Trx,
  id: string,
  organization: ConnectedOrganization,
): Promise<void> => {
  await trx.updateTable('connections').set(organizationColumns(organization)).where('id', '=', id).execute()
}

/** Turns the connection to another organization: nothing that was known of the old one's books is kept. */
export const replaceOrganization = async (
  trx: Trx,
  id: string,
  organization: ConnectedOrganization,
): Promise<void> => {
  await trx
    .updateTable('connections')
    .set({
      ...organizationColumns(organization),
      watermark: null,
      proven_at: null,
      last_synced_at: null,
      next_full_sync_at: null,
      sync_failures: 0,
      sync_rearms: 0,
      sync_again_kind: null,
      sync_again_trigger: null,
      delayed_until: null,
      delayed_code: null,
    })
    .where('id', '=', id)
    .execute()
}

/**
 * Moves a connection to another state, if it is in one of the states from which that is allowed.
 *
 * @returns the row as it is now, or undefined when it was in no such state.
 */
export const updateConnectionState = (
  db: Db | Trx,
  id: string,
  { from, to, problem }: { from: readonly ConnectionState[]; to: ConnectionState; problem: string | null },
): Promise<Connection | undefined> =>
  db
    .updateTable('connections')
    .set({
      state: to,
      problem_code: problem,
      problem_at: problem === null ? null : sql<Date>`now()`,
      ...(to === 'reconnect_required' || to === 'paused' ? { next_sync_at: null } : {}),
      ...(to === 'disconnected'
        ? {
            disconnected_at: sql<Date>`now()`,
            next_sync_at: null,
            next_sync_kind: null,
            next_full_sync_at: null,
            delayed_until: null,
            delayed_code: null,
          }
        : {}),
    })
    .where('id', '=', id)
    .where('state', 'in', from)
    .returningAll()
    .executeTakeFirst()

/** Notes what troubles a connection without changing its state. A problem that is already noted keeps its time. */
export const setConnectionProblem = async (db: Db | Trx, id: string, code: string): Promise<void> => {
  await db
    .updateTable('connections')
    .set({ problem_code: code, problem_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('state', '<>', 'disconnected')
    .where('problem_code', 'is distinct from', code)
    .execute()
}

/** Clears the problem, if it is one of these codes; without codes any. */
export const clearConnectionProblem = async (
  db: Db | Trx,
  id: string,
  codes?: readonly string[],
): Promise<void> => {
  await db
    .updateTable('connections')
    .set({ problem_code: null, problem_at: null })
    .where('id', '=', id)
    .where('problem_code', 'is not', null)
    .$if(codes !== undefined, (query) => query.where('problem_code', 'in', codes ?? []))
    .execute()
}

/** Makes a full run due at this moment. */
export const armFullSync = async (db: Db | Trx, id: string): Promise<void> => {
  await db
    .updateTable('connections')
    .set({
      next_sync_at: sql<Date>`now()`,
      next_sync_kind: 'full',
      next_sync_trigger: 'connected',
      sync_enqueued_at: null,
      sync_failures: 0,
    })
    .where('id', '=', id)
    .where('state', 'in', ['active', 'error'])
    .execute()
}

/**
 * Brings the next run forward to at most so many seconds from now. A run under way may have passed the change already,
 * so another one is noted to follow it.
 */
export const bringSyncForward = async (db: Db | Trx, id: string, seconds: number): Promise<void> => {
  await sql`
    with under_way as (
      select exists (select 1 from sync_runs where connection_id = ${id} and state = 'running') as yes
    )
    update connections c
    set next_sync_at = case when under_way.yes then c.next_sync_at else now() + make_interval(secs => ${seconds}) end,
        next_sync_trigger = case when under_way.yes then c.next_sync_trigger else 'webhook' end,
        sync_again_kind = case when under_way.yes then coalesce(c.sync_again_kind, 'incremental') else c.sync_again_kind end,
        sync_again_trigger = case when under_way.yes then coalesce(c.sync_again_trigger, 'webhook') else c.sync_again_trigger end
    from under_way
    where c.id = ${id} and c.state = 'active'
      and (under_way.yes or c.next_sync_at > now() + make_interval(secs => ${seconds}))`.execute(db)
}

/** Deletes what was copied from Zoho; cases, commands, runs and audit stay. End the run under way first. */
export const deleteStagedData = async (trx: Trx, connectionId: string): Promise<void> => {
  await trx.deleteFrom('staged_invoices').where('connection_id', '=', connectionId).execute()
  await trx.deleteFrom('set_aside_rows').where('connection_id', '=', connectionId).execute()
}
