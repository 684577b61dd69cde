/**
 * The environment, read once. No other file reads `process.env`.
 * The list of names, defaults and meanings is the "Environment" table of the README and `.env.example`.
 */
import { z } from 'zod'

const seconds = (fallback: number) => z.coerce.number().int().positive().default(fallback)
const port = z.coerce.number().int().min(0).max(65535)
const flag = z.enum(['true', 'false', '1', '0']).transform((v) => v === 'true' || v === '1')

const dataCenterSecrets = z.string().transform((text, issue) => {
  try {
    return z.record(z.string(), z.string().min(1)).parse(JSON.parse(text))
  } catch {
    issue.addIssue({ code: 'custom', message: 'must be a JSON object of data centre → client secret' })
    return z.NEVER
  }
})

const encryptionKeys = z.string().transform((text, issue) => {
  const keys = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const at = entry.indexOf(':')
      return {
        id: entry.slice(0, at),
        secret: Buffer.from(entry.slice(at + 1), 'base64'),
        wellFormed: at > 0,
      }
    })
  // The message never repeats the value: it is a secret.
  if (keys.length === 0 || keys.some((key) => !key.wellFormed || key.secret.length !== 32)) {
    issue.addIssue({ code: 'custom', message: 'must be kid:base64(32 bytes), several separated by commas' })
    return z.NEVER
  }
  if (new Set(keys.map((key) => key.id)).size !== keys.length) {
    issue.addIssue({ code: 'custom', message: 'has the same key id twice' })
    return z.NEVER
  }
  return keys.map(({ id, secret }) => ({ id, secret }))
})

const redisUrls = z.string().transform((text, issue) => {
  const urls = text.split(',').map((url) => url.trim())
  if (urls.some((url) => !/^rediss?:\/\//.test(url) || !URL.canParse(url))) {
    issue.addIssue({
      code: 'custom',
      message: 'must be redis:// or rediss:// URLs, separated by commas for a cluster',
    })
    return z.NEVER
  }
  return urls
})

/** Every variable the product reads. Exported so that a test can hold `.env.example` against it. */
export const environment = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(3000),
  WORKER_PORT: port.optional(),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  FRAME_ANCESTORS: z.string().default("'none'"),
  TRUST_PROXY: flag.default(false),
  DATA_DIR: z.string().min(1).default('.data'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  REDIS_URL: redisUrls.optional(),
  ZOHO_CLIENT_ID: z.string().min(1).optional(),
  ZOHO_CLIENT_SECRET: z.string().min(1).optional(),
  ZOHO_CLIENT_SECRETS: dataCenterSecrets.optional(),
  ZOHO_ACCOUNTS_URL: z.url({ protocol: /^https$/ }).default('https://accounts.zoho.com'),
  ZOHO_SIMULATOR_URL: z.url({ protocol: /^https?$/ }).optional(),
  TOKEN_ENCRYPTION_KEYS: encryptionKeys.optional(),
  PORTAL_JWT_SECRET: z.string().min(32, 'must be at least 32 bytes').optional(),
  DEMO_SIGN_IN: flag.optional(),
  SYNC_INTERVAL_SECONDS: seconds(900),
  FULL_SYNC_INTERVAL_SECONDS: seconds(86_400),
  SWEEP_INTERVAL_SECONDS: z.coerce.number().positive().default(5),
  JOB_LOCK_SECONDS: seconds(30),
  PROOF_MAX_AGE_SECONDS: seconds(300),
  ZOHO_REQUESTS_PER_MINUTE: z.coerce.number().int().positive().default(100),
  ZOHO_MAX_IN_FLIGHT: z.coerce.number().int().positive().default(4),
  WORKER_CONCURRENCY: z.coerce.number().int().positive().default(20),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).default(10),
  ELIGIBILITY_POLICY: z.string().min(1).optional(),
  RETENTION_DAYS: z.coerce.number().int().positive().default(90),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

type Environment = z.infer<typeof environment>
type Given = Record<string, string | undefined>

export interface EncryptionKey {
  readonly id: string
  readonly secret: Buffer
}

/**
 * What a running process knows. `databaseUrl`, `tokenEncryptionKeys` and `portalJwtSecret` are always set:
 * on a bare machine `scripts/support/local-defaults.ts` fills them before the configuration is frozen.
 */
export interface Config {
  readonly production: boolean
  readonly host: string
  readonly port: number
  /** Where a worker serves /healthz, /readyz and /metrics; undefined: nowhere. */
  readonly workerPort: number | undefined
  /** Origin under which browsers reach the portal, without a trailing slash. */
  readonly publicUrl: string
  readonly frameAncestors: string
  readonly trustProxy: boolean
  readonly dataDir: string
  readonly databaseUrl: string
  /** True when Postgres is the embedded one of this machine. */
  readonly embeddedDatabase: boolean
  readonly databasePoolSize: number
  /** One URL, or the nodes of a Redis Cluster. Undefined: queues live in Postgres. */
  readonly redisUrls: readonly string[] | undefined
  readonly zoho: {
    readonly clientId: string
    readonly clientSecret: string
    /** Data centre → secret, where they differ. */
    readonly clientSecrets: Readonly<Record<string, string>>
    readonly accountsUrl: string
    readonly simulatorUrl: string | undefined
    readonly requestsPerMinute: number
    readonly maxInFlight: number
    /** Length of Zoho's minute, for tests that compress the clock. Default 60,000. */
    readonly minuteMs?: number
    /** Rows a page, for tests with small books. Default and most that Zoho allows: 200. */
    readonly perPage?: number
  }
  /** The first key encrypts, all decrypt. */
  readonly tokenEncryptionKeys: readonly EncryptionKey[]
  readonly portalJwtSecret: string
  readonly demoSignIn: boolean
  readonly syncIntervalSeconds: number
  readonly fullSyncIntervalSeconds: number
  readonly sweepIntervalSeconds: number
  /** How long a worker may be silent before another takes its job or run over. */
  readonly jobLockSeconds: number
  readonly proofMaxAgeSeconds: number
  readonly workerConcurrency: number
  readonly eligibilityPolicyPath: string | undefined
  readonly retentionDays: number
  readonly otlpEndpoint: string | undefined
  readonly logLevel: Environment['LOG_LEVEL']
}

/** A wrong environment. The message names every bad variable, one a line, and never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The environment is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/** An empty string in the environment means "not set", as it does in a compose file. */
const withoutBlanks = (given: Given): Given =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value.trim() !== ''))

