/**
 * The one place that refreshes. It holds the token row while Zoho answers, so that over all processes one call is under
 * way per connection; a killed process lets go of the row at once. Failures are committed before they are thrown, so
 * that those who waited for the row find the pause instead of calling too.
 */

import { moveConnection } from '../../db/connections/connection-states.ts'
import {
  clearConnectionProblem,
  findConnection,
  setConnectionProblem,
} from '../../db/connections/connections.repo.ts'
import { noteOutage } from '../../db/connections/outages.repo.ts'
import type { Trx } from '../../db/core/database.ts'
import type { Connection } from '../../db/core/schema.ts'
import {
  lockToken,
  storeAccessToken,
  storeRefreshFailure,
  storeRevoked,
  type TokenRow,
} from '../../db/tokens/oauth-tokens.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import type { RefreshVerdict } from '../zoho/client.ts'
import {
  accessTokenOf,
  currentKeyId,
  decryptToken,
  encryptToken,
  keyIdOf,
  refreshTokenOf,
} from './encryption.ts'
import { outageOver } from './outage-over.ts'
import {
  type FailureKind,
  freshSeconds,
  lastResortSeconds,
  mintsPerTenMinutes,
  nextRefreshSeconds,
  pauseSeconds,
} from './refresh-policy.ts'
import { tokenProblems } from './token-problems.ts'

export interface RefreshReason {
  /** The access token that Zoho refused. */
  readonly rejected?: string | undefined
  /** Renew a token that is due although it is fresh. */
  readonly scheduled?: boolean
}

type Outcome =
  | {
      readonly token: string
      /** The data centre that has just minted it. */
      readonly mintedAt?: string
    }
  | { readonly error: AppError }

const tenMinutesMs = 600_000
/** Noise of a single bad answer is not shown to the client; the third in a row is. */
const shownFromFailure = 3

/** @throws AppError as `getAccessToken`. */
export const refreshUnderLock = async (
  ctx: Ctx,
  connectionId: string,
  reason: RefreshReason,
): Promise<string> => {
  const outcome = await ctx.db
    .transaction()
    .execute((trx) => decide(ctx, trx, connectionId, reason))
    .catch((error: unknown) => {
      throw waitedTooLong(error) ? new AppError('zoho_token_unclear', { cause: error }) : error
    })
  if ('error' in outcome) throw outcome.error
  if (outcome.mintedAt !== undefined)
    await outageOver(ctx, { dataCenter: outcome.mintedAt, service: 'accounts' })
  return outcome.token
}

/** Postgres' lock_timeout: others were refreshing all the while and got no clear answer. */
const waitedTooLong = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === '55P03'

const decide = async (
  ctx: Ctx,
  trx: Trx,
  connectionId: string,
  { rejected, scheduled = false }: RefreshReason,
): Promise<Outcome> => {
  const row = await lockToken(trx, connectionId)
  const connection = await findConnection(trx, connectionId)
  if (!row || !connection || connection.state === 'disconnected')
    return { error: new AppError('connection_gone') }
  if (connection.state === 'reconnect_required') return { error: new AppError('reconnect_required') }

  const current = await aliveToken(ctx, row)
  const usable = current !== undefined && current !== rejected ? current : undefined
  if (usable && (row.seconds_left ?? 0) > freshSeconds && !(scheduled && row.due)) return { token: usable }

  const failed = pausedError(row) ?? (await callZoho(ctx, trx, row, connection))
  if ('token' in failed) return failed
  // The pause concerns the endpoint; a token that still lives goes on serving.
  if (usable && !scheduled && failed.error.retry === 'later') return { token: usable }
  return failed
}

const aliveToken = async (ctx: Ctx, row: TokenRow): Promise<string | undefined> =>
  row.access_token_jwe !== null && (row.seconds_left ?? 0) > lastResortSeconds
    ? decryptToken(ctx.config.tokenEncryptionKeys, accessTokenOf(row.connection_id), row.access_token_jwe)
    : undefined

const failureCodes: Readonly<Record<FailureKind, ErrorCode>> = {
  throttled: 'zoho_token_throttled',
  our_fault: 'zoho_client_misconfigured',
  unclear: 'zoho_token_unclear',
}

/** Not now: a failure asked for a pause, or the mint budget is used up. */
const pausedError = (row: TokenRow): { readonly error: AppError } | undefined => {
  if (row.refresh_failures > 0 && !row.due && row.next_refresh_at !== null) {
    const code = Object.values(failureCodes).find((known) => known === row.refresh_error_code)
    return { error: new AppError(code ?? 'zoho_token_unclear', { retryAt: row.next_refresh_at }) }
  }
  const oldest = row.recent_mints.at(-mintsPerTenMinutes)
  return (
    oldest && {
      error: new AppError('zoho_token_throttled', {
        retryAt: new Date(oldest.getTime() + tenMinutesMs),
        details: { reason: 'own_mint_budget' },
      }),
    }
  )
}

