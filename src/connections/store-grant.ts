import { ensureClient, lockClient } from '../../db/clients/clients.repo.ts'
import { insertConnectionEvent } from '../../db/connections/connection-events.repo.ts'
import { moveConnection } from '../../db/connections/connection-states.ts'
import {
  clearConnectionProblem,
  findLiveConnection,
  insertConnection,
  refreshOrganization,
} from '../../db/connections/connections.repo.ts'
import { lockConnection } from '../../db/connections/lock-connection.ts'
import type { Trx } from '../../db/core/database.ts'
import type { Connection } from '../../db/core/schema.ts'
import { askAgainForCopiesOf } from '../../db/documents/case-documents.repo.ts'
import { forgetDebtorFailure } from '../../db/sync/debtor-syncs.repo.ts'
import { lockToken, upsertToken } from '../../db/tokens/oauth-tokens.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import { accessTokenOf, currentKeyId, encryptToken, refreshTokenOf } from '../tokens/encryption.ts'
import type { Organization, TokenGrant } from '../zoho/client.ts'
import { readScopes } from '../zoho/scopes.ts'
import { connectedOrganization } from './organization-columns.ts'
import { newWebhookKey } from './webhook-token.ts'

/** Who acts, for whom, from where. */
export interface Person {
  readonly clientId: string
  readonly subject: string
  readonly ip: string | null | undefined
}

interface Granted {
  readonly grant: TokenGrant
  readonly organizations: readonly Organization[]
  readonly person: Person
}

export interface StoredGrant {
  readonly connectionId: string
  readonly organizationName: string
  readonly eventId: string
  readonly kind: 'connected' | 'reconnected'
}

interface EncryptedGrant {
  readonly refreshTokenJwe: string
  readonly accessTokenJwe: string
  readonly expiresInSeconds: number
  readonly scope: string
  readonly keyId: string
}

/**
 * Stores connection, tokens, event and audit row in one transaction, one callback per client at a time.
 *
 * @throws AppError connect_no_organization, already_connected (to an organization that this grant does not reach)
 */
export const storeGrant = async (
  ctx: Ctx,
  { grant, organizations, person }: Granted,
): Promise<StoredGrant> => {
  const active = organizations.filter((organization) => organization.isActive)
  const [first] = active
  if (!first) throw new AppError('connect_no_organization', { details: { listed: organizations.length } })
  return ctx.db.transaction().execute(async (trx) => {
    // It may have been erased since it went to Zoho.
    if (!(await lockClient(trx, person.clientId))) await ensureClient(trx, { id: person.clientId })
    const live = await lockLive(trx, person.clientId)
    if (!live) return connect(ctx, trx, grant, first, person)
    const same = active.find((organization) => organization.id === live.zoho_organization_id)
    if (!same) throw new AppError('already_connected')
    return reconnect(ctx, trx, live, grant, same, person)
  })
}

/** Token row first, as everywhere: a refresh holds it while it changes the connection. */
const lockLive = async (trx: Trx, clientId: string): Promise<Connection | undefined> => {
  const live = await findLiveConnection(trx, clientId)
  if (!live) return undefined
  await lockToken(trx, live.id)
  const locked = await lockConnection(trx, live.id)
  return locked?.state === 'disconnected' ? undefined : locked
}

const encryptGrant = async (ctx: Ctx, connectionId: string, grant: TokenGrant): Promise<EncryptedGrant> => {
  const keys = ctx.config.tokenEncryptionKeys
  return {
    refreshTokenJwe: await encryptToken(keys, refreshTokenOf(connectionId), grant.refreshToken),
    accessTokenJwe: await encryptToken(keys, accessTokenOf(connectionId), grant.accessToken),
    expiresInSeconds: grant.expiresIn,
    scope: grant.scope,
    keyId: currentKeyId(keys),
  }
}

const connect = async (
  ctx: Ctx,
  trx: Trx,
  grant: TokenGrant,
  organization: Organization,
  person: Person,
): Promise<StoredGrant> => {
  const connection = await insertConnection(trx, {
    ...connectedOrganization(grant.dataCenter, organization),
    grantedScopes: readScopes(grant.scope),
    clientId: person.clientId,
    connectedBy: person.subject,
    webhook: newWebhookKey(ctx.config),
  })
  return finish(ctx, trx, connection, grant, organization, person, 'connected')
}

/** History, staged rows, schedule and settings stay; an operator's pause stays too. */
const reconnect = async (
  ctx: Ctx,
  trx: Trx,
  live: Connection,
  grant: TokenGrant,
  organization: Organization,
  person: Person,
): Promise<StoredGrant> => {
  await refreshOrganization(trx, live.id, {
    ...connectedOrganization(grant.dataCenter, organization),
    grantedScopes: readScopes(grant.scope),
  })
  if (live.state === 'reconnect_required' || live.state === 'error')
    await moveConnection(trx, live.id, 'active')
  else await clearConnectionProblem(trx, live.id)
  await forgetDebtorFailure(trx, live.id)
  return finish(ctx, trx, live, grant, organization, person, 'reconnected')
}

const finish = async (
  ctx: Ctx,
  trx: Trx,
  { id: connectionId }: Connection,
  grant: TokenGrant,
  organization: Organization,
  { clientId, subject, ip }: Person,
  kind: 'connected' | 'reconnected',
): Promise<StoredGrant> => {
  await upsertToken(trx, { connectionId, clientId, ...(await encryptGrant(ctx, connectionId, grant)) })
  await askAgainForCopiesOf(trx, { clientId, organizationId: organization.id })
  const eventId = await insertConnectionEvent(trx, { connectionId, clientId, kind })
  await audit(trx, {
    clientId,
    actor: subject,
    actorRole: 'client',
    action: `connection.${kind}`,
    subjectType: 'connection',
    subjectId: connectionId,
    details: { organizationId: organization.id, scopes: readScopes(grant.scope) },
    ip,
  })
  return { connectionId, organizationName: organization.name, eventId, kind }
}
