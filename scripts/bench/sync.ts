/**
 * The benchmarks of the sync (docs/performance.md): first load against a bare loop, WAL of an unchanged second load,
 * memory of a large load against a small one, and how a large tenant bears on small ones. The simulator runs in a
 * process of its own with its limits off; Postgres is the embedded one with its default durability.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { createDatabase, type Db } from '../../db/core/database.ts'
import { startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { migrateToLatest } from '../../db/core/migrate.ts'
import { loadConfig } from '../../src/config.ts'
import { measureInChild, type SimulatorProcess, startSimulatorProcess } from './child.ts'
import { connectOrganization } from './connect-organization.ts'
import type { WorkerInput, WorkerOutput } from './sync-worker.ts'

export interface SyncBenchOptions {
  /** Invoices of the first load. */
  readonly rows?: number
  readonly rounds?: number
  /** Invoices of the small and the large load whose memory is compared; 0 leaves the measurement out. */
  readonly memoryRows?: { readonly small: number; readonly large: number }
  /** Small tenants beside a large one; 0 leaves the measurement out. */
  readonly smallTenants?: number
  readonly smallTenantRows?: number
  readonly largeTenantRows?: number
  readonly report?: (line: string) => void
}

export interface SyncBench {
  readonly firstLoad: {
    readonly rows: number
    readonly rowsPerSecond: readonly number[]
    readonly bareRowsPerSecond: readonly number[]
    /** Median of ours ÷ median of the bare loop's. */
    readonly ratio: number
  }
  readonly secondLoad: {
    readonly rowsPerSecond: readonly number[]
    readonly firstWalBytes: number
    readonly secondWalBytes: number
    readonly walRatio: number
  }
  readonly memory?: { readonly smallMb: number; readonly largeMb: number; readonly differenceMb: number }
  readonly fairness?: { readonly aloneMs: number; readonly besideMs: number; readonly ratio: number }
}