const callZoho = async (ctx: Ctx, trx: Trx, row: TokenRow, connection: Connection): Promise<Outcome> => {
  const refreshToken = await decryptToken(
    ctx.config.tokenEncryptionKeys,
    refreshTokenOf(row.connection_id),
    row.refresh_token_jwe,
  )
  const dataCenter = ctx.zoho.dataCenter(connection.data_center)
  const answer = await ctx.zoho.refresh({ dataCenter, refreshToken })
  ctx.metrics.tokenVerdicts.inc({ verdict: answer.verdict })
  switch (answer.verdict) {
    case 'token':
      return stored(ctx, trx, row, connection, answer)
    case 'revoked':
      return revoked(ctx, trx, row, connection)
    case 'our_fault':
      ctx.log.error({
        event: 'token.client_misconfigured',
        connectionId: connection.id,
        dataCenter: dataCenter.code,
        reason: answer.reason,
      })
      return failed(ctx, trx, row, { kind: 'our_fault', reason: answer.reason, dataCenter: dataCenter.code })
    case 'inconclusive':
      return failed(ctx, trx, row, {
        kind: answer.throttled ? 'throttled' : 'unclear',
        reason: answer.reason,
        dataCenter: dataCenter.code,
      })
  }
}

const stored = async (
  ctx: Ctx,
  trx: Trx,
  row: TokenRow,
  connection: Connection,
  answer: Extract<RefreshVerdict, { verdict: 'token' }>,
): Promise<Outcome> => {
  const keys = ctx.config.tokenEncryptionKeys
  const keyId = currentKeyId(keys)
  const place = refreshTokenOf(row.connection_id)
  // A refresh brings no refresh token (contract 3): the old one stays, re-encrypted when its key is no longer the first.
  const kept =
    answer.refreshToken === null && keyIdOf(row.refresh_token_jwe) === keyId
      ? row.refresh_token_jwe
      : await encryptToken(
          keys,
          place,
          answer.refreshToken ?? (await decryptToken(keys, place, row.refresh_token_jwe)),
        )
  const written = await storeAccessToken(trx, row, {
    accessTokenJwe: await encryptToken(keys, accessTokenOf(row.connection_id), answer.accessToken),
    refreshTokenJwe: kept,
    keyId,
    expiresInSeconds: answer.expiresIn,
    nextRefreshInSeconds: nextRefreshSeconds(answer.expiresIn),
    scope: answer.scope,
  })
  if (!written) return { error: new AppError('zoho_token_unclear', { details: { reason: 'row_changed' } }) }
  if (connection.problem_code !== null) await clearConnectionProblem(trx, connection.id, tokenProblems)
  ctx.log.debug({ event: 'token.refreshed', connectionId: connection.id, expiresIn: answer.expiresIn })
  return { token: answer.accessToken, mintedAt: connection.data_center }
}

/** Zoho called the grant dead, and we hold the row as it was sent: nobody else can know better. */
const revoked = async (ctx: Ctx, trx: Trx, row: TokenRow, connection: Connection): Promise<Outcome> => {
  if (await storeRevoked(trx, row)) {
    await moveConnection(trx, connection.id, 'reconnect_required', 'reconnect_required')
    await audit(trx, {
      clientId: connection.client_id,
      actor: 'zoho',
      actorRole: 'system',
      action: 'connection.reconnect_required',
      subjectType: 'connection',
      subjectId: connection.id,
    })
    ctx.log.warn({ event: 'token.revoked', connectionId: connection.id })
  }
  return { error: new AppError('reconnect_required') }
}

const failed = async (
  ctx: Ctx,
  trx: Trx,
  row: TokenRow,
  { kind, reason, dataCenter }: { kind: FailureKind; reason: string; dataCenter: string },
): Promise<Outcome> => {
  const code = failureCodes[kind]
  const retryAt = await storeRefreshFailure(trx, row, {
    code,
    pauseSeconds: pauseSeconds(kind, row.refresh_failures),
  })
  if (kind === 'unclear') await noteOutage(trx, { dataCenter, service: 'accounts' })
  if (kind === 'our_fault' || row.refresh_failures + 1 >= shownFromFailure)
    await setConnectionProblem(trx, row.connection_id, code)
  ctx.log.warn({ event: 'token.refresh_failed', connectionId: row.connection_id, code, reason, retryAt })
  return { error: new AppError(code, { retryAt, details: { reason } }) }
}
