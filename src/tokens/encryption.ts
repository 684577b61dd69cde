/** Tokens at rest: compact JWE, `dir` + A256GCM, the key's id in the header. */
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose'
import type { EncryptionKey } from '../config.ts'
import { AppError } from '../errors.ts'

type Keys = readonly EncryptionKey[]

/** The key that encrypts. */
export const currentKeyId = (keys: Keys): string => firstKey(keys).id

const firstKey = (keys: Keys): EncryptionKey => {
  const [key] = keys
  if (!key) throw new AppError('token_key_missing', { facts: { keyId: null } })
  return key
}

/** Encrypts with the first key. */
export const encryptToken = (keys: Keys, plain: string): Promise<string> => {
  const key = firstKey(keys)
  return new CompactEncrypt(new TextEncoder().encode(plain))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.id })
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
 * Decrypts with whichever key the token names.
 *
 * @throws AppError token_key_missing: the key is not configured, or another key bears its id. `facts.keyId` names it.
 */
export const decryptToken = async (keys: Keys, jwe: string): Promise<string> => {
  const keyId = keyIdOf(jwe)
  const key = keys.find(({ id }) => id === keyId)
  if (!key) throw new AppError('token_key_missing', { facts: { keyId } })
  try {
    const { plaintext } = await compactDecrypt(jwe, key.secret, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    return new TextDecoder().decode(plaintext)
  } catch (cause) {
    throw new AppError('token_key_missing', {
      cause,
      facts: { keyId },
      details: { reason: 'does_not_decrypt' },
    })
  }
}
