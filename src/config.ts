/**
 * The environment, read once. No other file reads `process.env`.
 * The list of names, defaults and meanings is the "Environment" table of the README and `.env.example`.
 */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { z } from 'zod'

/** A whole number within bounds, written in digits: `1e3`, `0x10` and `5 seconds` are refused. */
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(
      /^\d{1,15}$/,
      `must be a whole number from ${min} to ${max}, like ${Math.max(min, Math.min(max, 10))}`,
    )
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
const week = 7 * 86_400
/** Node's timers wait 24.8 days at most. */
const seconds = (fallback: number, max = week) => whole(1, max).default(fallback)
const port = whole(0, 65_535)
const flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .transform((v) => v === 'true' || v === '1')

/**
 * Which proxies in front may say where a request comes from: so many of them, or those with these addresses. Never all:
 * the leftmost address of a chain is whatever the caller wrote.
 */
const trustedProxies = z.string().transform((text, issue): TrustedProxies => {
  if (text === 'false') return false
  // What this variable was before: one proxy in front.
  if (text === 'true') return 1
  if (/^\d{1,2}$/.test(text)) return Number(text) === 0 ? false : Number(text)
  const networks = text.split(/[\s,]+/).filter((part) => part !== '')
  if (networks.length > 0 && networks.every(isNetwork)) return networks
  issue.addIssue({
    code: 'custom',
    message:
      'must be how many proxies stand in front, like 1, or their addresses and networks, like 10.0.0.0/8,fd00::/8',
  })
  return z.NEVER
})

/** Networks in CIDR notation; an address is the network of itself. */
const privateNetworks = z.string().transform((text, issue): readonly string[] => {
  const networks = text.split(/[\s,]+/).filter((part) => part !== '')
  if (networks.every(isNetwork))
    return networks.map((one) => (one.includes('/') ? one : `${one}/${isIP(one) === 4 ? 32 : 128}`))
  issue.addIssue({
    code: 'custom',
    message: 'must be addresses and networks, separated by commas, like 10.1.0.0/16,fd00:1::/64',
  })
  return z.NEVER
})

const isNetwork = (text: string): boolean => {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  // A network of everybody would believe what anybody writes.
  return (
    version !== 0 && (bits === undefined || (Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128)))
  )
}

/** What an HTTP header or form may carry without encoding surprises; the message never repeats the value. */
const credential = z
  .string()
  .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII, as the Zoho API console shows it')
  .max(500, 'must be at most 500 characters')

const badOrigin = (example: string) => `must be an origin without path, user or query, like ${example}`

/** An origin, as `https://host:port`. */
const origin = (protocol: RegExp, example: string) =>
  z.string().transform((text, issue) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (
      url === undefined ||
      !protocol.test(url.protocol) ||
      url.pathname.replace(/\/+$/, '') !== '' ||
      url.username + url.password + url.search + url.hash !== ''
    ) {
      issue.addIssue({ code: 'custom', message: badOrigin(example) })
      return z.NEVER
    }
    return url.origin
  })

const ancestor = /^(https?:|https?:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:(\d{1,5}|\*))?)$/i

