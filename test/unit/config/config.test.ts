import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { ConfigError, environment, loadConfig, secretVariables } from '../../../src/config.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { installSecurityHeaders } from '../../../src/portal/http/security-headers.ts'
import { createZohoClient } from '../../../src/zoho/create-client.ts'

const enough = {
  DATABASE_URL: 'postgres://u:p@127.0.0.1/x',
  TOKEN_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  PORTAL_JWT_SECRET: 'x'.repeat(32),
  ZOHO_CLIENT_ID: '1000.A',
  ZOHO_CLIENT_SECRET: 's',
}

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

it('takes origins of the host portal, with or without a slash, and names a list with anything else in it', () => {
  const { portalOrigins } = loadConfig({
    ...enough,
    PORTAL_ORIGINS: 'https://app.example.com/, https://eu.example.com:8443',
  })
  expect(portalOrigins).toEqual(['https://app.example.com', 'https://eu.example.com:8443'])
  expect(loadConfig(enough).portalOrigins).toEqual([])
  for (const bad of ['app.example.com', 'https://app.example.com/path', 'https://a.example.com,*'])
    expect(() => loadConfig({ ...enough, PORTAL_ORIGINS: bad })).toThrow('PORTAL_ORIGINS: must be origins')
})

it('has the defaults of the interface table', () => {
  expect(loadConfig(enough)).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    publicUrl: 'http://localhost:3000',
    syncIntervalSeconds: 900,
    fullSyncIntervalSeconds: 86_400,
    sweepIntervalSeconds: 5,
    proofMaxAgeSeconds: 300,
    workerConcurrency: 20,
    databasePoolSize: 10,
    retentionDays: 90,
    demoSignIn: false,
    zoho: { accountsUrl: 'https://accounts.zoho.com', requestsPerMinute: 100, maxInFlight: 4 },
  })
})

it('names every bad variable at once and never repeats a value', () => {
  const problems = problemsOf({
    ...enough,
    PORT: 'a lot',
    SYNC_INTERVAL_SECONDS: '-1',
    REDIS_URL: 'http://secret-host',
    TOKEN_ENCRYPTION_KEYS: 'k1:c2VjcmV0',
    PORTAL_JWT_SECRET: 'too-short-secret',
    LOG_LEVEL: 'loud',
  })
  expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
    'LOG_LEVEL',
    'PORT',
    'PORTAL_JWT_SECRET',
    'REDIS_URL',
    'SYNC_INTERVAL_SECONDS',
    'TOKEN_ENCRYPTION_KEYS',
  ])
  expect(problems.join()).not.toMatch(/c2VjcmV0|too-short-secret|secret-host/)
})

it('names every missing variable at once', () => {
  expect(problemsOf({}).map((problem) => problem.split(':')[0])).toEqual([
    'DATABASE_URL',
    'TOKEN_ENCRYPTION_KEYS',
    'PORTAL_JWT_SECRET',
    'ZOHO_CLIENT_ID',
    'ZOHO_CLIENT_SECRET',
  ])
})

it('refuses the simulator and the demo sign-in in production', () => {
  const problems = problemsOf({
    ...enough,
    NODE_ENV: 'production',
    ZOHO_SIMULATOR_URL: 'http://127.0.0.1:1',
    DEMO_SIGN_IN: 'true',
  })
  expect(problems).toEqual([
    expect.stringContaining('ZOHO_SIMULATOR_URL'),
    expect.stringContaining('DEMO_SIGN_IN'),
  ])
})

it('shows the API document everywhere but in production, where it has to be asked for', () => {
  expect(loadConfig(enough).apiDocs).toBe(true)
  expect(loadConfig({ ...enough, NODE_ENV: 'production' }).apiDocs).toBe(false)
  expect(loadConfig({ ...enough, NODE_ENV: 'production', API_DOCS: 'true' }).apiDocs).toBe(true)
})

