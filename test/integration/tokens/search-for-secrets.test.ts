/** The search that goes on during the whole run (test/support/secrets) finds what is planted, wherever that is. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import { Redis } from 'ioredis'
import { createLogger } from '../../../src/observability/logger.ts'
import { encryptToken } from '../../../src/tokens/encryption.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestContext, testConfig } from '../../support/context.ts'
import { createTestDatabase } from '../../support/database.ts'
import { hasRedisServer, startOwnRedis } from '../../support/own-services.ts'
import { killAllScripts, startScript } from '../../support/processes.ts'
import { type Found, findSecret, folderVariable } from '../../support/secrets/watch.ts'
import { endSearch, readEntries } from '../../support/secrets/whole-run.ts'
import { simulatorControl } from '../../support/simulator-control.ts'
import { waitFor } from '../../support/wait-for.ts'
import { SIMULATOR_CLIENT_SECRET, startSimulator } from '../../zoho-simulator/index.ts'

const aToken = () => `1000.${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}`
const folderOfTheRun = process.env[folderVariable] ?? ''
let folder: string

// What is planted here must not end the run: it goes to a folder of its own.
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planted-'))
  process.env[folderVariable] = folder
})
afterEach(async () => {
  process.env[folderVariable] = folderOfTheRun
  await killAllScripts()
  await rm(folder, { recursive: true, force: true })
})

const found = (): readonly Found[] =>
  readEntries(folder).flatMap((entry) => ('found' in entry ? [entry.found] : []))

const configured = testConfig()
const secrets = [
  ['a token', aToken()],
  ['a client secret', SIMULATOR_CLIENT_SECRET],
  ['an encryption key', configured.tokenEncryptionKeys[0]?.secret.toString('latin1') ?? ''],
  [
    'an encryption key as it is configured',
    configured.tokenEncryptionKeys[0]?.secret.toString('base64') ?? '',
  ],
] as const
const disguises: readonly [string, (secret: string) => string][] = [
  ['plain', (secret) => secret],
  ['in a URL', (secret) => new URLSearchParams({ secret }).toString().replaceAll('+', '%20')],
  ['in JSON', (secret) => JSON.stringify({ secret })],
  ['in hex', (secret) => Buffer.from(secret).toString('hex')],
  ...[0, 1, 2].map((shift): [string, (secret: string) => string] => [
    `in base64 after ${shift} bytes`,
    (secret) => Buffer.from(`${'x'.repeat(shift)}${secret}, and more`).toString('base64'),
  ]),
  ['in base64url', (secret) => Buffer.from(`?${secret}?`).toString('base64url')],
]

describe.each(secrets)('%s', (_, secret) => {
  it.each(disguises)('is found %s', (_how, disguise) => {
    expect(findSecret(`before ${disguise(secret)} after`)).toMatchObject({ at: expect.any(Number) })
  })
})

it('a JWT secret and a client secret of a context are found once the context is there', () => {
  const [portalJwtSecret, clientSecret] = [
    randomBytes(24).toString('base64'),
    randomBytes(24).toString('hex'),
  ]
  expect(findSecret(`${portalJwtSecret} ${clientSecret}`)).toBeUndefined()
  createTestContext({ db: undefined as never, config: { portalJwtSecret, zoho: { clientSecret } } })
  expect(findSecret(portalJwtSecret)).toMatchObject({ kind: 'the JWT secret' })
  expect(findSecret(clientSecret)).toMatchObject({ kind: 'a client secret' })
})

it('what is encrypted, and what only resembles a token, is not found', async () => {
  const jwe = await encryptToken(
    configured.tokenEncryptionKeys,
    { owner: 'a-connection', column: 'access_token' },
    aToken(),
  )
  const base64 = `MTAwMC${'A'.repeat(100)}`
  const madeUp = '1000.0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef'
  for (const text of [jwe, base64, madeUp, '1000.aa.bb', randomBytes(100_000).toString('base64')])
    expect(findSecret(text)).toBeUndefined()
})

it('a log line of any logger', () => {
  const token = aToken()
  const log = createLogger({ level: 'trace', destination: { write: () => {} } })
  log.trace({ event: 'test.harmless' })
  expect(found()).toEqual([])
  log.trace({ event: 'test.planted', note: `it is ${token}` })
  expect(found()).toMatchObject([
    {
      kind: 'a token or code of Zoho',
      surface: 'log',
      test: expect.stringContaining('a log line of any logger'),
    },
  ])
  expect(JSON.stringify(found())).not.toContain(token)
})

it('an answer: its head, its body, a body in pieces; from a socket and injected', async () => {
  const token = aToken()
  const app = fastify()
  app.get('/body', () => ({ token }))
  app.get('/head', (_, reply) => reply.header('location', `/?code=${token}`).send('see there'))
  app.get('/harmless', () => ({}))
  await app.inject('/harmless')
  expect(found()).toEqual([])
  await app.inject('/body?x=1')
  await app.inject('/head')
  const server = createServer((_, answer) => {
    answer.write(`half ${token.slice(0, 30)}`)
    answer.end(token.slice(30))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/pieces`)).text()
  server.close()
  expect(found()).toMatchObject([
    { surface: 'answer', where: 'GET /body' },
    { surface: 'answer', where: 'GET /head, head' },
    { surface: 'answer', where: 'GET /pieces' },
  ])
})

it('not an answer of the simulator, whose answers are where tokens come from', async () => {
  const simulator = await startSimulator({ invoices: 0 })
  simulator.control.recordIssued()
  simulator.control.grant({})
  const issued = await simulatorControl(simulator.url)('issuedSecrets').finally(simulator.close)
  expect(findSecret(JSON.stringify(issued))).toBeDefined()
  expect(found()).toEqual([])
})

it('a row of a table, when the database is dropped', async () => {
  const database = await createTestDatabase()
  const ctx = createTestContext({ db: database.db })
  const connection = await aConnection(ctx, { organizationName: `${aToken()} Ltd` })
  expect(connection.state).toBe('active')
  await database.drop()
  const places = found().map(({ surface, where }) => `${surface}: ${where}`)
  // The name of an organization is told to the host as well.
  expect(places.sort()).toEqual(['database: table public.connections', 'database: table public.events'])
})

const withRedis = hasRedisServer ? it : it.skip
withRedis('a value of a Redis, even one that is deleted at once', async () => {
  const own = await startOwnRedis()
  const redis = new Redis(own.url)
  await redis.set('harmless', 'value')
  await redis
    .multi()
    .hset('job', 'data', JSON.stringify({ token: aToken() }))
    .del('job')
    .exec()
  await waitFor('the finding', () => found().length > 0)
  expect(found()).toMatchObject([{ surface: 'redis', where: `commands to ${new URL(own.url).host}` }])
  redis.disconnect()
  await own.kill()
})

it('what a process of ours says, and what it answers', async () => {
  const script = join(folder, 'leaking.mjs')
  await writeFile(
    script,
    `import { createServer } from 'node:http'
     const server = createServer((_, answer) => answer.end(process.env.LEAK))
     server.listen(0, '127.0.0.1', () => {
       console.error('it is ' + process.env.LEAK)
       console.log('ready http://127.0.0.1:' + server.address().port)
     })`,
  )
  const child = startScript(script, { LEAK: aToken() })
  await (await fetch(`${await child.ready}/leak`)).text()
  await waitFor('the findings', () => found().some(({ surface }) => surface === 'answer'))
  const test = expect.stringContaining('what a process of ours says')
  expect(found()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ surface: 'output', where: script, test }),
      expect.objectContaining({ surface: 'answer', where: 'GET /leak', test }),
    ]),
  )
})

it('the end of the run says what was found and where', () => {
  const log = createLogger({ level: 'info', destination: { write: () => {} } })
  log.info({ event: 'test.planted', a: aToken() })
  expect(endSearch().found).toEqual([
    expect.stringMatching(/a token or code of Zoho in log \(a log line\) of .*the end of the run/),
  ])
})
