/** Database, simulator, portal and worker in one process: what `npm start` and `npm run demo` do. */
import { join } from 'node:path'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { freePort } from '../../db/core/free-port.ts'
import { type RunningWorker, startWorker } from '../../jobs/worker.ts'
import { type Config, loadConfig } from '../../src/config.ts'
import type { Logger } from '../../src/observability/logger.ts'
import {
  SIMULATOR_CLIENT_ID,
  SIMULATOR_CLIENT_SECRET,
  type Simulator,
  startSimulator,
} from '../../test/zoho-simulator/index.ts'
import { createContext, type RunningContext } from './create-context.ts'
import { type Environment, withLocalSecrets, withSimulatorClient } from './local-defaults.ts'
import { migrate } from './migrate.ts'
import { type RunningServer, runServer } from './run-server.ts'
import { UsageError } from './script.ts'

export interface Everything {
  readonly context: RunningContext
  readonly server: RunningServer
  /** Undefined when real Zoho credentials are set. */
  readonly simulator: Simulator | undefined
  readonly close: () => Promise<void>
}

export interface EverythingOptions {
  readonly env: Environment
  /** For the simulator's books. */
  readonly invoices: number
  readonly seed: number
  readonly onStep?: (step: string) => void
  /** Default: to stderr, as much as `LOG_LEVEL` says. */
  readonly log?: Logger
}

/** The event loop is late for the worker and the simulator too: that says nothing about requests. */
const neverOverloaded = { maxDelayMs: Number.POSITIVE_INFINITY, sampleMs: 1_000 }

type Closer = () => Promise<void>

const startDatabase = async (env: Environment, closers: Closer[]): Promise<Environment> => {
  if (env['DATABASE_URL']) return env
  if (env['NODE_ENV'] === 'production')
    throw new UsageError(
      'DATABASE_URL is required in production: the embedded database is for trying things out.',
    )
  const postgres: EmbeddedPostgres = await startEmbeddedPostgres({
    directory: env['DATA_DIR'] || '.data',
    flags: ['-c', 'max_connections=200'],
  })
  closers.push(postgres.stop)
  return { ...env, DATABASE_URL: await postgres.database('zoho_books_collector') }
}

/** Starts what is missing, in order; when one part fails, the parts before it are stopped again. */
export const runEverything = async ({
  env: given,
  invoices,
  seed,
  onStep,
  log,
}: EverythingOptions): Promise<Everything> => {
  const closers: Closer[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    onStep?.('database')
    let env = await withLocalSecrets(given)
    const embeddedDatabase = !env['DATABASE_URL']
    env = await startDatabase(env, closers)
    if (env['PORT'] === '0') env = { ...env, PORT: String(await freePort()) }

    let simulator: Simulator | undefined
    if (!env['ZOHO_CLIENT_ID'] && env['NODE_ENV'] !== 'production') {
      onStep?.('simulator')
      if (!env['ZOHO_SIMULATOR_URL']) {
        simulator = await startSimulator({
          invoices,
          seed,
          stateFile: join(env['DATA_DIR'] || '.data', 'simulator.json'),
        })
        closers.push(simulator.close)
        env = { ...env, ZOHO_SIMULATOR_URL: simulator.url }
      }
      env = withSimulatorClient(env, { id: SIMULATOR_CLIENT_ID, secret: SIMULATOR_CLIENT_SECRET })
    }

    const config: Config = loadConfig(env, { embeddedDatabase })
    await migrate(config.databaseUrl)
    onStep?.('portal and worker')
    const context = await createContext(config, log)
    closers.push(context.close)
    const worker: RunningWorker = startWorker(context.ctx, context.queues)
    closers.push(worker.close)
    const server = await runServer(context, { overload: neverOverloaded })
    closers.push(server.close)
    return { context, server, simulator, close }
  } catch (error) {
    await close()
    throw error
  }
}
