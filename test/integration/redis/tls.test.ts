/** Redis behind TLS and a password, as a rented one is: the worker is a process, for Node reads its CAs at start. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from '../../../db/core/free-port.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { killAllScripts, type Script, startScript } from '../../support/processes.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type Certificates, hasOpenssl, makeCertificates } from './certificates.ts'
import { hasRedis, type OwnRedis, startOwnRedis } from './own-redis.ts'

const patience = 60_000
const password = 's3cret-of-redis'
const otherPassword = 'an-0ld-password'
if (hasRedis && !hasOpenssl) console.log('openssl was not found: the tests of Redis with TLS are skipped.')
const withTls = hasRedis && hasOpenssl ? describe : describe.skip

withTls('a Redis with TLS, a CA of its own and a password', () => {
  let directory: string
  let certificates: Certificates
  let redis: OwnRedis
  let database: TestDatabase

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'redis-tls-'))
    certificates = makeCertificates(directory)
    redis = await startOwnRedis([], { password, tls: certificates })
    database = await createTestDatabase()
  }, patience)
  afterAll(async () => {
    await killAllScripts()
    await database?.drop()
    await redis?.close()
    await rm(directory, { recursive: true, force: true })
  }, patience)

  const startWorker = async (
    redisUrl: string,
    trust: Record<string, string> = { NODE_EXTRA_CA_CERTS: certificates.authority },
  ) => {
    const port = await freePort()
    const script = startScript(['scripts/collector.ts', 'worker'], {
      DATA_DIR: directory,
      DATABASE_URL: database.url,
      REDIS_URL: redisUrl,
      ZOHO_CLIENT_ID: 'client',
      ZOHO_CLIENT_SECRET: 'not used here',
      SWEEP_INTERVAL_SECONDS: '1',
      WORKER_PORT: String(port),
      ...trust,
    })
    await script.ready
    return { script, readiness: async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status }
  }

  /** Says what is wrong, again and again, without ever naming a password; not ready, and alive. */
  const expectRefused = async (
    { script, readiness }: { script: Script; readiness: () => Promise<number> },
    reason: RegExp,
  ) => {
    const complaints = () =>
      script
        .output()
        .split('\n')
        .filter((line) => line.includes('queue.redis_error') && reason.test(line))
    await waitFor(`${reason} twice in the log`, () => complaints().length >= 2)
    expect(await readiness()).toBe(503)
    expect(script.output()).not.toContain(password)
    expect(script.output()).not.toContain(otherPassword)
  }
  const admin = () => new Redis(redis.url, { tls: { ca: readFileSync(certificates.authority) } })
  const retentionRanOnce = async () => {
    const schedule = await database.db
      .selectFrom('schedules')
      .select('next_run_at')
      .where('name', '=', 'retention')
      .executeTakeFirstOrThrow()
    return schedule.next_run_at > new Date()
  }

  it(
    'is refused without its CA and with a wrong password, and used as soon as the password fits',
    async () => {
      const [stranger, wrong] = await Promise.all([
        startWorker(redis.url, {}),
        startWorker(redis.url.replace(password, otherPassword)),
      ])
      await expectRefused(stranger, /certificate/)
      await expectRefused(wrong, /WRONGPASS/)
      expect(await retentionRanOnce()).toBe(false)

      const connection = admin()
      await connection.config('SET', 'requirepass', otherPassword)
      connection.disconnect()
      await waitFor('readiness', async () => (await wrong.readiness()) === 200)
      await waitFor('due work to be done', retentionRanOnce)
      await expectRefused(stranger, /certificate/)
      expect(await Promise.all([stranger, wrong].map(({ script }) => script.stop()))).toEqual([0, 0])
    },
    patience,
  )
})