it('takes an empty value for "not set", as compose files write it', () => {
  expect(loadConfig({ ...enough, REDIS_URL: '', PORT: ' ' })).toMatchObject({
    redisUrls: undefined,
    port: 3000,
  })
})

it('reads several Redis URLs as the nodes of a cluster', () => {
  expect(loadConfig({ ...enough, REDIS_URL: 'redis://a:1, redis://b:2' }).redisUrls).toEqual([
    'redis://a:1',
    'redis://b:2',
  ])
})

it('refuses two encryption keys with one id', () => {
  const key = Buffer.alloc(32, 1).toString('base64')
  expect(problemsOf({ ...enough, TOKEN_ENCRYPTION_KEYS: `a:${key},a:${key}` })).toEqual([
    'TOKEN_ENCRYPTION_KEYS: has the same key id twice',
  ])
})

const compose = readFileSync('docker-compose.yml', 'utf8')
const readByCompose = [...new Set([...compose.matchAll(/\$\{([A-Z_]+)[:}]/g)].map(([, name]) => name))]

it('.env.example lists exactly what is read, by the product and by the compose file', () => {
  const listed = [...readFileSync('.env.example', 'utf8').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)
  expect(listed.sort()).toEqual([...new Set([...Object.keys(environment.shape), ...readByCompose])].sort())
})

it('.env.example, copied for compose, does not ask for a development environment', () => {
  expect(readFileSync('.env.example', 'utf8')).toMatch(/^NODE_ENV=$/m)
})

it('.env.example is a valid environment once the secrets are filled in', () => {
  const given = Object.fromEntries(
    [...readFileSync('.env.example', 'utf8').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ]),
  )
  expect(problemsOf({ ...given, ...enough })).toEqual([])
})

describe('FRAME_ANCESTORS', () => {
  it.each([
    ["'none'", ["'none'"]],
    ['none', ["'none'"]],
    ['"\'none\'"', ["'none'"]],
    ['self https://app.example.com', ["'self'", 'https://app.example.com']],
    ["'self', https://app.example.com/", ["'self'", 'https://app.example.com']],
    ['https://*.example.com:8443', ['https://*.example.com:8443']],
  ])('%s is %j', (written, sources) => {
    expect(loadConfig({ ...enough, FRAME_ANCESTORS: written }).frameAncestors).toEqual(sources)
  })

  it.each([
    'app.example.com;',
    "'none' https://a.example",
    'https://a.example/path',
    'javascript:alert(1)',
    '*',
  ])('%s is refused with an example', (written) => {
    expect(problemsOf({ ...enough, FRAME_ANCESTORS: written })).toEqual([
      expect.stringMatching(/^FRAME_ANCESTORS: .*like 'self' https:\/\/app\.example\.com/),
    ])
  })
})

it('takes a credential without the line break that a mounted secret ends with', () => {
  const { zoho } = loadConfig({ ...enough, ZOHO_CLIENT_SECRET: 'abc123\n', ZOHO_CLIENT_ID: ' 1000.A ' })
  expect([zoho.clientSecret, zoho.clientId]).toEqual(['abc123', '1000.A'])
})

it('refuses a secret that no header can carry, and does not show it', () => {
  for (const secret of ['tab\tsecret', 'geheimnißvoll', 'line\nbreak-secret', 'nul\u0000secret']) {
    const problems = problemsOf({ ...enough, ZOHO_CLIENT_SECRET: secret })
    expect(problems).toEqual([expect.stringContaining('ZOHO_CLIENT_SECRET')])
    expect(problems.join()).not.toMatch(/\tsecret|ißvoll|break-secret|nul/)
  }
})

