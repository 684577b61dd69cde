/** What a bare machine is given so that one command is enough: secrets, a database, Zoho's simulator. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type Config, loadConfig, type Need, needs } from '../../src/config.ts'
import { redactToo } from './redact-output.ts'
import { UsageError } from './script.ts'

export type Environment = Record<string, string | undefined>

/** What can be made up here, and who has a use for it. */
const localSecrets = { TOKEN_ENCRYPTION_KEYS: 'tokenKeys', PORTAL_JWT_SECRET: 'portalSecret' } as const

const secretsFile = z.object({ TOKEN_ENCRYPTION_KEYS: z.string(), PORTAL_JWT_SECRET: z.string() })

/** Whether a variable is set, or the file that holds its value. */
const isGiven = (env: Environment, name: string) => Boolean(env[name] || env[`${name}_FILE`])

/**
 * Secrets that were not given are generated once and kept in `DATA_DIR/secrets.json`, readable by the owner only.
 * Never in production: there a missing secret is an error.
 */
export const withLocalSecrets = async (
  env: Environment,
  needed: readonly Need[] = needs,
): Promise<Environment> => {
  if (env['NODE_ENV'] === 'production') return env
  // Nothing to generate, nothing to write: a container's files are read-only.
  const missing = Object.entries(localSecrets)
    .filter(([name, need]) => needed.includes(need) && !isGiven(env, name))
    .map(([name]) => name)
  if (missing.length === 0) return env
  const directory = env['DATA_DIR'] || '.data'
  const file = join(directory, 'secrets.json')
  if (!existsSync(file)) {
    await mkdir(directory, { recursive: true })
    const secrets = {
      TOKEN_ENCRYPTION_KEYS: `local:${randomBytes(32).toString('base64')}`,
      PORTAL_JWT_SECRET: randomBytes(48).toString('base64url'),
    }
    // Two processes may start at once; the first file stands.
    await writeFile(file, JSON.stringify(secrets, null, 2), { mode: 0o600, flag: 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      },
    )
  }
  const kept = secretsFile.safeParse(JSON.parse(await readFile(file, 'utf8')))
  if (!kept.success)
    throw new UsageError(`${file} is not what this program wrote. Restore it, or remove it to begin anew.`)
  redactToo(kept.data)
  return {
    ...env,
    ...Object.fromEntries(Object.entries(kept.data).filter(([name]) => missing.includes(name))),
  }
}

/** What a command adds to its environment outside production. */
const localEnvironment = async (env: Environment, needed: readonly Need[]): Promise<Environment> => {
  const withSecrets = await withLocalSecrets(env, needed)
  if (!needed.includes('zohoClient')) return withSecrets
  if (!withSecrets['ZOHO_SIMULATOR_URL'] || withSecrets['ZOHO_CLIENT_ID']) return withSecrets
  const { SIMULATOR_CLIENT_ID, SIMULATOR_CLIENT_SECRET } = await import('../../test/zoho-simulator/index.ts')
  return withSimulatorClient(withSecrets, { id: SIMULATOR_CLIENT_ID, secret: SIMULATOR_CLIENT_SECRET })
}

/**
 * The configuration of a command.
 *
 * @param needed What it has a use for besides the database; nothing else is asked for.
 * @throws ConfigError that lists all problems at once.
 */
export const commandConfig = async (needed: readonly Need[]): Promise<Config> =>
  loadConfig(await localEnvironment(process.env, needed), { needs: needed })

/** The simulator's client is used wherever nobody gave a real one and a simulator is there. */
export const withSimulatorClient = (env: Environment, client: { id: string; secret: string }): Environment =>
  env['ZOHO_CLIENT_ID'] || !env['ZOHO_SIMULATOR_URL']
    ? env
    : { ...env, ZOHO_CLIENT_ID: client.id, ZOHO_CLIENT_SECRET: client.secret }
