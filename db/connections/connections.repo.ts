import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { Connection, ConnectionState } from '../core/schema.ts'
import { noSchedule, scheduleHalted } from './sync-schedule.repo.ts'

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

/** What the database knows of a webhook token. */
export const webhookTokenHash = (token: string): string =>
  createHash('sha256').update(token).digest('base64url')

export const findConnectionByWebhookToken = (db: Db | Trx, token: string): Promise<Connection | undefined> =>
  db
    .selectFrom('connections')
    .selectAll()
    .where('webhook_token_hash', '=', webhookTokenHash(token))
    .executeTakeFirst()

/** From what a webhook token is derived, and what is kept of the token itself. */
export interface WebhookKey {
  readonly salt: string
  readonly tokenHash: string
}

/** Gives the client's live connection another webhook token; the one before is worth nothing. */
export const replaceWebhookToken = (
  trx: Trx,
  clientId: string,
  { salt, tokenHash }: WebhookKey,
): Promise<Connection | undefined> =>
  trx
    .updateTable('connections')
    .set({ webhook_salt: salt, webhook_token_hash: tokenHash })
    .where('client_id', '=', clientId)
    .where('state', '<>', 'disconnected')
    .returningAll()
    .executeTakeFirst()

/** What Zoho said about the grant and its organization. */
export interface ConnectedOrganization {
  readonly dataCenter: string
  readonly organizationId: string
  readonly organizationName: string
  readonly timeZone: string
  readonly currencyCode: string | null
}

/** An organization, and what may be read of it. */
export interface GrantedOrganization extends ConnectedOrganization {
  readonly grantedScopes: readonly string[]
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
    webhook,
    grantedScopes,
    ...organization
  }: GrantedOrganization & {
    readonly clientId: string
    readonly connectedBy: string
    readonly webhook: WebhookKey
  },
): Promise<Connection> =>
  trx
    .insertInto('connections')
    .values({
      client_id: clientId,
      connected_by: connectedBy,
      webhook_salt: webhook.salt,
      webhook_token_hash: webhook.tokenHash,
      granted_scopes: [...grantedScopes],
      ...organizationColumns(organization),
    })
    .returningAll()
    .executeTakeFirstOrThrow()

/** Writes what a reconnect may have changed about the same organization; history and schedule stay. */
export const refreshOrganization = async (
  trx: Trx,
  id: string,
  { grantedScopes, ...organization }: GrantedOrganization,
): Promise<void> => {
  await trx
    .updateTable('connections')
    .set({ ...organizationColumns(organization), granted_scopes: [...grantedScopes] })
    .where('id', '=', id)
    .execute()
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
      ...noSchedule,
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
      ...(to === 'reconnect_required' || to === 'paused' ? scheduleHalted : {}),
      ...(to === 'disconnected' ? { disconnected_at: sql<Date>`now()`, ...noSchedule } : {}),
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

/** Deletes what was copied from Zoho; cases, commands, runs and audit stay. End the run under way first. */
export const deleteStagedData = async (trx: Trx, connectionId: string): Promise<void> => {
  // first: whoever stages a page of customers holds this row
  await trx.deleteFrom('debtor_syncs').where('connection_id', '=', connectionId).execute()
  await trx.deleteFrom('staged_debtors').where('connection_id', '=', connectionId).execute()
  await trx.deleteFrom('staged_invoices').where('connection_id', '=', connectionId).execute()
  await trx.deleteFrom('set_aside_rows').where('connection_id', '=', connectionId).execute()
}