interface Bench {
  readonly db: Db
  readonly simulator: SimulatorProcess
  readonly environment: Record<string, string>
  readonly report: (line: string) => void
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const walBytes = async (db: Db): Promise<number> => {
  const { rows } = await sql<{ bytes: number }>`
    select (pg_current_wal_insert_lsn() - '0/0')::float8 as bytes`.execute(db)
  return rows[0]?.bytes ?? 0
}

const addOrganization = ({ simulator }: Bench, invoices: number): Promise<string> =>
  simulator.command<string>('addOrganization', { invoices })

const connect = ({ db, environment, simulator: { grant } }: Bench, organizationId: string): Promise<string> =>
  connectOrganization(db, {
    clientId: `bench-${randomBytes(6).toString('hex')}`,
    organizationId,
    grant,
    keys: loadConfig(environment).tokenEncryptionKeys,
    nextSyncAt: new Date(0),
  })

const runWorker = (
  { environment }: Bench,
  connectionIds: readonly string[],
  concurrency = 1,
): Promise<WorkerOutput> =>
  measureInChild<WorkerOutput>('./sync-worker.ts', {
    environment,
    connectionIds,
    concurrency,
  } satisfies WorkerInput)

const makeFullDue = async ({ db }: Bench, connectionId: string): Promise<void> => {
  await db
    .updateTable('connections')
    .set({ next_sync_at: sql<Date>`now()`, next_sync_kind: 'full' })
    .where('id', '=', connectionId)
    .execute()
}

const assertStaged = async ({ db }: Bench, connectionId: string, rows: number): Promise<void> => {
  const found = await db
    .selectFrom('staged_invoices')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('connection_id', '=', connectionId)
    .where('state', '=', 'open')
    .executeTakeFirstOrThrow()
  if (Number(found.count) !== rows) throw new Error(`${found.count} of ${rows} invoices are staged`)
}

const perSecond = (rows: number, ms: number): number => Math.round((rows / ms) * 1000)

const benchLoads = async (
  bench: Bench,
  rows: number,
  rounds: number,
): Promise<Pick<SyncBench, 'firstLoad' | 'secondLoad'>> => {
  const { db, simulator, report } = bench
  const bare: number[] = []
  const first: number[] = []
  const second: number[] = []
  const firstWal: number[] = []
  const secondWal: number[] = []
  const microseconds = (ms: number) => ((ms * 1000) / rows).toFixed(1)
  for (let round = 1; round <= rounds; round += 1) {
    const organizationId = await addOrganization(bench, rows)
    const loop = await measureInChild<{ rows: number; ms: number; cpuMs: number }>('./bare-loop.ts', {
      url: simulator.url,
      accessToken: simulator.grant.accessToken,
      organizationId,
    })
    bare.push(perSecond(loop.rows, loop.ms))
    const connectionId = await connect(bench, organizationId)
    await sql`checkpoint`.execute(db)
    const before = await walBytes(db)
    const load = await runWorker(bench, [connectionId])
    firstWal.push((await walBytes(db)) - before)
    first.push(perSecond(rows, load.totalMs))
    await assertStaged(bench, connectionId, rows)

    await sql`vacuum analyze staged_invoices`.execute(db)
    await makeFullDue(bench, connectionId)
    const beforeSecond = await walBytes(db)
    const again = await runWorker(bench, [connectionId])
    secondWal.push((await walBytes(db)) - beforeSecond)
    second.push(perSecond(rows, again.totalMs))
    report(
      `round ${round}: bare loop ${bare.at(-1)} rows/s, first load ${first.at(-1)} rows/s, second load ${second.at(-1)} rows/s, WAL ${firstWal.at(-1)} and ${secondWal.at(-1)} bytes; processor time a row: ${microseconds(loop.cpuMs)}, ${microseconds(load.cpuMs)}, ${microseconds(again.cpuMs)} µs`,
    )
    await sql`delete from staged_invoices where connection_id = ${connectionId}`.execute(db)
    await sql`vacuum staged_invoices`.execute(db)
  }
  return {
    firstLoad: {
      rows,
      rowsPerSecond: first,
      bareRowsPerSecond: bare,
      ratio: median(first) / median(bare),
    },
    secondLoad: {
      rowsPerSecond: second,
      firstWalBytes: median(firstWal),
      secondWalBytes: median(secondWal),
      walRatio: median(secondWal) / median(firstWal),
    },
  }
}

const benchMemory = async (
  bench: Bench,
  { small, large }: { small: number; large: number },
): Promise<NonNullable<SyncBench['memory']>> => {
  const peak = async (rows: number): Promise<number> => {
    const connectionId = await connect(bench, await addOrganization(bench, rows))
    const { maxRssMb } = await runWorker(bench, [connectionId])
    await assertStaged(bench, connectionId, rows)
    bench.report(`${rows} invoices: peak memory of the worker ${Math.round(maxRssMb)} MB`)
    return maxRssMb
  }
  const smallMb = await peak(small)
  const largeMb = await peak(large)
  return { smallMb, largeMb, differenceMb: largeMb - smallMb }
}

/** As a first page asks for it. The simulator counts for a second, in which it answers nobody; Zoho has more servers. */
const haveCounted = async ({ simulator: { url, grant } }: Bench, organizationId: string): Promise<void> => {
  const query = `organization_id=${organizationId}&filter_by=Status.Unpaid&sort_column=created_time&sort_order=A&response_option=1`
  const headers = { authorization: `Zoho-oauthtoken ${grant.accessToken}` }
  const answer = await fetch(`${url}/books/v3/invoices?${query}`, { headers })
  if (!answer.ok) throw new Error(`the simulator answered ${answer.status}`)
  await answer.arrayBuffer()
}

const benchFairness = async (
  bench: Bench,
  { tenants, rows, largeRows }: { tenants: number; rows: number; largeRows: number },
): Promise<NonNullable<SyncBench['fairness']>> => {
  const concurrency = 20
  const small = async () => {
    const ids: string[] = []
    for (let at = 0; at < tenants; at += 1) ids.push(await connect(bench, await addOrganization(bench, rows)))
    return ids
  }
  const alone = await runWorker(bench, await small(), concurrency)
  const largeOrganization = await addOrganization(bench, largeRows)
  await haveCounted(bench, largeOrganization)
  const large = await connect(bench, largeOrganization)
  const beside = await runWorker(bench, [large, ...(await small())], concurrency)
  const aloneMs = Math.max(...alone.ms)
  const besideMs = Math.max(...beside.ms.slice(1))
  bench.report(
    `${tenants} small tenants: ${Math.round(aloneMs)} ms alone, ${Math.round(besideMs)} ms beside a large one`,
  )
  return { aloneMs, besideMs, ratio: besideMs / aloneMs }
}

/** Runs the benchmarks of the sync; with the defaults, those of docs/performance.md. */
export const benchSync = async ({
  rows = 200_000,
  rounds = 3,
  memoryRows = { small: 100_000, large: 1_000_000 },
  smallTenants = 200,
  smallTenantRows = 200,
  largeTenantRows = 1_000_000,
  report = () => undefined,
}: SyncBenchOptions = {}): Promise<SyncBench> => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-sync-'))
  const postgres = await startEmbeddedPostgres({ directory })
  const simulator = await startSimulatorProcess()
  const url = await postgres.database('bench')
  const db = createDatabase({ url, poolSize: 3 })
  try {
    await migrateToLatest(db)
    const environment = {
      DATABASE_URL: url,
      TOKEN_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
      PORTAL_JWT_SECRET: randomBytes(32).toString('hex'),
      ZOHO_CLIENT_ID: '1000.SIMULATORCLIENT0000000000000000',
      ZOHO_CLIENT_SECRET: 'simulator-client-secret-of-no-value',
      ZOHO_SIMULATOR_URL: simulator.url,
      ZOHO_REQUESTS_PER_MINUTE: '1000000',
      LOG_LEVEL: 'warn',
    }
    const bench: Bench = { db, simulator, environment, report }
    const loads = await benchLoads(bench, rows, rounds)
    const memory = memoryRows.small > 0 ? await benchMemory(bench, memoryRows) : undefined
    const fairness =
      smallTenants > 0
        ? await benchFairness(bench, {
            tenants: smallTenants,
            rows: smallTenantRows,
            largeRows: largeTenantRows,
          })
        : undefined
    return { ...loads, ...(memory ? { memory } : {}), ...(fairness ? { fairness } : {}) }
  } finally {
    await db.destroy()
    await simulator.stop()
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