/** Sources of the CSP directive. Compose and shells strip quotes, so `none` and `self` are taken without them too. */
const frameAncestors = z.string().transform((text, issue): readonly string[] => {
  const sources = text
    .split(/[\s,]+/)
    .map((source) => source.replace(/^['"]+|['"]+$/g, ''))
    .filter((source) => source !== '')
    .map((source) =>
      /^(none|self)$/i.test(source) ? `'${source.toLowerCase()}'` : source.replace(/\/$/, ''),
    )
  const wrong = sources.some((source) => !/^'(none|self)'$/.test(source) && !ancestor.test(source))
  if (sources.length === 0 || wrong || (sources.length > 1 && sources.includes("'none'"))) {
    issue.addIssue({
      code: 'custom',
      message:
        "must be 'none', or 'self' and origins separated by blanks, like 'self' https://app.example.com",
    })
    return z.NEVER
  }
  return sources
})

const origins = z.string().transform((text, issue): readonly string[] => {
  const parsed = text
    .split(/[\s,]+/)
    .filter((one) => one !== '')
    .map((one) => origin(/^https?:$/, 'https://app.example.com').safeParse(one))
  const good = parsed.flatMap(({ data }) => (data === undefined ? [] : [data]))
  if (good.length < parsed.length) {
    issue.addIssue({
      code: 'custom',
      message: 'must be origins separated by commas, like https://app.example.com',
    })
    return z.NEVER
  }
  return good
})

const databaseUrl = z.string().transform((text, issue) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2) {
    issue.addIssue({ code: 'custom', message: 'must be like postgres://user:password@host:5432/database' })
    return z.NEVER
  }
  return text
})

const dataCenterSecrets = z.string().transform((text, issue) => {
  try {
    return z.record(z.string(), credential).parse(JSON.parse(text))
  } catch {
    issue.addIssue({
      code: 'custom',
      message: 'must be a JSON object of data centre → client secret, like {"eu":"…"}',
    })
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

/** `s3://KEY:SECRET@host:port/bucket/prefix?region=…&tls=…`; the message never repeats the value: it has a secret. */
const documentStoreUrl = z.string().transform((text, issue): DocumentStoreConfig => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const [bucket = '', ...folders] = (url?.pathname ?? '').split('/').filter((part) => part !== '')
  const { region = 'us-east-1', tls = 'true', ...others } = Object.fromEntries(url?.searchParams ?? [])
  const wellFormed =
    url?.protocol === 's3:' &&
    url.hostname !== '' &&
    url.username !== '' &&
    url.password !== '' &&
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) &&
    folders.every((folder) => /^[\w.-]{1,100}$/.test(folder) && !/^\.+$/.test(folder)) &&
    /^[a-z0-9-]{1,60}$/.test(region) &&
    ['true', 'false'].includes(tls) &&
    Object.keys(others).length === 0
  const credentials = wellFormed ? [url.username, url.password].map(decoded) : []
  const [accessKeyId, secretAccessKey] = credentials
  if (!wellFormed || accessKeyId === undefined || secretAccessKey === undefined) {
    issue.addIssue({
      code: 'custom',
      message:
        'must be like s3://key:secret@host:9000/bucket?region=us-east-1&tls=true, special characters of key and secret percent-encoded',
    })
    return z.NEVER
  }
  return {
    endpoint: `${tls === 'true' ? 'https' : 'http'}://${url.host}`,
    bucket,
    prefix: folders.map((folder) => `${folder}/`).join(''),
    region,
    accessKeyId,
    secretAccessKey,
  }
})

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

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
  HOST: z
    .string()
    .regex(/^[a-z0-9.:_-]{1,253}$/i, 'must be a host name or an address, like 127.0.0.1')
    .default('127.0.0.1'),
  PORT: port.default(3000),
  WORKER_PORT: port.optional(),
  METRICS_PORT: port.optional(),
  API_DOCS: flag.optional(),
  PUBLIC_URL: origin(/^https?:$/, 'https://collect.example.com').optional(),
  FRAME_ANCESTORS: frameAncestors.default(["'none'"]),
  TRUST_PROXY: trustedProxies.default(false),
  DATA_DIR: z.string().max(1_000).default('.data'),
  DATABASE_URL: databaseUrl.optional(),
  REDIS_URL: redisUrls.optional(),
  ZOHO_CLIENT_ID: credential.optional(),
  ZOHO_CLIENT_SECRET: credential.optional(),
  ZOHO_CLIENT_SECRETS: dataCenterSecrets.optional(),
  ZOHO_ACCOUNTS_URL: origin(/^https:$/, 'https://accounts.zoho.eu').default('https://accounts.zoho.com'),
  ZOHO_SIMULATOR_URL: origin(/^https?:$/, 'http://127.0.0.1:4000').optional(),
  TOKEN_ENCRYPTION_KEYS: encryptionKeys.optional(),
  PORTAL_JWT_SECRET: z.string().min(32, 'must be at least 32 bytes').max(1_000).optional(),
  PORTAL_JWT_AUDIENCE: z.string().max(500).optional(),
  PORTAL_JWT_ISSUER: z.string().max(500).optional(),
  PORTAL_ORIGINS: origins.default([]),
  PORTAL_SIGN_IN_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL, like https://app.example.com/zoho-books' })
    .optional(),
  SIGN_IN_PURPOSE_REQUIRED: flag.default(false),
  SESSION_IDLE_MINUTES: whole(1, 720).default(60),
  DEMO_SIGN_IN: flag.optional(),
  SYNC_INTERVAL_SECONDS: seconds(900),
  FULL_SYNC_INTERVAL_SECONDS: seconds(86_400, 4 * week),
  SWEEP_INTERVAL_SECONDS: z
    .string()
    .regex(/^\d{1,4}(\.\d{1,3})?$/, 'must be a number of seconds, like 5 or 0.5')
    .transform(Number)
    .pipe(z.number().min(0.02, 'must be at least 0.02').max(3_600, 'must be at most 3600'))
    .default(5),
  JOB_LOCK_SECONDS: seconds(15, 3_600),
  PROOF_MAX_AGE_SECONDS: seconds(300, 86_400),
  ZOHO_REQUESTS_PER_MINUTE: whole(1, 1_000_000_000).default(100),
  ZOHO_MAX_IN_FLIGHT: whole(1, 10_000).default(4),
  WORKER_CONCURRENCY: whole(1, 10_000).default(20),
  DATABASE_POOL_SIZE: whole(2, 10_000).default(10),
  ELIGIBILITY_POLICY: z.string().max(1_000).optional(),
  RETENTION_DAYS: whole(1, 36_500).default(90),
  DOCUMENT_STORE_URL: documentStoreUrl.optional(),
  UPLOAD_QUOTA_MB: whole(1, 10_000_000).default(1_024),
  WEBHOOK_PRIVATE_NETWORKS: privateNetworks.optional(),
  WEBHOOK_CONCURRENCY: whole(1, 10_000).default(100),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be a URL, like http://127.0.0.1:4318' })
    .optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

type Environment = z.infer<typeof environment>
type Given = Record<string, string | undefined>

/** False: none. A number: so many, counted from us. A list: those with these addresses, and networks of them. */
export type TrustedProxies = false | number | readonly string[]

/** Where an S3-compatible store is, and as whom it knows us. */
export interface DocumentStoreConfig {
  readonly endpoint: string
  readonly bucket: string
  /** Empty, or folders that end with a slash. */
  readonly prefix: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface EncryptionKey {
  readonly id: string
  readonly secret: Buffer
}

/**
 * What a running process knows. `databaseUrl` is always set, and so is what the process says it needs (`Need`): on a
 * bare machine `scripts/support/local-defaults.ts` fills it before the configuration is frozen. What it does not need may
 * be empty.
 */
export interface Config {
  readonly production: boolean
  readonly host: string
  readonly port: number
  /** Where a worker serves /healthz, /readyz and /metrics; undefined: nowhere. */
  readonly workerPort: number | undefined
  /** Where a server serves /metrics apart from the portal; undefined: only beside the portal, and there not in production. */
  readonly metricsPort: number | undefined
  /** Whether the portal serves the description of its API under /docs. */
  readonly apiDocs: boolean
  /** Origin under which browsers reach the portal, without a trailing slash. */
  readonly publicUrl: string
  /** Sources of the CSP directive frame-ancestors. */
  readonly frameAncestors: readonly string[]
  readonly trustProxy: TrustedProxies
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
  /** What `aud` and `iss` of the host portal's tokens must be; undefined: not looked at. */
  readonly portalJwtAudience: string | undefined
  readonly portalJwtIssuer: string | undefined
  /** Origins of the host portal: a browser that comes from one of them is signed in without being asked. */
  readonly portalOrigins: readonly string[]
  /** Where a person without a session begins to sign in; gets a nonce for the token. */
  readonly portalSignInUrl: string | undefined
  /** A hand-over takes only tokens with the claim `purpose`. */
  readonly signInPurposeRequired: boolean
  /** A browser session ends after so long without a request of its person. */
  readonly sessionIdleMinutes: number
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
  /** Where the bytes of new documents go; undefined: into PostgreSQL. */
  readonly documentStore: DocumentStoreConfig | undefined
  /** What a client's uploads may come to. */
  readonly uploadQuotaBytes: number
  /** Networks to which events are delivered although they are not public. */
  readonly webhookPrivateNetworks: readonly string[]
  /** Deliveries at once in a worker; most of their time they wait for an answer. */
  readonly webhookConcurrency: number
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

/** Secrets that not every command has a use for, and so not every command asks for. */
export const needs = ['tokenKeys', 'portalSecret', 'zohoClient'] as const
export type Need = (typeof needs)[number]

const ownQuotes = new Set(['FRAME_ANCESTORS'])

/**
 * Values as they were meant. Blanks around them (a mounted secret ends with a line break) and quotes around the whole
 * (docker's --env-file keeps them) are no part of a value; an empty one means "not set", as it does in a compose file.
 */
const cleaned = (given: Given): Given =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value = '']) => {
      const trimmed = value.trim()
      const bare = ownQuotes.has(name)
        ? trimmed
        : (/^(["'])([\s\S]*)\1$/.exec(trimmed)?.[2]?.trim() ?? trimmed)
      return bare === '' ? [] : [[name, bare]]
    }),
  )

/** Variables whose value may be mounted as a file, named by the variable with `_FILE` behind it. */
export const secretVariables = [
  'DATABASE_URL',
  'REDIS_URL',
  'DOCUMENT_STORE_URL',
  'ZOHO_CLIENT_SECRET',
  'ZOHO_CLIENT_SECRETS',
  'TOKEN_ENCRYPTION_KEYS',
  'PORTAL_JWT_SECRET',
] as const satisfies readonly (keyof Environment)[]

/** Replaces `NAME_FILE` by `NAME` with what the file holds. */
const readSecretFiles = (given: Given): { readonly env: Given; readonly problems: readonly string[] } => {
  const env = { ...given }
  const problems: string[] = []
  for (const name of secretVariables) {
    const path = given[`${name}_FILE`]
    if (path === undefined) continue
    if (given[name] !== undefined)
      problems.push(`${name}_FILE: is set together with ${name}; leave one of them out`)
    try {
      Object.assign(env, cleaned({ [name]: readFileSync(path, 'utf8') }))
      if (env[name] === undefined) problems.push(`${name}_FILE: names an empty file`)
    } catch (error) {
      problems.push(
        `${name}_FILE: cannot be read (${(error as NodeJS.ErrnoException).code}), like /run/secrets/${name.toLowerCase()}`,
      )
    }
  }
  return { env, problems }
}

/**
 * Reads and freezes the configuration.
 *
 * @param options.embeddedDatabase `npm start` started the database itself.
 * @param options.needs What is required besides the database. Default: everything.
 * @throws ConfigError that lists all problems at once.
 */
export const loadConfig = (
  given: Given,
  {
    embeddedDatabase = false,
    needs: needed = needs,
  }: { readonly embeddedDatabase?: boolean; readonly needs?: readonly Need[] } = {},
): Config => {
  const fromFiles = readSecretFiles(cleaned(given))
  const named = fromFiles.env
  const parsed = environment.safeParse(named)
  const problems = parsed.success
    ? [...fromFiles.problems]
    : [
        ...fromFiles.problems,
        ...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
      ]
  const production = named['NODE_ENV'] === 'production'

  const required = (name: keyof Environment, why: string) => {
    if (named[name] === undefined) problems.push(`${name}: is required ${why}`)
  }
  required('DATABASE_URL', production ? 'in production' : 'here (npm start fills it on a bare machine)')
  const generated = production ? 'in production' : 'here (npm start generates it)'
  if (needed.includes('tokenKeys')) required('TOKEN_ENCRYPTION_KEYS', generated)
  if (needed.includes('portalSecret')) required('PORTAL_JWT_SECRET', generated)
  if (needed.includes('zohoClient')) {
    required('ZOHO_CLIENT_ID', '(npm start uses the simulator when it is missing)')
    if (named['ZOHO_CLIENT_SECRETS'] === undefined)
      required('ZOHO_CLIENT_SECRET', '(or ZOHO_CLIENT_SECRETS, one per data centre)')
  }
  if (production && named['ZOHO_SIMULATOR_URL'] !== undefined)
    problems.push('ZOHO_SIMULATOR_URL: is refused with NODE_ENV=production')
  if (production && (named['DEMO_SIGN_IN'] === 'true' || named['DEMO_SIGN_IN'] === '1'))
    problems.push('DEMO_SIGN_IN: is refused with NODE_ENV=production')
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)])

  const env = parsed.data
  return Object.freeze({
    production,
    host: env.HOST,
    port: env.PORT,
    workerPort: env.WORKER_PORT,
    metricsPort: env.METRICS_PORT,
    apiDocs: env.API_DOCS ?? !production,
    publicUrl: env.PUBLIC_URL ?? `http://localhost:${env.PORT}`,
    frameAncestors: env.FRAME_ANCESTORS,
    trustProxy: env.TRUST_PROXY,
    dataDir: env.DATA_DIR,
    databaseUrl: env.DATABASE_URL as string,
    embeddedDatabase,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    redisUrls: env.REDIS_URL,
    zoho: Object.freeze({
      clientId: env.ZOHO_CLIENT_ID ?? '',
      clientSecret: env.ZOHO_CLIENT_SECRET ?? '',
      clientSecrets: Object.freeze(env.ZOHO_CLIENT_SECRETS ?? {}),
      accountsUrl: env.ZOHO_ACCOUNTS_URL,
      simulatorUrl: env.ZOHO_SIMULATOR_URL,
      requestsPerMinute: env.ZOHO_REQUESTS_PER_MINUTE,
      maxInFlight: env.ZOHO_MAX_IN_FLIGHT,
    }),
    tokenEncryptionKeys: Object.freeze(env.TOKEN_ENCRYPTION_KEYS ?? []),
    portalJwtSecret: env.PORTAL_JWT_SECRET ?? '',
    portalJwtAudience: env.PORTAL_JWT_AUDIENCE,
    portalJwtIssuer: env.PORTAL_JWT_ISSUER,
    portalOrigins: Object.freeze(env.PORTAL_ORIGINS),
    portalSignInUrl: env.PORTAL_SIGN_IN_URL,
    signInPurposeRequired: env.SIGN_IN_PURPOSE_REQUIRED,
    sessionIdleMinutes: env.SESSION_IDLE_MINUTES,
    demoSignIn: env.DEMO_SIGN_IN ?? (embeddedDatabase && !production),
    syncIntervalSeconds: env.SYNC_INTERVAL_SECONDS,
    fullSyncIntervalSeconds: env.FULL_SYNC_INTERVAL_SECONDS,
    sweepIntervalSeconds: env.SWEEP_INTERVAL_SECONDS,
    jobLockSeconds: env.JOB_LOCK_SECONDS,
    proofMaxAgeSeconds: env.PROOF_MAX_AGE_SECONDS,
    workerConcurrency: env.WORKER_CONCURRENCY,
    eligibilityPolicyPath: env.ELIGIBILITY_POLICY,
    retentionDays: env.RETENTION_DAYS,
    documentStore: env.DOCUMENT_STORE_URL && Object.freeze(env.DOCUMENT_STORE_URL),
    uploadQuotaBytes: env.UPLOAD_QUOTA_MB * 1024 * 1024,
    webhookPrivateNetworks: Object.freeze(
      env.WEBHOOK_PRIVATE_NETWORKS ?? (production ? [] : ['127.0.0.0/8', '::1/128']),
    ),
    webhookConcurrency: env.WEBHOOK_CONCURRENCY,
    otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
    logLevel: env.LOG_LEVEL,
  })
}
