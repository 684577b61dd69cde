/** Rows as a test needs them: only what matters to the test is named. */
import { randomBytes, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { webhookTokenHash } from '../../db/connections/connections.repo.ts'
import type { Db } from '../../db/core/database.ts'
import type { Connection, ConnectionState, RunKind } from '../../db/core/schema.ts'
import type { Ctx } from '../../src/context.ts'
import { accessTokenOf, currentKeyId, encryptToken, refreshTokenOf } from '../../src/tokens/encryption.ts'
import { askedScopes } from '../../src/zoho/scopes.ts'

export interface ClientOptions {
  readonly id?: string
  readonly name?: string
}

/** Inserts a client and returns its id. */
export const aClient = async (
  db: Db,
  { id = `client-${randomUUID()}`, name = 'Example Ltd' }: ClientOptions = {},
) => {
  await db
    .insertInto('clients')
    .values({ id, name })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return id
}

export interface ConnectionOptions {
  /** Default: a new client. */
  readonly clientId?: string
  readonly state?: ConnectionState
  /** Default: `sim` when the context has a simulator, else `us`. */
  readonly dataCenter?: string
  readonly organizationId?: string
  readonly organizationName?: string
  readonly timeZone?: string
  readonly currencyCode?: string
  /** Remaining life of the access token; negative: expired; null: no access token. */
  readonly expiresInSeconds?: number | null
  readonly accessToken?: string
  readonly refreshToken?: string
  readonly nextSyncAt?: Date | null
  readonly nextSyncKind?: RunKind | null
  readonly watermark?: Date | null
  readonly provenAt?: Date | null
  /** Default: all that we ask for. */
  readonly grantedScopes?: readonly string[]
}

export interface BuiltConnection extends Connection {
  readonly accessToken: string
  readonly refreshToken: string
  readonly webhookToken: string
}

const opaqueToken = () => `1000.${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}`

/** Inserts a connection with encrypted tokens; a disconnected one has none. */
export const aConnection = async (
  ctx: Pick<Ctx, 'db' | 'config'>,
  options: ConnectionOptions = {},
): Promise<BuiltConnection> => {
  const {
    state = 'active',
    dataCenter = ctx.config.zoho.simulatorUrl ? 'sim' : 'us',
    organizationId = String(900_000_000 + Number.parseInt(randomBytes(3).toString('hex'), 16)),
    expiresInSeconds = 3600,
    accessToken = opaqueToken(),
    refreshToken = opaqueToken(),
  } = options
  const clientId = options.clientId ?? (await aClient(ctx.db))
  const webhookToken = randomBytes(24).toString('base64url')
  const connection = await ctx.db
    .insertInto('connections')
    .values({
      client_id: clientId,
      state,
      data_center: dataCenter,
      zoho_organization_id: organizationId,
      organization_name: options.organizationName ?? 'Example Books',
      organization_time_zone: options.timeZone ?? 'Europe/Berlin',
      organization_currency_code: options.currencyCode ?? 'EUR',
      connected_by: 'user-1',
      disconnected_at: state === 'disconnected' ? new Date() : null,
      next_sync_at: options.nextSyncAt ?? null,
      next_sync_kind: options.nextSyncKind ?? null,
      watermark: options.watermark ?? null,
      proven_at: options.provenAt ?? null,
      granted_scopes: [...(options.grantedScopes ?? askedScopes)],
      webhook_token_hash: webhookTokenHash(webhookToken),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  if (state === 'disconnected') return { ...connection, accessToken, refreshToken, webhookToken }
  const keys = ctx.config.tokenEncryptionKeys
  await ctx.db
    .insertInto('oauth_tokens')
    .values({
      connection_id: connection.id,
      client_id: clientId,
      refresh_token_jwe: await encryptToken(keys, refreshTokenOf(connection.id), refreshToken),
      access_token_jwe:
        expiresInSeconds === null
          ? null
          : await encryptToken(keys, accessTokenOf(connection.id), accessToken),
      access_token_expires_at:
        expiresInSeconds === null
          ? null
          : sql<Date>`now() + make_interval(secs => ${expiresInSeconds}::double precision)`,
      scope: [...(options.grantedScopes ?? askedScopes)].join(' '),
      key_id: currentKeyId(keys),
    })
    .execute()
  return { ...connection, accessToken, refreshToken, webhookToken }
}
