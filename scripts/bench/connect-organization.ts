import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../../db/core/database.ts'
import type { EncryptionKey } from '../../src/config.ts'
import { accessTokenOf, currentKeyId, encryptToken, refreshTokenOf } from '../../src/tokens/encryption.ts'

export interface BenchConnection {
  readonly clientId: string
  readonly organizationId: string
  readonly grant: { readonly accessToken: string; readonly refreshToken: string }
  readonly keys: readonly EncryptionKey[]
  /** Null: not due. */
  readonly nextSyncAt: Date | null
  /** Default: none that is told, so customers are not read. */
  readonly grantedScopes?: string[]
}

/** A client that is connected to an organization of the simulator, without the walk through the consent. @returns the connection's id. */
export const connectOrganization = async (
  db: Db,
  { clientId, organizationId, grant, keys, nextSyncAt, grantedScopes = [] }: BenchConnection,
): Promise<string> => {
  await db.insertInto('clients').values({ id: clientId, name: clientId }).execute()
  const { id } = await db
    .insertInto('connections')
    .values({
      client_id: clientId,
      data_center: 'sim',
      zoho_organization_id: organizationId,
      organization_name: clientId,
      connected_by: 'bench',
      webhook_token_hash: randomBytes(24).toString('base64url'),
      next_sync_at: nextSyncAt,
      granted_scopes: grantedScopes,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db
    .insertInto('oauth_tokens')
    .values({
      connection_id: id,
      client_id: clientId,
      refresh_token_jwe: await encryptToken(keys, refreshTokenOf(id), grant.refreshToken),
      access_token_jwe: await encryptToken(keys, accessTokenOf(id), grant.accessToken),
      access_token_expires_at: sql<Date>`now() + interval '1 hour'`,
      key_id: currentKeyId(keys),
    })
    .execute()
  return id
}