describe('a secret mounted as a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(secretVariables)('%s_FILE is read', (name) => {
    const file = join(folder, name)
    const values: Record<string, string> = {
      ...enough,
      REDIS_URL: 'redis://:hidden@redis:6379',
      DOCUMENT_STORE_URL: 's3://key:hidden@store:9000/bucket',
      ZOHO_CLIENT_SECRETS: '{"eu":"s"}',
    }
    writeFileSync(file, `${values[name]}\n`)
    const { [name as 'DATABASE_URL']: _given, ...others } = { ...enough, [name]: '' }
    expect(loadConfig({ ...others, [`${name}_FILE`]: file })).toEqual(
      loadConfig({ ...others, [name]: values[name] ?? '' }),
    )
  })

  it('a missing, an empty and a doubled one are named', () => {
    const empty = join(folder, 'empty')
    writeFileSync(empty, '\n')
    const { PORTAL_JWT_SECRET: _left, ZOHO_CLIENT_SECRET: _out, ...rest } = enough
    expect(
      problemsOf({
        ...rest,
        PORTAL_JWT_SECRET_FILE: join(folder, 'nowhere'),
        ZOHO_CLIENT_SECRET_FILE: empty,
        DATABASE_URL_FILE: empty,
      }).map((problem) => problem.replace(/ \(.*/, '')),
    ).toEqual([
      'DATABASE_URL_FILE: is set together with DATABASE_URL; leave one of them out',
      'ZOHO_CLIENT_SECRET_FILE: names an empty file',
      'PORTAL_JWT_SECRET_FILE: cannot be read',
      expect.stringContaining('PORTAL_JWT_SECRET: is required'),
      expect.stringContaining('ZOHO_CLIENT_SECRET: is required'),
    ])
  })
})

describe('whatever the environment holds, it is refused at start or works', () => {
  const odd = [
    '',
    ' ',
    '""',
    "''",
    '"5"',
    "'5'",
    ' 5 ',
    '5\n',
    '0',
    '-1',
    '1e3',
    '0x10',
    '5.5',
    'NaN',
    'Infinity',
    '99999999999999999999',
    '2147483648',
    'true',
    'TRUE',
    'yes',
    'none',
    "'none'",
    'null',
    'undefined',
    '[]',
    '{}',
    '{"eu":""}',
    'http://',
    'http://user:secret-word@host/path?x=1',
    'https://accounts.zoho.example',
    'https://accounts.zoho.eu/',
    'postgres://',
    'postgres://h/db?application_name=x',
    'redis://h, http://h',
    'k1:',
    'k1:AAAA',
    'ümlaut ✓',
    'a b',
    'line\nbreak',
    '\u0000',
    'x'.repeat(100_000),
    '../../etc/passwd',
    '$(id)',
    '%00',
  ]
  const names = Object.keys(environment.shape)

  it.each(names)('%s', async (name) => {
    for (const value of odd) {
      let config: ReturnType<typeof loadConfig>
      try {
        config = loadConfig({ ...enough, [name]: value })
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        for (const problem of error.problems) expect(problem).toContain(name)
        expect(error.message).not.toMatch(/secret-word|ümlaut/)
        continue
      }
      // What would fail later: the headers of each answer, the client of Zoho, the addresses, the timers.
      const app = Fastify()
      await installSecurityHeaders(app, config)
      app.get('/', () => 'ok')
      expect((await app.inject('/')).statusCode).toBe(200)
      await app.close()
      let tableRefused: unknown
      try {
        createZohoClient({ zoho: config.zoho, log: createLogger({ level: 'silent' }) }).authorizationUrl({
          state: 's',
          redirectUri: `${config.publicUrl}/integrations/zoho-books/callback`,
        })
      } catch (error) {
        tableRefused = error
      }
      // Still at start, with its own code: an accounts server that is in no table.
      if (tableRefused !== undefined)
        expect([name, tableRefused]).toEqual([
          'ZOHO_ACCOUNTS_URL',
          expect.objectContaining({ code: 'unknown_data_center' }),
        ])
      expect(new URL(config.publicUrl).origin).toBe(config.publicUrl)
      for (const seconds of [config.syncIntervalSeconds, config.sweepIntervalSeconds, config.jobLockSeconds])
        expect(seconds > 0 && seconds * 1000 < 2 ** 31).toBe(true)
    }
  })
})

