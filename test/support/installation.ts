/** A whole installation on services of its own, each part of which a test may kill, cut off and start again. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { createDatabase, type Db } from '../../db/core/database.ts'
import { createPortalClient } from '../../scripts/support/portal-client.ts'
import { type Violation, verifyInvariants } from '../../src/operator/verify-invariants.ts'
import { allItems, commandAnswer, connectionAnswer } from './main-job.ts'
import { type OwnPostgres, type OwnRedis, startOwnPostgres, startOwnRedis } from './own-services.ts'
import { built, type Script, startScript } from './processes.ts'
import { simulatorControl } from './simulator-control.ts'
import { createSteadyClient, type SteadyClient } from './steady-client.ts'
import { steadyPort } from './steady-port.ts'
import { waitFor } from './wait-for.ts'

export const sweepIntervalSeconds = 1

export interface InstallationOptions {
  /** Redis for the queues; without it they live in Postgres. */
  readonly redis?: boolean
  readonly invoices?: number
  readonly servers?: number
  readonly workers?: number
  readonly env?: Readonly<Record<string, string>>
  /** PostgreSQL on a small disk of its own, where the machine allows it. */
  readonly smallDisk?: boolean
}

export interface RunningServerProcess {
  readonly url: string
  readonly process: Script
}

export interface Installation {
  readonly env: Readonly<Record<string, string>>
  readonly postgres: OwnPostgres
  readonly redis: OwnRedis | undefined
  readonly simulatorUrl: string
  readonly control: ReturnType<typeof simulatorControl>
  /** Starts the simulator again on its port with what it had saved. */
  readonly startSimulator: () => Promise<void>
  /** SIGTERM saves the state; SIGKILL leaves what was saved at the last grant. */
  readonly stopSimulator: () => Promise<void>
  /** Live ones; a test takes out what it stops. */
  readonly servers: RunningServerProcess[]
  readonly workers: Script[]
  readonly startServer: (env?: Record<string, string>) => Promise<RunningServerProcess>
  readonly startWorker: (env?: Record<string, string>) => Promise<Script>
  /** Everything that any process of ours has said since the start. */
  readonly output: () => string
  readonly client: (clientId: string) => SteadyClient
  /** Presses Connect and Accept as a person of this client, on the server at PUBLIC_URL. */
  readonly connect: (clientId: string) => Promise<void>
  /** For looking, after the dust has settled. */
  readonly withDatabase: <T>(look: (db: Db) => Promise<T>) => Promise<T>
  readonly stop: () => Promise<void>
}

export const installationSecrets = {
  jwtSecret: 'a secret that only these tests share, 32+ bytes',
  encryptionKey: Buffer.alloc(32, 7).toString('base64'),
}

const migrate = async (env: Record<string, string>) => {
  const script = startScript(built('migrate'), env)
  if ((await script.exited) !== 0) throw new Error(`migrate failed:\n${script.output()}`)
}

