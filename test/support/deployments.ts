/** The ways to run the product, as real processes: what the README promises of each is checked by the same test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../db/core/free-port.ts'
import { createTestDatabase } from './database.ts'
import type { Deployment } from './main-job.ts'
import { built, killAllScripts, type Script, startScript } from './processes.ts'

const jwtSecret = 'a secret that only these tests share, 32+ bytes'
const encryptionKey = `test:${Buffer.alloc(32, 7).toString('base64')}`

export interface RunningDeployment extends Deployment {
  readonly databaseUrl: string
  readonly simulator: Script
  readonly servers: Script[]
  readonly workers: Script[]
  readonly startWorker: () => Promise<Script>
  readonly startServer: () => Promise<Script>
  readonly env: Readonly<Record<string, string>>
  readonly stop: () => Promise<void>
}

export interface DeploymentOptions {
  readonly databaseUrl: string
  /** Connection string for migrations, where they have a login of their own. */
  readonly migratorUrl?: string
  readonly redisUrl?: string
  readonly invoices?: number
  readonly workers?: number
  readonly servers?: number
  readonly env?: Readonly<Record<string, string>>
}

/** Migration, simulator, servers and workers, each a process of its own. */
export const startDeployment = async (options: DeploymentOptions): Promise<RunningDeployment> => {
  const directory = await mkdtemp(join(tmpdir(), 'deployment-'))
  const common = { DATA_DIR: directory, LOG_LEVEL: 'warn' }
  const migrate = startScript(built('migrate'), {
    ...common,
    DATABASE_URL: options.migratorUrl ?? options.databaseUrl,
  })
  if ((await migrate.exited) !== 0) throw new Error(`migrate failed:\n${migrate.output()}`)

  const simulator = startScript(built('simulator'), {}, [
    '--port',
    '0',
    '--invoices',
    String(options.invoices ?? 300),
    '--seed',
    '5',
  ])
  const simulatorUrl = await simulator.ready
  const port = await freePort()
  const env = {
    ...common,
    DATABASE_URL: options.databaseUrl,
    ...(options.redisUrl ? { REDIS_URL: options.redisUrl } : {}),
    ZOHO_SIMULATOR_URL: simulatorUrl,
    PORTAL_JWT_SECRET: jwtSecret,
    TOKEN_ENCRYPTION_KEYS: encryptionKey,
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    SWEEP_INTERVAL_SECONDS: '1',
    JOB_LOCK_SECONDS: '3',
    ...options.env,
  }
  const servers: Script[] = []
  const workers: Script[] = []
  const start = async (name: string, list: Script[], more: Record<string, string> = {}) => {
    const started = startScript(built(name), { ...env, ...more })
    list.push(started)
    await started.ready
    return started
  }
  const startServer = () => start('server', servers)
  const startWorker = () => start('worker', workers)
  await Promise.all([startServer(), ...Array.from({ length: options.workers ?? 1 }, startWorker)])
  return {
    url: `http://127.0.0.1:${port}`,
    jwtSecret,
    simulatorUrl,
    databaseUrl: options.databaseUrl,
    simulator,
    servers,
    workers,
    startServer,
    startWorker,
    env,
    stop: async () => {
      await Promise.all([...servers, ...workers].map((process) => process.stop()))
      await simulator.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Runs a check on a deployment and stops it; a failure shows what the processes had to say. */
export const checkDeployment = async (
  deployment: RunningDeployment,
  check: (deployment: RunningDeployment) => Promise<void>,
): Promise<void> => {
  try {
    await check(deployment)
  } catch (error) {
    for (const process of [...deployment.servers, ...deployment.workers])
      console.error(process.output().slice(-3_000))
    throw error
  } finally {
    await deployment.stop()
  }
}

/** Lends a deployment on a database of its own, and takes both back whatever happened. */
export const withDeployment = async (
  options: Omit<DeploymentOptions, 'databaseUrl'>,
  use: (deployment: RunningDeployment) => Promise<void>,
): Promise<void> => {
  const database = await createTestDatabase()
  try {
    await checkDeployment(await startDeployment({ ...options, databaseUrl: database.url }), use)
  } finally {
    await killAllScripts()
    await database.drop()
  }
}
