/** The secrets that a test runs with, told to the watch where they are given out. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../../src/config.ts'
import { SIMULATOR_CLIENT_SECRET } from '../../zoho-simulator/known-client.ts'
import { watchSecret } from './watch.ts'

const keyBeginning = 'a token key of tests '

/** A key of 32 bytes that no other test has; its beginning, which all share, gives it away wherever it stands. */
export const testKeySecret = (): Buffer =>
  Buffer.from(`${keyBeginning}${randomBytes(8).toString('hex')}`.slice(0, 32))

watchSecret('a client secret', SIMULATOR_CLIENT_SECRET)

const watchKey = (secret: Buffer) => {
  watchSecret('an encryption key', secret.toString('base64'))
  watchSecret('an encryption key', secret.toString('latin1'))
}

watchKey(Buffer.from(keyBeginning))

type SecretsOfConfig = Pick<Config, 'tokenEncryptionKeys' | 'portalJwtSecret' | 'documentStore'> & {
  readonly zoho: Pick<Config['zoho'], 'clientSecret' | 'clientSecrets'>
}

export const watchConfig = ({
  tokenEncryptionKeys,
  portalJwtSecret,
  documentStore,
  zoho,
}: SecretsOfConfig): void => {
  if (documentStore) watchSecret('the secret of the document store', documentStore.secretAccessKey)
  for (const { secret } of tokenEncryptionKeys) {
    const key = Buffer.from(secret)
    if (!key.toString('latin1').startsWith(keyBeginning)) watchKey(key)
  }
  watchSecret('the JWT secret', portalJwtSecret)
  for (const secret of [zoho.clientSecret, ...Object.values(zoho.clientSecrets)])
    if (secret) watchSecret('a client secret', secret)
}

type Environment = Readonly<Record<string, string | undefined>>

/** What a bare machine made for itself, if it did. */
const localSecrets = (env: Environment): Environment => {
  const file = join(env['DATA_DIR'] || '.data', 'secrets.json')
  return env['DATA_DIR'] && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Environment) : {}
}

/** The secrets of a process of ours, by its environment. */
export const watchEnvironment = (env: Environment): void => {
  const all = { ...localSecrets(env), ...env }
  for (const key of (all['TOKEN_ENCRYPTION_KEYS'] ?? '').split(','))
    watchKey(Buffer.from(key.slice(key.indexOf(':') + 1), 'base64'))
  watchSecret('the JWT secret', all['PORTAL_JWT_SECRET'] ?? '')
  const store = all['DOCUMENT_STORE_URL']
  if (store && URL.canParse(store)) watchSecret('the secret of the document store', new URL(store).password)
  for (const [name, value] of Object.entries(all))
    if (value && name.startsWith('ZOHO_CLIENT_SECRET')) watchSecret('a client secret', value)
}
