/** Which organizations the connected Zoho user has, and the choice of another one. */

import { moveConnection } from '../../db/connections/connection-states.ts'
import {
  clearConnectionProblem,
  deleteStagedData,
  findLiveConnection,
  replaceOrganization,
} from '../../db/connections/connections.repo.ts'
import { lockConnection } from '../../db/connections/lock-connection.ts'
import { armSync } from '../../db/connections/sync-schedule.repo.ts'
import type { Connection } from '../../db/core/schema.ts'
import { askAgainForCopiesOf } from '../../db/documents/case-documents.repo.ts'
import { cancelRuns } from '../../db/sync/sync-runs.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError, isAppError } from '../errors.ts'
import { getAccessToken } from '../tokens/get-access-token.ts'
import type { Organization } from '../zoho/client.ts'
import { connectedOrganization } from './organization-columns.ts'
import type { Person } from './store-grant.ts'

export interface ListedOrganization extends Organization {
  /** The one whose invoices are staged. */
  readonly isConnected: boolean
}

const liveConnection = async (ctx: Ctx, clientId: string): Promise<Connection> => {
  const live = await findLiveConnection(ctx.db, clientId)
  if (!live) throw new AppError('not_connected')
  return live
}

const fetchOrganizations = async (ctx: Ctx, connection: Connection): Promise<readonly Organization[]> => {
  const dataCenter = ctx.zoho.dataCenter(connection.data_center)
  const list = async (accessToken: string) =>
    (await ctx.zoho.listOrganizations({ dataCenter, accessToken })).organizations
  const accessToken = await getAccessToken(ctx, connection.id)
  try {
    return await list(accessToken)
  } catch (error) {
    if (!isAppError(error, 'zoho_token_refused')) throw error
  }
  try {
    return await list(await getAccessToken(ctx, connection.id, { rejected: accessToken }))
  } catch (error) {
    if (!isAppError(error, 'zoho_token_refused')) throw error
    throw new AppError('zoho_permission_missing', { cause: error })
  }
}

/**
 * Organizations in Zoho's order, the default one and the connected one marked.
 *
 * @throws AppError not_connected when nothing is connected, and what the token path and the Books API throw.
 */
export const listOrganizations = async (
  ctx: Ctx,
  { clientId }: { readonly clientId: string },
): Promise<readonly ListedOrganization[]> => {
  const connection = await liveConnection(ctx, clientId)
  const organizations = await fetchOrganizations(ctx, connection)
  return organizations.map((organization) => ({
    ...organization,
    isConnected: organization.id === connection.zoho_organization_id,
  }))
}

/**
 * Connects another active organization of the same Zoho user. Staged rows of the old one go, cases stay; a full run of
 * the new one is due at once. Choosing the connected one changes nothing.
 *
 * @throws AppError organization_unknown, not_connected
 */
export const switchOrganization = async (
  ctx: Ctx,
  { clientId, subject, ip, organizationId }: Person & { readonly organizationId: string },
): Promise<void> => {
  const connection = await liveConnection(ctx, clientId)
  if (connection.zoho_organization_id === organizationId) return
  const organizations = await fetchOrganizations(ctx, connection)
  const chosen = organizations.find(({ id, isActive }) => id === organizationId && isActive)
  if (!chosen) throw new AppError('organization_unknown')
  const dataCenter = ctx.zoho.dataCenter(connection.data_center)
  await ctx.db.transaction().execute(async (trx) => {
    const locked = await lockConnection(trx, connection.id)
    if (!locked || locked.state === 'disconnected') throw new AppError('connection_gone')
    // Somebody else of the client chose the same meanwhile.
    if (locked.zoho_organization_id === organizationId) return
    await cancelRuns(trx, connection.id)
    await deleteStagedData(trx, connection.id)
    await replaceOrganization(trx, connection.id, connectedOrganization(dataCenter, chosen))
    // The old organization may have been what troubled the connection.
    if (locked.state === 'error') await moveConnection(trx, connection.id, 'active')
    else await clearConnectionProblem(trx, connection.id)
    await armSync(trx, connection.id, { kind: 'full', trigger: 'connected', afresh: true })
    await askAgainForCopiesOf(trx, { clientId, organizationId })
    await audit(trx, {
      clientId,
      actor: subject,
      actorRole: 'client',
      action: 'connection.organization_changed',
      subjectType: 'connection',
      subjectId: connection.id,
      details: { from: locked.zoho_organization_id, to: organizationId },
      ip,
    })
  })
  ctx.nudge({ job: 'sync-connection', id: connection.id })
}