/**
 * Reads and freezes the configuration.
 *
 * @throws ConfigError that lists all problems at once.
 */
export const loadConfig = (given: Given): Config => {
  const cleaned = withoutBlanks(given)
  const parsed = environment.safeParse(cleaned)
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  const production = cleaned['NODE_ENV'] === 'production'

  const required = (name: keyof Environment, why: string) => {
    if (cleaned[name] === undefined) problems.push(`${name}: is required ${why}`)
  }
  required('DATABASE_URL', production ? 'in production' : 'here (npm start fills it on a bare machine)')
  required('TOKEN_ENCRYPTION_KEYS', production ? 'in production' : 'here (npm start generates it)')
  required('PORTAL_JWT_SECRET', production ? 'in production' : 'here (npm start generates it)')
  required('ZOHO_CLIENT_ID', '(npm start uses the simulator when it is missing)')
  if (cleaned['ZOHO_CLIENT_SECRETS'] === undefined)
    required('ZOHO_CLIENT_SECRET', '(or ZOHO_CLIENT_SECRETS, one per data centre)')
  if (production && cleaned['ZOHO_SIMULATOR_URL'] !== undefined)
    problems.push('ZOHO_SIMULATOR_URL: is refused with NODE_ENV=production')
  if (production && (cleaned['DEMO_SIGN_IN'] === 'true' || cleaned['DEMO_SIGN_IN'] === '1'))
    problems.push('DEMO_SIGN_IN: is refused with NODE_ENV=production')
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)])

  const env = parsed.data
  const embedded = cleaned['EMBEDDED_DATABASE'] === 'true'
  return Object.freeze({
    production,
    host: env.HOST,
    port: env.PORT,
    workerPort: env.WORKER_PORT,
    publicUrl: (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ''),
    frameAncestors: env.FRAME_ANCESTORS,
    trustProxy: env.TRUST_PROXY,
    dataDir: env.DATA_DIR,
    databaseUrl: env.DATABASE_URL as string,
    embeddedDatabase: embedded,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    redisUrls: env.REDIS_URL,
    zoho: Object.freeze({
      clientId: env.ZOHO_CLIENT_ID as string,
      clientSecret: env.ZOHO_CLIENT_SECRET ?? '',
      clientSecrets: Object.freeze(env.ZOHO_CLIENT_SECRETS ?? {}),
      accountsUrl: env.ZOHO_ACCOUNTS_URL.replace(/\/+$/, ''),
      simulatorUrl: env.ZOHO_SIMULATOR_URL?.replace(/\/+$/, ''),
      requestsPerMinute: env.ZOHO_REQUESTS_PER_MINUTE,
      maxInFlight: env.ZOHO_MAX_IN_FLIGHT,
    }),
    tokenEncryptionKeys: Object.freeze(env.TOKEN_ENCRYPTION_KEYS as EncryptionKey[]),
    portalJwtSecret: env.PORTAL_JWT_SECRET as string,
    demoSignIn: env.DEMO_SIGN_IN ?? (embedded && !production),
    syncIntervalSeconds: env.SYNC_INTERVAL_SECONDS,
    fullSyncIntervalSeconds: env.FULL_SYNC_INTERVAL_SECONDS,
    sweepIntervalSeconds: env.SWEEP_INTERVAL_SECONDS,
    jobLockSeconds: env.JOB_LOCK_SECONDS,
    proofMaxAgeSeconds: env.PROOF_MAX_AGE_SECONDS,
    workerConcurrency: env.WORKER_CONCURRENCY,
    eligibilityPolicyPath: env.ELIGIBILITY_POLICY,
    retentionDays: env.RETENTION_DAYS,
    otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
    logLevel: env.LOG_LEVEL,
  })
}
