import { Migrator, sql } from 'kysely'
import type { Db } from './database.ts'
import { migrations } from './migrations/index.ts'

const latest = Object.keys(migrations).sort().at(-1) as string

/**
 * Brings the schema up to this version. Safe to run by several processes at once: Kysely holds an advisory lock.
 *
 * @returns names of the migrations that ran.
 * @throws what the failed migration threw (Kysely itself only returns it).
 */
export const migrateToLatest = async (db: Db): Promise<readonly string[]> => {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
  return (results ?? []).map((result) => result.migrationName)
}

/** Name of the newest migration in the database, and of the one this version needs. */
export const schemaVersion = async (db: Db): Promise<{ current: string | null; needed: string }> => {
  const known = await sql<{
    exists: boolean
  }>`select to_regclass('kysely_migration') is not null as exists`.execute(db)
  if (!known.rows[0]?.exists) return { current: null, needed: latest }
  const newest = await sql<{ name: string | null }>`select max(name) as name from kysely_migration`.execute(
    db,
  )
  return { current: newest.rows[0]?.name ?? null, needed: latest }
}
