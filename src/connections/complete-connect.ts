import { randomUUID } from 'node:crypto'
import { findLiveConnection } from '../../db/connections/connections.repo.ts'
import { insertRevocation } from '../../db/tokens/token-revocations.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError, isAppError } from '../errors.ts'
import { encryptToken, refreshTokenOf } from '../tokens/encryption.ts'
import type { TokenGrant } from '../zoho/client.ts'
import { redirectUri } from './begin-connect.ts'
import { accountsServerOf, type Callback, readCallback } from './callback-query.ts'
import { consumeState } from './consent-state.ts'
import { type Person, storeGrant } from './store-grant.ts'

export interface Connected {
  readonly connectionId: string
  readonly organizationName: string
}

/**
 * What Zoho's redirect back does: checks the state, exchanges the code at the accounts server that Zoho named, lists the
 * organizations, and stores the connection with its tokens. A live connection to a listed organization is reconnected
 * and keeps everything; otherwise the first active organization of the list is taken.
 *
 * @throws AppError connect_denied, connect_state_invalid, already_connected, connect_failed, connect_no_refresh_token,
 * connect_no_organization, unknown_data_center, zoho_client_misconfigured, zoho_token_throttled, zoho_token_unclear,
 * zoho_permission_missing, zoho_unavailable, …
 */
export const completeConnect = async (
  ctx: Ctx,
  {
    query,
    ...person
  }: Person & { readonly sessionId: string; readonly query: Readonly<Record<string, unknown>> },
): Promise<Connected> => {
  const callback = readCallback(query)
  const code = await acceptCallback(ctx, callback, person)
  const grant = await ctx.zoho.exchangeCode({
    code,
    redirectUri: redirectUri(ctx),
    accountsServer: accountsServerOf(ctx, callback),
  })
  try {
    const organizations = await listForGrant(ctx, grant)
    const stored = await storeGrant(ctx, { grant, organizations, person })
    ctx.nudge({ job: 'connection-event', id: stored.eventId, jobName: stored.kind })
    return stored
  } catch (error) {
    // When the database fails at commit, nobody knows whether the grant is in use: then it is left alone.
    if (isAppError(error)) await revokeOrphan(ctx, grant, person.clientId)
    throw error
  }
}

/** The code, once it is sure that this session asked for it. */
const acceptCallback = async (
  ctx: Ctx,
  { state, code, error }: Callback,
  owner: { readonly clientId: string; readonly sessionId: string },
): Promise<string> => {
  const verdict = state === undefined ? 'invalid' : await consumeState(ctx, state, owner)
  // A denied consent may come without a state (contract 2); it grants nothing, so nothing is at stake.
  if (error === 'access_denied') throw new AppError('connect_denied')
  if (verdict === 'used_before' && (await findLiveConnection(ctx.db, owner.clientId))?.state === 'active')
    throw new AppError('already_connected')
  if (verdict !== 'valid') throw new AppError('connect_state_invalid')
  if (error !== undefined) throw new AppError('connect_failed', { details: { reason: 'error_at_zoho' } })
  if (!code) throw new AppError('connect_failed', { details: { reason: 'no_code' } })
  return code
}

const listForGrant = async (ctx: Ctx, { dataCenter, accessToken }: TokenGrant) => {
  try {
    return (await ctx.zoho.listOrganizations({ dataCenter, accessToken })).organizations
  } catch (error) {
    // The token is seconds old, so it is the permission that is missing (contract 4).
    if (isAppError(error, 'zoho_token_refused'))
      throw new AppError('zoho_permission_missing', { cause: error })
    throw error
  }
}

/** A grant that leads to no connection would live on at Zoho and use up one of the person's twenty. */
const revokeOrphan = async (ctx: Ctx, grant: TokenGrant, clientId: string): Promise<void> => {
  try {
    const revocationId = randomUUID()
    await insertRevocation(ctx.db, {
      id: revocationId,
      connectionId: null,
      tokenOwner: revocationId,
      clientId,
      dataCenter: grant.dataCenter.code,
      refreshTokenJwe: await encryptToken(
        ctx.config.tokenEncryptionKeys,
        refreshTokenOf(revocationId),
        grant.refreshToken,
      ),
    })
    ctx.nudge({ job: 'revoke-token', id: revocationId })
  } catch (error) {
    ctx.log.warn({ event: 'connect.orphan_not_revoked', err: error })
  }
}
