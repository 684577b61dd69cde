/**
 * Tokens at rest: compact JWE, `dir` + A256GCM. The protected header, which the cipher authenticates, names the key and
 * the place that the token belongs to, so that a ciphertext that somebody moved to another row or column is refused.
 */
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose'
import type { EncryptionKey } from '../config.ts'
import { AppError } from '../errors.ts'

type Keys = readonly EncryptionKey[]

/** Where a token is stored: its column, and the row's connection (of a grant without one, and of an endpoint: the row's own id). */
export interface TokenPlace {
  readonly owner: string
  readonly column: 'refresh_token' | 'access_token' | 'webhook_secret'
}

export const accessTokenOf = (owner: string): TokenPlace => ({ owner, column: 'access_token' })
export const refreshTokenOf = (owner: string): TokenPlace => ({ owner, column: 'refresh_token' })
/** Of an endpoint for events: its secret, and the one before, which has the same place. */
export const webhookSecretOf = (owner: string): TokenPlace => ({ owner, column: 'webhook_secret' })

/** The key that encrypts. */
export const currentKeyId = (keys: Keys): string => firstKey(keys).id

const firstKey = (keys: Keys): EncryptionKey => {
  const [key] = keys
  if (!key) throw new AppError('token_key_missing', { facts: { keyId: null } })
  return key
}

/** Encrypts with the first key, for this place only. */
export const encryptToken = (keys: Keys, { owner, column }: TokenPlace, plain: string): Promise<string> => {
  const key = firstKey(keys)
  return new CompactEncrypt(new TextEncoder().encode(plain))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.id, owner, column })
    .encrypt(key.secret)
}

/** Id of the key that a stored token was encrypted with; null when it does not say. */
export const keyIdOf = (jwe: string): string | null => {
  try {
    const { kid } = decodeProtectedHeader(jwe)
    return typeof kid === 'string' ? kid : null
  } catch {
    return null
  }
}

/**
 * Decrypts with whichever key the token names, if it was encrypted for this place.
 *
 * @throws AppError token_key_missing: the key is not configured, or another key bears its id. `facts.keyId` names it.
 * token_misplaced: it was encrypted for another row or column.
 */
export const decryptToken = async (
  keys: Keys,
  { owner, column }: TokenPlace,
  jwe: string,
): Promise<string> => {
  const keyId = keyIdOf(jwe)
  const key = keys.find(({ id }) => id === keyId)
  if (!key) throw new AppError('token_key_missing', { facts: { keyId } })
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, key.secret, {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  }).catch((cause: unknown) => {
    throw new AppError('token_key_missing', {
      cause,
      facts: { keyId },
      details: { reason: 'does_not_decrypt' },
    })
  })
  // Only now: before it was decrypted, the header was anybody's word.
  if (protectedHeader['owner'] !== owner || protectedHeader['column'] !== column)
    throw new AppError('token_misplaced', { details: { owner, column } })
  return new TextDecoder().decode(plaintext)
}