/** Starts services, simulator, servers and workers; all are ready. */
export const startInstallation = async (options: InstallationOptions = {}): Promise<Installation> => {
  const directory = await mkdtemp(join(tmpdir(), 'installation-'))
  const [postgres, redis] = await Promise.all([
    startOwnPostgres({ smallDisk: options.smallDisk ?? false }),
    options.redis ? startOwnRedis() : Promise.resolve(undefined),
  ])
  const simulatorPort = await steadyPort()
  const simulatorUrl = `http://127.0.0.1:${simulatorPort}`
  const processes: Script[] = []
  const run = async (
    script: readonly string[],
    env: Record<string, string>,
    args: readonly string[] = [],
  ) => {
    const started = startScript(script, env, args)
    processes.push(started)
    await started.ready
    return started
  }
  let simulator: Script | undefined
  const startSimulator = async () => {
    const given = { port: simulatorPort, invoices: options.invoices ?? 300, seed: 5 }
    const args = Object.entries({ ...given, 'state-file': join(directory, 'simulator.json') })
    simulator = await run(
      built('simulator'),
      {},
      args.flatMap(([name, value]) => [`--${name}`, String(value)]),
    )
  }
  const firstPort = await steadyPort()
  const env = {
    DATA_DIR: directory,
    LOG_LEVEL: 'warn',
    DATABASE_URL: postgres.url,
    ...(redis ? { REDIS_URL: redis.url } : {}),
    ZOHO_SIMULATOR_URL: simulatorUrl,
    PORTAL_JWT_SECRET: installationSecrets.jwtSecret,
    TOKEN_ENCRYPTION_KEYS: `test:${installationSecrets.encryptionKey}`,
    PUBLIC_URL: `http://127.0.0.1:${firstPort}`,
    SWEEP_INTERVAL_SECONDS: String(sweepIntervalSeconds),
    JOB_LOCK_SECONDS: '3',
    ...options.env,
  }
  const servers: RunningServerProcess[] = []
  const workers: Script[] = []
  let nextPort: number | undefined = firstPort
  const startServer = async (more: Record<string, string> = {}) => {
    const port = nextPort ?? (await steadyPort())
    nextPort = undefined
    const process = await run(built('server'), { ...env, PORT: String(port), ...more })
    const server = { url: `http://127.0.0.1:${port}`, process }
    servers.push(server)
    return server
  }
  const startWorker = async (more: Record<string, string> = {}) => {
    const worker = await run(built('worker'), { ...env, ...more })
    workers.push(worker)
    return worker
  }
  await Promise.all([migrate(env), startSimulator()])
  await Promise.all([
    ...Array.from({ length: options.servers ?? 1 }, () => startServer()),
    ...Array.from({ length: options.workers ?? 1 }, () => startWorker()),
  ])

  const { jwtSecret } = installationSecrets
  return {
    env,
    postgres,
    redis,
    simulatorUrl,
    control: simulatorControl(simulatorUrl),
    startSimulator,
    stopSimulator: async () => {
      await simulator?.stop()
    },
    servers,
    workers,
    startServer,
    startWorker,
    output: () => processes.map((process) => process.output()).join('\n'),
    client: (clientId) =>
      createSteadyClient({ urls: () => servers.map((server) => server.url), jwtSecret, clientId }),
    connect: async (clientId) => {
      const { finalUrl } = await createPortalClient({ url: env.PUBLIC_URL, jwtSecret, clientId }).connect()
      if (!finalUrl.searchParams.has('connected')) throw new Error(`connect ended at ${finalUrl.href}`)
    },
    withDatabase: async (look) => {
      const db = createDatabase({ url: postgres.url, poolSize: 2 })
      try {
        return await look(db)
      } finally {
        await db.destroy()
      }
    },
    stop: async () => {
      await Promise.all(processes.map((process) => process.stop('SIGKILL')))
      await Promise.all([postgres.remove(), redis?.kill()])
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Where things stand, for whoever reads a failure. */
const standing = ({ withDatabase }: Installation): Promise<unknown> =>
  withDatabase(async (db) => ({
    connections: await db.selectFrom('connections').selectAll().execute(),
    runs: await db.selectFrom('sync_runs').selectAll().orderBy('started_at', 'desc').limit(5).execute(),
    commands: await db.selectFrom('case_commands').selectAll().where('state', '<>', 'completed').execute(),
  })).catch((error: unknown) => error)

/** Runs a check; when it fails, the last that the processes had to say is shown, and where things stand. */
export const telling = async (installation: Installation, check: () => Promise<void>): Promise<void> => {
  try {
    await check()
  } catch (error) {
    console.error(installation.output().slice(-8_000), await standing(installation))
    throw error
  }
}

const stagedInvoice = z.object({ zohoInvoiceId: z.string(), eligible: z.boolean() })

export const stagedInvoices = (client: SteadyClient) =>
  allItems(client, '/api/invoices?eligibility=all', stagedInvoice)

/**
 * Staged is what the simulator's books say is unpaid. A run during which invoices left the list is followed by another
 * one at once, so it may take a moment.
 */
export const expectStagedIsTruth = async ({ control }: Installation, client: SteadyClient): Promise<void> => {
  const { organization } = await client.request(connectionAnswer, '/api/connection')
  const unpaid = await control<{ invoiceId: string }[]>('unpaidTruth', { organizationId: organization?.id })
  const truth = unpaid.map((one) => one.invoiceId).sort()
  expect(truth.length).toBeGreaterThan(0)
  let staged: readonly string[] = []
  await waitFor(
    'staged = truth',
    async () => {
      staged = (await stagedInvoices(client)).map((one) => one.zohoInvoiceId).sort()
      return staged.join() === truth.join()
    },
    { timeoutMs: 20_000, everyMs: 250 },
  ).catch(() => undefined)
  expect(staged).toEqual(truth)
}

/** What `npm run verify` checks. What is due may still be on its way: behind a job of a dead worker, or on a busy machine. */
export const expectInvariantsHold = async ({ withDatabase }: Installation): Promise<void> => {
  let broken: readonly Violation[] = []
  await withDatabase((db) =>
    waitFor(
      'invariants',
      async () => {
        broken = await verifyInvariants(db, { sweepIntervalSeconds })
        return broken.length === 0
      },
      { timeoutMs: 20_000, everyMs: 250 },
    ).catch(() => undefined),
  )
  expect(broken).toEqual([])
}

/** The same, and then `npm run verify` itself, as an operator runs it. */
export const expectVerified = async (installation: Installation): Promise<void> => {
  await expectInvariantsHold(installation)
  const { PATH = '', HOME = '' } = process.env
  const ran = await promisify(execFile)('npm', ['run', 'verify'], {
    env: { PATH, HOME, ...installation.env },
  })
  expect(ran.stdout).toContain('All invariants hold.')
}

/** A command for these invoices; brought to another server, it is still the same command. */
export const order = (client: SteadyClient, zohoInvoiceIds: readonly string[], key: string) =>
  client.request(z.object({ id: z.string() }), '/api/case-commands', {
    method: 'POST',
    headers: { 'idempotency-key': key },
    body: { zohoInvoiceIds, confirmUndisputed: true },
  })

/** Waits for the end of a command. @returns its counts. */
export const completed = (client: SteadyClient, commandId: string, timeoutMs = 60_000) =>
  waitFor(
    `command ${commandId} to complete`,
    async () => {
      const now = await client.request(commandAnswer, `/api/case-commands/${commandId}`)
      return now.state === 'completed' ? now.counts : undefined
    },
    { timeoutMs, everyMs: 100 },
  )

/** Waits until a full run that began after this call's connection has proven the list. */
export const proven = (client: SteadyClient, timeoutMs = 60_000) =>
  waitFor(
    'a proven sync',
    async () => {
      const now = await client.request(connectionAnswer, '/api/connection')
      return now.state === 'active' && now.provenAt ? now : undefined
    },
    { timeoutMs, everyMs: 100 },
  )

/** Waits until the run under way has come to page `page`. */
export const runReaches = (client: SteadyClient, page: number) =>
  waitFor(
    `page ${page} of a run`,
    async () => {
      const { progress } = await client.request(connectionAnswer, '/api/connection')
      return progress && progress.page >= page ? progress : undefined
    },
    { timeoutMs: 20_000, everyMs: 20 },
  )
