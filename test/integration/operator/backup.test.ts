/** docs/backup.md, done: dump a live database, restore it into an empty cluster, verify, go on. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, type Db } from '../../../db/core/database.ts'
import { migrateToLatest, schemaVersion } from '../../../db/core/migrate.ts'
import { claimDueRows } from '../../../db/jobs/due-rows.repo.ts'
import { migrateQueues } from '../../../jobs/queues.ts'
import { createCases } from '../../../src/cases/create-cases.ts'
import { submitCommand } from '../../../src/cases/submit-command.ts'
import { verifyInvariants } from '../../../src/operator/verify-invariants.ts'
import { syncConnection } from '../../../src/sync/sync-connection.ts'
import { createTestContext } from '../../support/context.ts'
import {
  hasInstalledPostgres,
  type InstalledPostgres,
  startInstalledPostgres,
} from '../../support/installed-postgres.ts'
import { aGrantedConnection, simulatedContext, simulatorForContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { makeDue } from '../sync/support.ts'

const patience = 60_000
if (!hasInstalledPostgres)
  console.log('PostgreSQL with pg_dump was not found: the test of backup and restore is skipped.')
const withPostgres = hasInstalledPostgres ? describe : describe.skip

withPostgres('a dump of a live database', () => {
  const opened: Db[] = []
  const clusters: InstalledPostgres[] = []
  let simulator: Simulator
  let directory: string

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'backup-'))
    chmodSync(directory, 0o777)
    simulator = await startSimulator({ invoices: 60, seed: 5 })
    for (let n = 0; n < 2; n++) clusters.push(await startInstalledPostgres())
  }, patience)
  afterAll(async () => {
    for (const db of opened) await db.destroy()
    for (const cluster of clusters) await cluster.close()
    await simulator?.close()
    rmSync(directory, { recursive: true, force: true })
  }, patience)

  const open = (url: string): Db => {
    const db = createDatabase({ url, poolSize: 3, onError: () => {} })
    opened.push(db)
    return db
  }
  const countsOf = async (db: Db) => {
    const tables = [
      'clients',
      'connections',
      'staged_invoices',
      'cases',
      'case_command_items',
      'audit_events',
    ] as const
    const counts: Record<string, number> = {}
    for (const table of tables) {
      const { rows } = await db
        .selectFrom(table)
        .select(({ fn }) => fn.countAll<number>().as('rows'))
        .executeTakeFirstOrThrow()
      counts[table] = rows
    }
    return counts
  }

  it(
    'restores into an empty cluster: invariants hold, tokens still open, due work is found and done',
    async () => {
      const [live, empty] = clusters as [InstalledPostgres, InstalledPostgres]
      live.run('psql', '--dbname', live.url('postgres'), '--command', 'create database books')
      const db = open(live.url('books'))
      await migrateToLatest(db)
      await migrateQueues(live.url('books'))
      const ctx = simulatedContext(db, simulator)
      const connection = await aGrantedConnection(ctx, simulator, {
        nextSyncAt: new Date(0),
        nextSyncKind: 'full',
        expiresInSeconds: -1,
      })
      await syncConnection(ctx, connection.id)
      const order = { clientId: connection.client_id, subject: 'jane', ip: null, confirmUndisputed: true }
      const { id } = await submitCommand(ctx, {
        ...order,
        selection: { filter: { eligibility: 'eligible' } },
      })
      await createCases(ctx, id)
      // so many items are proven by a full run, which the command has asked for
      await makeDue(db, connection.id)
      await syncConnection(ctx, connection.id)
      await createCases(ctx, id)
      await db
        .updateTable('connections')
        .set({ next_sync_at: new Date(0) })
        .execute()
      const before = await countsOf(db)
      expect(before['cases']).toBeGreaterThan(0)

      const roles = join(directory, 'roles.sql')
      const dump = join(directory, 'books.dump')
      live.run(
        'pg_dumpall',
        '--roles-only',
        '--no-role-passwords',
        '--dbname',
        live.url('books'),
        '--file',
        roles,
      )
      live.run('pg_dump', '--format=custom', `--file=${dump}`, '--exclude-schema=bullmq', live.url('books'))

      // `owner` exists on the new cluster already; its own line is the only one that may complain.
      empty.run('psql', '--dbname', empty.url('postgres'), '--file', roles)
      empty.run('pg_restore', '--exit-on-error', '--create', '--dbname', empty.url('postgres'), dump)
      const restored = open(empty.url('books'))
      expect(await migrateToLatest(restored)).toEqual([])
      await migrateQueues(empty.url('books'))

      const { current, needed } = await schemaVersion(restored)
      expect(current).toBe(needed)
      expect(await verifyInvariants(restored)).toEqual([])
      expect(await countsOf(restored)).toEqual(before)
      const due = await claimDueRows(restored, 'sync-connection', { limit: 10, staleSeconds: 0 })
      expect(due.map((row) => row.id)).toEqual([connection.id])

      const later = createTestContext({
        db: restored,
        simulator: simulatorForContext(simulator),
        config: { tokenEncryptionKeys: ctx.config.tokenEncryptionKeys },
      })
      await syncConnection(later, connection.id)
      const run = await restored
        .selectFrom('sync_runs')
        .select(['state', 'error_code'])
        .orderBy('started_at', 'desc')
        .executeTakeFirstOrThrow()
      expect(run).toEqual({ state: 'completed', error_code: null })
      expect(await verifyInvariants(restored)).toEqual([])
    },
    patience,
  )
})
