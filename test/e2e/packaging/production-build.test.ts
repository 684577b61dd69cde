import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { freePort } from '../../../db/core/free-port.ts'
import { checkDeployment, startDeployment } from '../../support/deployments.ts'
import { type LeastPrivilegeDatabase, startLeastPrivilegeDatabase } from '../../support/least-privilege.ts'
import { doMainJob, expectMainJobToAddUp } from '../../support/main-job.ts'
import { built, killAllScripts } from '../../support/processes.ts'
import { waitFor } from '../../support/wait-for.ts'
import { runConfined, startConfined } from './as-in-a-container.ts'

let database: LeastPrivilegeDatabase
beforeAll(async () => {
  database = await startLeastPrivilegeDatabase()
})
afterAll(async () => {
  await killAllScripts()
  await database.stop()
})

const rejected = async (url: string, sql: string): Promise<string> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
    return 'allowed'
  } catch (error) {
    return (error as Error).message
  } finally {
    await client.end()
  }
}

it('the build does the main job with the logins of the compose file', async () => {
  const deployment = await startDeployment({
    databaseUrl: database.workerUrl,
    migratorUrl: database.migratorUrl,
  })
  await checkDeployment(deployment, async () => expectMainJobToAddUp(await doMainJob(deployment)))
  // What the logins may not do, now that there is something to protect.
  expect(await rejected(database.workerUrl, 'drop table cases')).toMatch(/must be owner/)
  expect(await rejected(database.workerUrl, 'create table extra ()')).toMatch(/permission denied/)
  expect(await rejected(database.portalUrl, 'select * from oauth_tokens')).toMatch(/permission denied/)
  expect(await rejected(database.portalUrl, 'select * from staged_invoices')).toMatch(/permission denied/)
  expect(await rejected(database.portalUrl, 'select 1 / (select count(*) from portal_invoices)')).toMatch(
    /division by zero/,
  )
  expect(
    await rejected(
      database.portalUrl,
      `select set_config('app.client_id', 'black-box', false); select 1 / (select count(*) from portal_cases)`,
    ),
  ).toBe('allowed')
})

it('starts in production as nobody on read-only files, is healthy, and ends when told to', async () => {
  const [port, workerPort] = [String(await freePort()), String(await freePort())]
  const common = { NODE_ENV: 'production', LOG_LEVEL: 'info' }
  expect(await runConfined(built('migrate'), { ...common, DATABASE_URL: database.migratorUrl })).toMatch(
    /Applied|up to date/,
  )
  const env = {
    ...common,
    DATABASE_URL: database.workerUrl,
    TOKEN_ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    PORTAL_JWT_SECRET: 'a secret that only these tests share, 32+ bytes',
    ZOHO_CLIENT_ID: 'client',
    ZOHO_CLIENT_SECRET: 'never used here',
    SWEEP_INTERVAL_SECONDS: '1',
  }
  const running = await Promise.all([
    startConfined(built('server'), { ...env, PORT: port }),
    // As the compose file does beside a simulator.
    startConfined(built('worker'), { ...env, NODE_ENV: 'development', WORKER_PORT: workerPort }),
  ])
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
  for (const own of [{ PORT: port }, { WORKER_PORT: workerPort }])
    await waitFor('the health check of the image', () =>
      runConfined(built('healthcheck'), own).then(
        () => true,
        () => false,
      ),
    )
  expect(await Promise.all(running.map((one) => one.stop()))).toEqual([0, 0])
})

const importPattern = /^\s*(?:import|export)[^'"]*from ['"]([^'"]+)['"]|^import ['"]([^'"]+)['"]/gm

const staticImports = (file: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(file) || !existsSync(file)) return seen
  seen.add(file)
  for (const [, from, bare] of readFileSync(file, 'utf8').matchAll(importPattern)) {
    const target = from ?? bare ?? ''
    if (target.startsWith('.')) staticImports(join(dirname(file), target), seen)
    else seen.add(target)
  }
  return seen
}

const commands = readdirSync('scripts/commands').map((file) => file.replace(/\.ts$/, ''))

it.each(commands)('%s starts with runtime dependencies alone', (name) => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>
  }
  const packages = [...staticImports(`dist/scripts/commands/${name}.js`)]
    .filter(
      (target) =>
        !target.startsWith('dist/') && !target.startsWith('node:') && !builtinModules.includes(target),
    )
    .map((target) =>
      target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0],
    )
  expect([...new Set(packages)].filter((one) => !(String(one) in dependencies))).toEqual([])
})
