import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { checkDeployment, startDeployment } from '../../support/deployments.ts'
import { type LeastPrivilegeDatabase, startLeastPrivilegeDatabase } from '../../support/least-privilege.ts'
import { doMainJob, expectMainJobToAddUp } from '../../support/main-job.ts'
import { killAllScripts } from '../../support/processes.ts'

let database: LeastPrivilegeDatabase
beforeAll(async () => {
  execFileSync(process.execPath, ['scripts/build.mjs'])
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
    script: (name) => `dist/scripts/${name}.js`,
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

it.each(['server', 'worker', 'migrate', 'healthcheck', 'rotate-keys', 'simulator'])(
  '%s starts with runtime dependencies alone',
  (name) => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>
    }
    const packages = [...staticImports(`dist/scripts/${name}.js`)]
      .filter(
        (target) =>
          !target.startsWith('dist/') && !target.startsWith('node:') && !builtinModules.includes(target),
      )
      .map((target) =>
        target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0],
      )
    expect([...new Set(packages)].filter((one) => !(String(one) in dependencies))).toEqual([])
  },
)
