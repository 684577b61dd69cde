import type { Db } from '../../db/core/database.ts'
import type { OauthToken, WebhookEndpoint } from '../../db/core/schema.ts'
import { findEndpointsAfter, replaceSecretEncryption } from '../../db/events/webhook-endpoints.repo.ts'
import { findWorkersWithoutKey } from '../../db/jobs/workers.repo.ts'
import { findTokensOfOtherKeys, replaceEncryption } from '../../db/tokens/oauth-tokens.repo.ts'
import {
  findOpenRevocations,
  replaceRevocationEncryption,
  type TokenRevocation,
} from '../../db/tokens/token-revocations.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError, isAppError } from '../errors.ts'
import {
  accessTokenOf,
  currentKeyId,
  decryptToken,
  encryptToken,
  keyIdOf,
  refreshTokenOf,
  type TokenPlace,
  webhookSecretOf,
} from './encryption.ts'

/** What could not be re-encrypted: the key it names is not configured, or it belongs to another row. */
export interface UnrotatedToken {
  readonly connectionId: string | null
  /** Of a secret that signs events. */
  readonly endpointId?: string
  readonly keyId: string | null
  readonly misplaced: boolean
}

export interface RotationResult {
  readonly rotated: number
  readonly failed: readonly UnrotatedToken[]
}

/** Who asked for it, and on which machine: there is no address of a script. */
export interface RotationOrder {
  readonly operator: string
  readonly host: string
}

type Verdict = 'rotated' | 'changed_meanwhile' | UnrotatedToken

const batch = 100
const smallestId = '00000000-0000-0000-0000-000000000000'

/**
 * Re-encrypts every stored token, and every secret that signs events, with the first key. Rows are swapped one by one, only if they are still what was read,
 * so workers go on meanwhile and a stopped rotation simply goes on when it is started again.
 *
 * @throws AppError key_unknown_to_worker while a running worker was not restarted with the new key.
 */
export const rotateKeys = async (
  ctx: Ctx,
  order: RotationOrder,
  { onProgress }: { readonly onProgress?: (rotated: number) => void } = {},
): Promise<RotationResult> => {
  await refuseWhileUnknown(ctx)
  let rotated = 0
  const failed: UnrotatedToken[] = []
  const note = (verdict: Verdict) => {
    if (verdict === 'rotated') {
      rotated += 1
      onProgress?.(rotated)
    } else if (verdict !== 'changed_meanwhile') failed.push(verdict)
  }
  const { db } = ctx
  const keyId = currentKeyId(ctx.config.tokenEncryptionKeys)

  // 1. Tokens. A row that a refresh changed meanwhile may still bear the old key of a worker that was not restarted,
  //    so passes are made until one changes nothing more.
  for (let again = true; again; ) {
    again = false
    const unrotatable = new Set(failed.map((token) => token.connectionId))
    const find = (after: string) => findTokensOfOtherKeys(db, { keyId, after, limit: batch })
    for await (const row of inBatches(find, (row) => row.connection_id)) {
      if (unrotatable.has(row.connection_id)) continue
      const verdict = await rotateToken(ctx, row)
      again ||= verdict === 'changed_meanwhile'
      note(verdict)
    }
  }
  // 2. Grants that wait to be revoked.
  const find = (after: string) => findOpenRevocations(db, { after, limit: batch })
  for await (const row of inBatches(find, (row) => row.id))
    if (row.refresh_token_jwe !== null && keyIdOf(row.refresh_token_jwe) !== keyId)
      note(await rotateRevocation(ctx, row, row.refresh_token_jwe))

  // 3. Secrets that sign events. They change rarely; one that is rotated meanwhile bears the new key.
  for await (const row of inBatches(
    (after) => findEndpointsAfter(db, after, batch),
    (row) => row.id,
  ))
    if ([row.secret_jwe, row.previous_secret_jwe].some((jwe) => jwe !== null && keyIdOf(jwe) !== keyId))
      note(await rotateEndpoint(ctx, row))

  await auditRotation(db, order, { keyId, rotated, failed: failed.length })
  return { rotated, failed }
}

/** A worker counts as running for so long after its last sweep, or for three of its intervals. */
const silentSeconds = 60

