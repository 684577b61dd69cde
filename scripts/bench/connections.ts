/**
 * Many connections on one machine, every one due within each minute: how fast the operator's page and the metrics
 * answer meanwhile, and whether any connection starves. Postgres with its default durability, simulator, server and
 * worker, each a process of its own; queues in Postgres, or in Redis when a URL is given.
 */
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createDatabase, type Db } from '../../db/core/database.ts'
import { startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { freePort } from '../../db/core/free-port.ts'
import { type EncryptionKey, loadConfig } from '../../src/config.ts'
import { migrate } from '../support/migrate.ts'
import { signSignInToken } from '../support/portal-client.ts'
import { type SimulatorProcess, startCommand, startSimulatorProcess, stopCommand } from './child.ts'
import { connectOrganization } from './connect-organization.ts'

export interface ConnectionsBenchOptions {
  readonly connections?: number
  readonly invoicesEach?: number
  /** How long is measured, after every connection had its first run. */
  readonly seconds?: number
  readonly redisUrl?: string
  readonly report?: (line: string) => void
}

export interface AnswerTimes {
  readonly requests: number
  /** Milliseconds. */
  readonly p50: number
  readonly p95: number
  readonly max: number
}

export interface ConnectionsBench {
  readonly connections: number
  readonly seconds: number
  /** From the moment all are due to the last one's first proof. */
  readonly firstLoadSeconds: number
  /** The operator's page, and the metrics of the server. */
  readonly dashboard: AnswerTimes
  readonly metrics: AnswerTimes
  readonly workerMetrics: AnswerTimes
  readonly runsPerMinute: number
  /** Connections that had no run within the time although they were due in it. */
  readonly starved: number
  /** How late the latest of all due connections was at any moment that was looked at. Seconds. */
  readonly worstDelaySeconds: number
}

/** Connections that are not due yet, each to an organization of its own. */
const insertConnections = async (
  db: Db,
  { command, grant }: SimulatorProcess,
  keys: readonly EncryptionKey[],
  { connections, invoicesEach }: { connections: number; invoicesEach: number },
): Promise<void> => {
  for (let at = 0; at < connections; at += 1)
    await connectOrganization(db, {
      clientId: `bench-${at}`,
      organizationId: await command<string>('addOrganization', { invoices: invoicesEach }),
      grant,
      keys,
      nextSyncAt: null,
    })
}

const unproven = async (db: Db): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from connections where proven_at is null`.execute(db)
  return rows[0]?.count ?? 0
}

const oldestDue = async (db: Db): Promise<number> => {
  const { rows } = await sql<{ seconds: number }>`
    select coalesce(max(extract(epoch from now() - next_sync_at)), 0)::float8 as seconds from connections c
    where next_sync_at <= now() and not exists (
      select 1 from sync_runs r where r.connection_id = c.id and r.state = 'running' and r.lease_until > now())`.execute(
    db,
  )
  return rows[0]?.seconds ?? 0
}

const pause = (ms: number) => new Promise((next) => setTimeout(next, ms))

const measure = (ms: readonly number[]): AnswerTimes => {
  const ordered = [...ms].sort((a, b) => a - b)
  const at = (share: number) =>
    Math.round(ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? Number.NaN)
  return { requests: ordered.length, p50: at(0.5), p95: at(0.95), max: at(1) }
}

/** Asks for one address again and again until told to stop. */
const keepAsking = async (
  url: string,
  headers: Record<string, string>,
  goOn: () => boolean,
): Promise<AnswerTimes> => {
  const ms: number[] = []
  while (goOn()) {
    const started = performance.now()
    const answer = await fetch(url, { headers })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`${new URL(url).pathname}: ${answer.status}`)
    ms.push(performance.now() - started)
    await pause(500)
  }
  return measure(ms)
}

/** A browser's cookie, for the pages take no bearer token. */
const signIn = async (url: string, jwtSecret: string): Promise<string> => {
  const token = await signSignInToken(jwtSecret, {
    clientId: 'operations',
    subject: 'bench',
    role: 'operator',
  })
  const answer = await fetch(`${url}/session?token=${token}&next=/operator`, { redirect: 'manual' })
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

const runsSince = async (db: Db, start: Date): Promise<{ runs: number; connections: number }> => {
  const { rows } = await sql<{ runs: number; connections: number }>`
    select count(*)::int as runs, count(distinct connection_id)::int as connections from sync_runs
    where state = 'completed' and finished_at >= ${start}`.execute(db)
  return rows[0] ?? { runs: 0, connections: 0 }
}

/** Runs the benchmark; with the defaults, that of docs/performance.md. */
export const benchConnections = async ({
  connections = 1_000,
  invoicesEach = 50,
  seconds = 120,
  redisUrl,
  report = () => undefined,
}: ConnectionsBenchOptions = {}): Promise<ConnectionsBench> => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-connections-'))
  const children: ChildProcess[] = []
  const postgres = await startEmbeddedPostgres({ directory, flags: ['-c', 'max_connections=200'] })
  const simulator = await startSimulatorProcess()
  const databaseUrl = await postgres.database('bench')
  const db = createDatabase({ url: databaseUrl, poolSize: 2 })
  try {
    await migrate(databaseUrl)
    const [port, workerPort] = [await freePort(), await freePort()]
    const url = `http://127.0.0.1:${port}`
    const jwtSecret = randomBytes(32).toString('hex')
    const environment = {
      DATABASE_URL: databaseUrl,
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
      DATA_DIR: directory,
      PORT: String(port),
      WORKER_PORT: String(workerPort),
      PUBLIC_URL: url,
      TOKEN_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
      PORTAL_JWT_SECRET: jwtSecret,
      ZOHO_CLIENT_ID: '1000.SIMULATORCLIENT0000000000000000',
      ZOHO_CLIENT_SECRET: 'simulator-client-secret-of-no-value',
      ZOHO_SIMULATOR_URL: simulator.url,
      SYNC_INTERVAL_SECONDS: '60',
      LOG_LEVEL: 'error',
    }
    await insertConnections(db, simulator, loadConfig(environment).tokenEncryptionKeys, {
      connections,
      invoicesEach,
    })
    report(`${connections} connections of ${invoicesEach} invoices each`)
    children.push(...(await Promise.all(['server', 'worker'].map((name) => startCommand(name, environment)))))

    const loadStarted = performance.now()
    await sql`update connections set next_sync_at = now(), next_sync_kind = 'full'`.execute(db)
    for (let left = connections; left > 0; left = await unproven(db)) await pause(250)
    const firstLoadSeconds = Math.round((performance.now() - loadStarted) / 100) / 10
    report(`first load of all: ${firstLoadSeconds} s`)

    // Spread over a minute, as jitter would have them after some hours.
    await sql`update connections set next_sync_at = now() + random() * interval '60 seconds'`.execute(db)
    const start = new Date()
    const end = performance.now() + seconds * 1_000
    const goOn = () => performance.now() < end
    const cookie = await signIn(url, jwtSecret)
    let worstDelaySeconds = 0
    const watchDue = async () => {
      while (goOn()) {
        worstDelaySeconds = Math.max(worstDelaySeconds, await oldestDue(db))
        await pause(500)
      }
    }
    const [dashboard, metrics, workerMetrics] = await Promise.all([
      keepAsking(`${url}/operator`, { cookie }, goOn),
      keepAsking(`${url}/metrics`, {}, goOn),
      keepAsking(`http://127.0.0.1:${workerPort}/metrics`, {}, goOn),
      watchDue(),
    ])
    const { runs, connections: served } = await runsSince(db, start)
    const result: ConnectionsBench = {
      connections,
      seconds,
      firstLoadSeconds,
      dashboard,
      metrics,
      workerMetrics,
      runsPerMinute: Math.round((runs / seconds) * 60),
      starved: connections - served,
      worstDelaySeconds: Math.round(worstDelaySeconds * 10) / 10,
    }
    report(`dashboard p95 ${dashboard.p95} ms, metrics p95 ${metrics.p95} ms, ${result.starved} starved`)
    return result
  } finally {
    await Promise.all(children.map(stopCommand))
    await db.destroy()
    await simulator.stop()
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
