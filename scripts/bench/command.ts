/**
 * A command from the click to its last case (docs/performance.md): the server takes it over HTTP, a worker waits for the
 * full run that proves every invoice after it, and inserts the cases. Simulator with its limits off, Postgres with its
 * default durability, server and worker, each a process of its own; queues in Postgres, or in Redis when a URL is given.
 */
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { createDatabase } from '../../db/core/database.ts'
import { startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { freePort } from '../../db/core/free-port.ts'
import { loadConfig } from '../../src/config.ts'
import { migrate } from '../support/migrate.ts'
import { createPortalClient } from '../support/portal-client.ts'
import { startCommand, startSimulatorProcess, stopCommand } from './child.ts'
import { connectOrganization } from './connect-organization.ts'

export interface CommandBenchOptions {
  /** Items of a command, about. */
  readonly items?: number
  readonly rounds?: number
  readonly redisUrl?: string
  readonly report?: (line: string) => void
}

export interface CommandBench {
  /** Per round: what was ordered, what became a case, and from the request to the end of the command. */
  readonly items: readonly number[]
  readonly cases: readonly number[]
  readonly seconds: readonly number[]
  readonly casesPerSecond: readonly number[]
  /** Requests to Zoho between the command and its end, of all kinds. */
  readonly zohoRequests: readonly number[]
}

const connection = z.object({ state: z.string(), provenAt: z.string().nullable() })
const accepted = z.object({ id: z.string() })
const command = z.object({
  state: z.string(),
  counts: z.object({ total: z.number(), created: z.number() }),
})

/** How many of the simulator's unpaid invoices can become a case, about: the others show what can be wrong with one. */
const eligibleShare = 0.8

/** Runs the benchmark; with the defaults, that of docs/performance.md. */
export const benchCommand = async ({
  items = 10_000,
  rounds = 3,
  redisUrl,
  report = () => undefined,
}: CommandBenchOptions = {}): Promise<CommandBench> => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-command-'))
  const children: ChildProcess[] = []
  const postgres = await startEmbeddedPostgres({ directory })
  const simulator = await startSimulatorProcess()
  const databaseUrl = await postgres.database('bench')
  const db = createDatabase({ url: databaseUrl, poolSize: 2 })
  try {
    await migrate(databaseUrl)
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const jwtSecret = randomBytes(32).toString('hex')
    const environment = {
      DATABASE_URL: databaseUrl,
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
      DATA_DIR: directory,
      PORT: String(port),
      PUBLIC_URL: url,
      TOKEN_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
      PORTAL_JWT_SECRET: jwtSecret,
      ZOHO_CLIENT_ID: '1000.SIMULATORCLIENT0000000000000000',
      ZOHO_CLIENT_SECRET: 'simulator-client-secret-of-no-value',
      ZOHO_SIMULATOR_URL: simulator.url,
      ZOHO_REQUESTS_PER_MINUTE: '1000000',
      LOG_LEVEL: 'error',
    }
    const keys = loadConfig(environment).tokenEncryptionKeys
    children.push(...(await Promise.all(['server', 'worker'].map((name) => startCommand(name, environment)))))

    const result = {
      items: [] as number[],
      cases: [] as number[],
      seconds: [] as number[],
      casesPerSecond: [] as number[],
      zohoRequests: [] as number[],
    }
    for (let round = 1; round <= rounds; round += 1) {
      const clientId = `bench-${round}`
      const organizationId = await simulator.command<string>('addOrganization', {
        invoices: Math.round(items / eligibleShare),
      })
      await connectOrganization(db, {
        clientId,
        organizationId,
        grant: simulator.grant,
        keys,
        nextSyncAt: new Date(),
      })
      const portal = createPortalClient({ url, jwtSecret, clientId })
      while ((await portal.request(connection, '/api/connection')).provenAt === null) await pause(100)

      const requests = async () =>
        (
          await simulator.command<readonly unknown[]>('requests', {
            query: { organization_id: organizationId },
          })
        ).length
      const requestsBefore = await requests()
      const started = performance.now()
      const { id } = await portal.request(accepted, '/api/case-commands', {
        method: 'POST',
        body: { filter: { eligibility: 'eligible' }, confirmUndisputed: true },
      })
      let ended = await portal.request(command, `/api/case-commands/${id}`)
      while (ended.state !== 'completed') {
        await pause(50)
        ended = await portal.request(command, `/api/case-commands/${id}?limit=1`)
      }
      const seconds = (performance.now() - started) / 1000
      const { total, created } = ended.counts
      result.items.push(total)
      result.cases.push(created)
      result.seconds.push(Math.round(seconds * 10) / 10)
      result.casesPerSecond.push(Math.round(created / seconds))
      result.zohoRequests.push((await requests()) - requestsBefore)
      report(`round ${round}: ${created} cases of ${total} items in ${seconds.toFixed(1)} s`)
    }
    return result
  } finally {
    await Promise.all(children.map(stopCommand))
    await db.destroy()
    await simulator.stop()
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
