/**
 * Once per `npm test`: one embedded PostgreSQL with a migrated template database, one Redis when there is a
 * redis-server, and the path of a Chromium. What is missing is said in one line; REQUIRE_ALL=1 makes it an error.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase } from '../../db/core/database.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { freePort } from '../../db/core/free-port.ts'
import { migrateToLatest } from '../../db/core/migrate.ts'
import { migrateQueues } from '../../jobs/queues.ts'
import { watchRedis } from './secrets/stores.ts'
import { beginSearch } from './secrets/whole-run.ts'

export interface TestServices {
  readonly postgres: EmbeddedPostgres
  readonly redis: ChildProcess | undefined
  /** Removed when all is over. */
  readonly folders: readonly string[]
}

const find = (...programs: string[]) =>
  programs
    .map((program) => spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim())
    .find((path) => path !== '')

const startRedis = async (
  program: string,
  directory: string,
): Promise<{ url: string; process: ChildProcess }> => {
  const port = await freePort()
  const redis = spawn(
    program,
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  await new Promise<void>((ready, fail) => {
    redis.once('exit', () => fail(new Error('redis-server did not start')))
    redis.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('Ready to accept connections')) ready()
    })
  })
  return { url: `redis://127.0.0.1:${port}/0`, process: redis }
}

/**
 * Memory where there is plenty: hundreds of databases come and go, and to find free inodes for their hundreds of files
 * took a twelfth of the whole run's processor time on ext4.
 */
const folderOfMuchChange = (): string => {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    return bavail * bsize > 4 * 1024 ** 3 ? '/dev/shm' : tmpdir()
  } catch {
    return tmpdir()
  }
}

const missing = (what: string) => {
  const line = `${what} was not found: the tests that need it are skipped.`
  if (process.env['REQUIRE_ALL'] === '1') throw new Error(`REQUIRE_ALL=1, but ${line}`)
  console.log(`\n${line}`)
}

export default async () => {
  beginSearch()
  process.env['TEST_LIBRARY_BUNDLES'] = execFileSync(process.execPath, ['test/support/library-bundles.mjs'], {
    encoding: 'utf8',
  })
  const folders = [
    mkdtempSync(join(folderOfMuchChange(), 'test-postgres-')),
    mkdtempSync(join(tmpdir(), 'test-redis-')),
  ] as const
  const [ofPostgres, ofRedis] = folders
  const postgres = await startEmbeddedPostgres({
    directory: ofPostgres,
    flags: [
      '-c',
      'fsync=off',
      '-c',
      'synchronous_commit=off',
      '-c',
      'full_page_writes=off',
      '-c',
      'max_connections=300',
    ],
  })
  const template = await postgres.database('app_template')
  const db = createDatabase({ url: template, poolSize: 2 })
  await migrateToLatest(db)
  await migrateQueues(template)
  await db.destroy()
  process.env['TEST_POSTGRES_URL'] = await postgres.database('postgres')

  const redisServer = find('redis-server')
  const redis = redisServer ? await startRedis(redisServer, ofRedis) : undefined
  if (redis) {
    process.env['TEST_REDIS_URL'] = redis.url
    await watchRedis(redis.url)
  } else missing('redis-server')

  for (const program of ['redis-cli', 'openssl']) if (!find(program)) missing(program)

  const chromium = find('chromium', 'chromium-browser', 'google-chrome')
  if (chromium) process.env['TEST_CHROMIUM'] = chromium
  else missing('Chromium')

  ;(globalThis as { testServices?: TestServices }).testServices = {
    postgres,
    redis: redis?.process,
    folders,
  }
}