describe('TRUST_PROXY', () => {
  it.each([
    ['false', false],
    ['0', false],
    ['1', 1],
    ['2', 2],
    // Never "believe the leftmost address": one proxy in front.
    ['true', 1],
    ['10.0.0.0/8, fd00::/8', ['10.0.0.0/8', 'fd00::/8']],
    ['192.0.2.7', ['192.0.2.7']],
  ])('%s', (text, trusted) => {
    expect(loadConfig({ ...enough, TRUST_PROXY: text }).trustProxy).toEqual(trusted)
  })

  it.each([
    'yes',
    '-1',
    '1.5',
    '100',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '::/0',
    'loopback',
    'proxy.example.com',
    ',',
  ])('%s is refused', (text) => {
    expect(problemsOf({ ...enough, TRUST_PROXY: text })).toEqual([
      expect.stringMatching(/^TRUST_PROXY: must be how many/),
    ])
  })
})

describe('WEBHOOK_PRIVATE_NETWORKS', () => {
  const networks = (given: Record<string, string>) =>
    loadConfig({ ...enough, ...given }).webhookPrivateNetworks

  it('is none in production, and this machine elsewhere', () => {
    expect(networks({ NODE_ENV: 'production' })).toEqual([])
    expect(networks({})).toEqual(['127.0.0.0/8', '::1/128'])
  })

  it('takes addresses and networks', () => {
    expect(networks({ WEBHOOK_PRIVATE_NETWORKS: '10.1.0.0/16, 10.2.0.3 fd00:1::/64,::1' })).toEqual([
      '10.1.0.0/16',
      '10.2.0.3/32',
      'fd00:1::/64',
      '::1/128',
    ])
  })

  it.each(['host.example.com', '10.0.0.0/0', '10.0.0.0/33', '10.0.0'])('refuses %s', (text) => {
    expect(problemsOf({ ...enough, WEBHOOK_PRIVATE_NETWORKS: text })).toEqual([
      expect.stringMatching(/^WEBHOOK_PRIVATE_NETWORKS: must be addresses and networks/),
    ])
  })
})

describe('the document store', () => {
  it('is read with its parts', () => {
    const { documentStore } = loadConfig({
      ...enough,
      DOCUMENT_STORE_URL: 's3://AKIA:a%2Fb%3D@s3.example.com/files/collector/one?region=eu-central-1',
    })
    expect(documentStore).toEqual({
      endpoint: 'https://s3.example.com',
      bucket: 'files',
      prefix: 'collector/one/',
      region: 'eu-central-1',
      accessKeyId: 'AKIA',
      secretAccessKey: 'a/b=',
    })
    const inside = { ...enough, DOCUMENT_STORE_URL: 's3://k:s@store:9000/bucket?tls=false' }
    expect(loadConfig(inside).documentStore).toMatchObject({
      endpoint: 'http://store:9000',
      prefix: '',
      region: 'us-east-1',
    })
    expect(loadConfig(enough).documentStore).toBeUndefined()
  })

  it.each([
    'https://key:hidden@store/bucket',
    's3://store/bucket',
    's3://key:hidden@store',
    's3://key:hidden@store/B',
    's3://key:hidden@store/bucket/a%20b',
    's3://key:hidden@store/bucket?tls=no',
    's3://key:hidden@store/bucket?endpoint=x',
    's3://key:hidden%E0%A4@store/bucket',
  ])('%s is refused without being repeated', (text) => {
    const problems = problemsOf({ ...enough, DOCUMENT_STORE_URL: text })
    expect(problems).toEqual([expect.stringMatching(/^DOCUMENT_STORE_URL: must be like s3:\/\//)])
    expect(problems.join()).not.toContain('hidden')
  })
})
