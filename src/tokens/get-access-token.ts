import {
  clearConnectionProblem,
  findConnection,
  setConnectionProblem,
} from '../../db/connections/connections.repo.ts'
import type { Db } from '../../db/core/database.ts'
import type { ConnectionState } from '../../db/core/schema.ts'
import { findToken, type TokenRow } from '../../db/tokens/oauth-tokens.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError, isAppError } from '../errors.ts'
import { accessTokenOf, decryptToken } from './encryption.ts'
import { freshSeconds } from './refresh-policy.ts'
import { refreshUnderLock } from './refresh-under-lock.ts'
import { createLimiter, createSingleFlight } from './single-flight.ts'
import { tokenProblems } from './token-problems.ts'

/** A missing key and a moved token need a person. */
const notDecryptablePauseMs = 5 * 60_000

/**
 * A refresh keeps a database connection while Zoho answers, up to 10 s. Half of the pool at most may be kept so, or a
 * slow token endpoint would stop everything else in this process.
 */
const gates = new WeakMap<
  Db,
  { flight: ReturnType<typeof createSingleFlight>; limit: ReturnType<typeof createLimiter> }
>()

const gateOf = (ctx: Ctx) => {
  let gate = gates.get(ctx.db)
  if (!gate) {
    const limit = Math.max(1, Math.floor(ctx.config.databasePoolSize / 2))
    gate = { flight: createSingleFlight(), limit: createLimiter(limit) }
    gates.set(ctx.db, gate)
  }
  return gate
}

/**
 * An access token that Zoho should accept. Refreshes in single flight over all processes: callers of this process share
 * one promise, processes queue for the token row and read again.
 *
 * @param options.rejected the access token that Zoho just refused (401): it is replaced even if it looks fresh. Ask at
 * most once per call; a second refusal is a missing permission, not a dead token (contract 4).
 * @throws AppError reconnect_required, zoho_client_misconfigured, zoho_token_throttled, zoho_token_unclear,
 * token_key_missing, token_misplaced, connection_gone
 */
export const getAccessToken = (
  ctx: Ctx,
  connectionId: string,
  { rejected }: { readonly rejected?: string | undefined } = {},
): Promise<string> =>
  gateOf(ctx).flight(`${connectionId} ${rejected ?? ''}`, () => obtain(ctx, connectionId, rejected))

const obtain = (ctx: Ctx, connectionId: string, rejected: string | undefined): Promise<string> =>
  namingUndecryptable(ctx, connectionId, async () => {
    const row = await findToken(ctx.db, connectionId)
    if (!row) throw await whyNoToken(ctx, connectionId)
    refuseUnlessUsable(row.state)
    const current = await freshToken(ctx, row)
    if (current === undefined || current === rejected)
      return gateOf(ctx).limit(() => refreshUnderLock(ctx, connectionId, { rejected }))
    if (row.problem_code && tokenProblems.some((code) => code === row.problem_code))
      await clearConnectionProblem(ctx.db, connectionId, tokenProblems)
    return current
  })

/** The scheduled refresh: renews a token that is due although it is still fresh. */
export const renewAccessToken = (ctx: Ctx, connectionId: string): Promise<string> =>
  gateOf(ctx).flight(`${connectionId} scheduled`, () =>
    namingUndecryptable(ctx, connectionId, () =>
      gateOf(ctx).limit(() => refreshUnderLock(ctx, connectionId, { scheduled: true })),
    ),
  )

const freshToken = async (ctx: Ctx, row: TokenRow): Promise<string | undefined> =>
  row.access_token_jwe !== null && (row.seconds_left ?? 0) > freshSeconds
    ? decryptToken(ctx.config.tokenEncryptionKeys, accessTokenOf(row.connection_id), row.access_token_jwe)
    : undefined

const refuseUnlessUsable = (state: ConnectionState): void => {
  if (state === 'reconnect_required') throw new AppError('reconnect_required')
  if (state === 'disconnected') throw new AppError('connection_gone')
}

const whyNoToken = async (ctx: Ctx, connectionId: string): Promise<AppError> => {
  const connection = await findConnection(ctx.db, connectionId)
  return new AppError(connection?.state === 'reconnect_required' ? 'reconnect_required' : 'connection_gone')
}

/** What cannot be decrypted is said with its connection, to the operator and on the connection. */
const namingUndecryptable = async <T>(ctx: Ctx, connectionId: string, run: () => Promise<T>): Promise<T> => {
  try {
    return await run()
  } catch (error) {
    if (!isAppError(error, 'token_key_missing') && !isAppError(error, 'token_misplaced')) throw error
    const { code } = error
    const named = new AppError(code, {
      cause: error.cause,
      details: { ...error.details, connectionId },
      retryAt: new Date(ctx.clock.now().getTime() + notDecryptablePauseMs),
    })
    ctx.log.error({ event: `token.${code === 'token_misplaced' ? 'misplaced' : 'key_missing'}`, err: named })
    await setConnectionProblem(ctx.db, connectionId, code)
    throw named
  }
}
