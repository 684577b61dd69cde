import { type Migration, Migrator, sql } from 'kysely'
import { migrations as ours } from '../migrations/index.ts'
import type { Db } from './database.ts'
import { needed, oldestFor, ownNumber, versionOf } from './schema-number.ts'

/** A migration would take something away that running processes of an older version still use. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
}

const runningVersions = async (db: Db): Promise<readonly number[]> => {
  // Names of sessions are shown to every role.
  const { rows } = await sql<{ name: string }>`
    select distinct application_name as name from pg_stat_activity where datname = current_database()`.execute(
    db,
  )
  return rows.map(({ name }) => versionOf(name)).filter((version) => version !== undefined)
}

const refuseWhileNeeded = async (db: Db, pending: readonly string[]): Promise<void> => {
  const oldest = oldestFor(pending)
  const tooOld = (await runningVersions(db)).filter((version) => version < oldest)
  if (tooOld.length > 0)
    throw new MigrationRefused(
      `Nothing was migrated: processes of schema version ${[...new Set(tooOld)].join(', ')} are running, and ` +
        `${pending.join(', ')} takes away what versions before ${oldest} use. Replace them first.`,
    )
}

/**
 * Brings the schema up to this version. Safe to run by several processes at once: Kysely holds an advisory lock.
 *
 * @returns names of the migrations that ran.
 * @throws MigrationRefused while a process runs that could not live with the result.
 * @throws what the failed migration threw (Kysely itself only returns it).
 */
export const migrateToLatest = async (
  db: Db,
  migrations: Record<string, Migration> = ours,
): Promise<readonly string[]> => {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const pending = (await migrator.getMigrations()).filter(({ executedAt }) => executedAt === undefined)
  await refuseWhileNeeded(
    db,
    pending.map(({ name }) => name),
  )
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
  return (results ?? []).map((result) => result.migrationName)
}

/** Any number, the same in all processes. */
const migrationLock = 7_262_411_093

/**
 * Lets one process at a time bring a database up to date: tables, queue and grants. Two that grant the same at once would
 * fail with "tuple concurrently updated". Others wait for as long as it takes; a process that dies gives the lock back.
 */
export const oneAtATime = <T>(db: Db, work: () => Promise<T>): Promise<T> =>
  db.connection().execute(async (connection) => {
    await sql`select set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false)`.execute(
      connection,
    )
    await sql`select pg_advisory_lock(${migrationLock})`.execute(connection)
    try {
      return await work()
    } finally {
      await sql`select pg_advisory_unlock(${migrationLock})`.execute(connection)
    }
  })

export interface SchemaVersion {
  /** Name of the newest migration in the database. */
  readonly current: string | null
  /** Name of the one that this version needs. */
  readonly needed: string
  /** It is there, and no newer one has taken away what this version uses. */
  readonly fits: boolean
}

export const schemaVersion = async (db: Db): Promise<SchemaVersion> => {
  const known = await sql<{
    exists: boolean
  }>`select to_regclass('kysely_migration') is not null as exists`.execute(db)
  if (!known.rows[0]?.exists) return { current: null, needed, fits: false }
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  const names = rows.map(({ name }) => name)
  return {
    current: names.at(-1) ?? null,
    needed,
    fits: names.includes(needed) && oldestFor(names) <= ownNumber,
  }
}