/** What is re-encrypted, a worker that was not restarted with the new key could no longer read. */
const refuseWhileUnknown = async ({ db, config }: Ctx): Promise<void> => {
  const keyId = currentKeyId(config.tokenEncryptionKeys)
  const withinSeconds = Math.max(silentSeconds, 3 * config.sweepIntervalSeconds)
  const workers = await findWorkersWithoutKey(db, { keyId, withinSeconds })
  if (workers.length === 0) return
  const hosts = [...new Set(workers.map(({ host }) => host))]
  throw new AppError('key_unknown_to_worker', {
    message: `Key ${keyId} is unknown to ${workers.length} running worker(s) on ${hosts.join(', ')}.`,
    details: { keyId, workers: workers.map(({ id }) => id) },
  })
}

async function* inBatches<T>(find: (after: string) => Promise<T[]>, idOf: (row: T) => string) {
  let rows = await find(smallestId)
  while (rows.length > 0) {
    yield* rows
    const last = rows.at(-1)
    rows = last === undefined ? [] : await find(idOf(last))
  }
}

const rotateToken = async (ctx: Ctx, row: OauthToken): Promise<Verdict> => {
  const keys = ctx.config.tokenEncryptionKeys
  return unlessUndecryptable(ctx, row.connection_id, async () => {
    const reencrypt = async (place: TokenPlace, jwe: string) =>
      encryptToken(keys, place, await decryptToken(keys, place, jwe))
    const id = row.connection_id
    return replaceEncryption(ctx.db, row, {
      refreshTokenJwe: await reencrypt(refreshTokenOf(id), row.refresh_token_jwe),
      accessTokenJwe:
        row.access_token_jwe === null ? null : await reencrypt(accessTokenOf(id), row.access_token_jwe),
      keyId: currentKeyId(keys),
    })
  })
}

const rotateRevocation = async (ctx: Ctx, row: TokenRevocation, jwe: string): Promise<Verdict> => {
  const keys = ctx.config.tokenEncryptionKeys
  const place = refreshTokenOf(row.token_owner)
  return unlessUndecryptable(ctx, row.connection_id, async () =>
    replaceRevocationEncryption(ctx.db, row.id, {
      from: jwe,
      to: await encryptToken(keys, place, await decryptToken(keys, place, jwe)),
    }),
  )
}

const rotateEndpoint = async (ctx: Ctx, row: WebhookEndpoint): Promise<Verdict> => {
  const keys = ctx.config.tokenEncryptionKeys
  const place = webhookSecretOf(row.id)
  const reencrypt = async (jwe: string) => encryptToken(keys, place, await decryptToken(keys, place, jwe))
  const verdict = await unlessUndecryptable(ctx, null, async () =>
    replaceSecretEncryption(ctx.db, row, {
      secretJwe: await reencrypt(row.secret_jwe),
      previousSecretJwe: row.previous_secret_jwe === null ? null : await reencrypt(row.previous_secret_jwe),
    }),
  )
  return typeof verdict === 'string' ? verdict : { ...verdict, endpointId: row.id }
}

const unlessUndecryptable = async (
  ctx: Ctx,
  connectionId: string | null,
  swap: () => Promise<boolean>,
): Promise<Verdict> => {
  try {
    return (await swap()) ? 'rotated' : 'changed_meanwhile'
  } catch (error) {
    if (isAppError(error, 'token_misplaced')) {
      ctx.log.error({ event: 'token.misplaced', connectionId })
      return { connectionId, keyId: null, misplaced: true }
    }
    if (!isAppError(error, 'token_key_missing')) throw error
    const { keyId = null } = error.facts
    ctx.log.error({ event: 'token.key_missing', connectionId, keyId })
    return { connectionId, keyId, misplaced: false }
  }
}

const auditRotation = (
  db: Db,
  { operator, host }: RotationOrder,
  { keyId, ...counts }: { readonly keyId: string; readonly rotated: number; readonly failed: number },
) =>
  audit(db, {
    clientId: null,
    actor: operator,
    actorRole: 'operator',
    action: 'tokens.keys_rotated',
    subjectType: 'encryption_key',
    subjectId: keyId,
    details: { ...counts, host },
  })
