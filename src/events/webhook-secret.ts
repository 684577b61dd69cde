import { randomBytes } from 'node:crypto'
import type { WebhookEndpoint } from '../../db/core/schema.ts'
import type { Ctx } from '../context.ts'
import { decryptToken, encryptToken, webhookSecretOf } from '../tokens/encryption.ts'

/** As the Standard Webhooks specification has it: 24 to 64 random bytes, base64, with a prefix that scanners know. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`

export const encryptSecret = ({ config }: Ctx, endpointId: string, secret: string): Promise<string> =>
  encryptToken(config.tokenEncryptionKeys, webhookSecretOf(endpointId), secret)

/** The secrets that sign now: the current one, and the one before while both are taken. */
export const secretsOf = async (
  { config, clock }: Ctx,
  endpoint: Pick<WebhookEndpoint, 'id' | 'secret_jwe' | 'previous_secret_jwe' | 'previous_secret_until'>,
): Promise<readonly string[]> => {
  const decrypt = (jwe: string) => decryptToken(config.tokenEncryptionKeys, webhookSecretOf(endpoint.id), jwe)
  const { previous_secret_jwe: previous, previous_secret_until: until } = endpoint
  const overlaps = previous !== null && until !== null && until > clock.now()
  return Promise.all([endpoint.secret_jwe, ...(overlaps ? [previous] : [])].map(decrypt))
}
