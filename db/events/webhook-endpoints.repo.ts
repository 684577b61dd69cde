/** Where a host wants to be told of events. */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { DisabledReason, WebhookEndpoint } from '../core/schema.ts'

export interface EndpointSettings {
  readonly url: string
  readonly description: string
  /** Null: all. */
  readonly types: readonly string[] | null
  /** Null: of all clients. */
  readonly clientIds: readonly string[] | null
}

/** What is undefined stays as it is. */
export type EndpointSettingsChange = {
  readonly [Name in keyof EndpointSettings]?: EndpointSettings[Name] | undefined
}

const columnsOf = ({ url, description, types, clientIds }: EndpointSettingsChange) => ({
  ...(url !== undefined && { url }),
  ...(description !== undefined && { description }),
  ...(types !== undefined && { types: types === null ? null : [...types] }),
  ...(clientIds !== undefined && { client_ids: clientIds === null ? null : [...clientIds] }),
})

export const insertEndpoint = (
  trx: Trx,
  endpoint: EndpointSettings & {
    readonly id: string
    readonly secretJwe: string
    readonly createdBy: string
  },
): Promise<WebhookEndpoint> =>
  trx
    .insertInto('webhook_endpoints')
    .values({
      id: endpoint.id,
      url: endpoint.url,
      ...columnsOf(endpoint),
      secret_jwe: endpoint.secretJwe,
      created_by: endpoint.createdBy,
    })
    .returningAll()
    .executeTakeFirstOrThrow()

export const listEndpoints = (db: Db): Promise<WebhookEndpoint[]> =>
  db.selectFrom('webhook_endpoints').selectAll().orderBy('created_at').orderBy('id').execute()

export const findEndpoint = (db: Db | Trx, id: string): Promise<WebhookEndpoint | undefined> =>
  db.selectFrom('webhook_endpoints').selectAll().where('id', '=', id).executeTakeFirst()

/** Endpoint first, then its deliveries. Not so strongly that the publisher, which refers to it, would wait. */
export const lockEndpoint = (trx: Trx, id: string): Promise<WebhookEndpoint | undefined> =>
  trx.selectFrom('webhook_endpoints').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst()

export const updateEndpoint = (
  trx: Trx,
  id: string,
  settings: EndpointSettingsChange,
): Promise<WebhookEndpoint> =>
  trx
    .updateTable('webhook_endpoints')
    .set({ ...columnsOf(settings), id })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()

/** Its deliveries go with it. */
export const deleteEndpoint = async (trx: Trx, id: string): Promise<boolean> => {
  const { numDeletedRows } = await trx.deleteFrom('webhook_endpoints').where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}

/** Another secret; the one before signs too for so many seconds. */
export const replaceSecret = (
  trx: Trx,
  id: string,
  { secretJwe, overlapSeconds }: { readonly secretJwe: string; readonly overlapSeconds: number },
): Promise<WebhookEndpoint> =>
  trx
    .updateTable('webhook_endpoints')
    .set(({ ref }) => ({
      previous_secret_jwe: overlapSeconds === 0 ? null : ref('secret_jwe'),
      previous_secret_until:
        overlapSeconds === 0 ? null : sql<Date>`now() + make_interval(secs => ${overlapSeconds})`,
      secret_jwe: secretJwe,
    }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()

/** What waits for it stays, and is not due. */
export const disableEndpoint = async (db: Db | Trx, id: string, reason: DisabledReason): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('webhook_endpoints')
    .set({ enabled: false, disabled_at: sql<Date>`now()`, disabled_reason: reason })
    .where('id', '=', id)
    .where('enabled', '=', true)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** What waits for it is due now and has all its attempts before it, also of an endpoint that was enabled. */
export const enableEndpoint = async (trx: Trx, id: string): Promise<void> => {
  await trx
    .updateTable('webhook_endpoints')
    .set({ enabled: true, disabled_at: null, disabled_reason: null, failing_since: null })
    .where('id', '=', id)
    .execute()
  await trx
    .updateTable('event_deliveries')
    .set({ next_attempt_at: sql<Date>`now()`, attempts: 0, enqueued_at: null })
    .where('endpoint_id', '=', id)
    .where('state', '=', 'pending')
    .execute()
}

/** Since when it fails, if nothing has said so yet. */
export const noteFailing = async (trx: Trx, id: string): Promise<void> => {
  await trx
    .updateTable('webhook_endpoints')
    .set({ failing_since: sql<Date>`now()` })
    .where('id', '=', id)
    .where('failing_since', 'is', null)
    .execute()
}

export const noteWorking = async (db: Db, id: string): Promise<void> => {
  await db
    .updateTable('webhook_endpoints')
    .set({ failing_since: null })
    .where('id', '=', id)
    .where('failing_since', 'is not', null)
    .execute()
}

export interface StoredSecrets {
  readonly secretJwe: string
  readonly previousSecretJwe: string | null
}

export const findEndpointsAfter = (db: Db, after: string, limit: number): Promise<WebhookEndpoint[]> =>
  db.selectFrom('webhook_endpoints').selectAll().where('id', '>', after).orderBy('id').limit(limit).execute()

/** Swaps the ciphertexts, if they are still what was read. @returns whether they were. */
export const replaceSecretEncryption = async (
  db: Db,
  { id, secret_jwe, previous_secret_jwe }: WebhookEndpoint,
  { secretJwe, previousSecretJwe }: StoredSecrets,
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('webhook_endpoints')
    .set({ secret_jwe: secretJwe, previous_secret_jwe: previousSecretJwe })
    .where('id', '=', id)
    .where('secret_jwe', '=', secret_jwe)
    .where('previous_secret_jwe', 'is not distinct from', previous_secret_jwe)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
