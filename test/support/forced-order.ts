/** Two connections whose order is forced: one is held in the middle of its transaction while the other runs into it. */
import { sql } from 'kysely'
import pg from 'pg'
import type { TestDatabase } from './database.ts'
import { waitFor } from './wait-for.ts'

const gateKey = 4711

export interface Gate {
  /** Resolves when somebody stands at the gate. */
  readonly reached: () => Promise<unknown>
  /** Lets through whoever stands there, and all who come later. */
  readonly open: () => Promise<void>
}

/** Whoever writes to this table is held before the row is written, within its transaction, until the gate is opened. */
export const gateAt = async (
  { db, url }: TestDatabase,
  table: string,
  operation: 'insert' | 'update' | 'delete',
): Promise<Gate> => {
  const keeper = new pg.Client({ connectionString: url })
  await keeper.connect()
  await keeper.query(`select pg_advisory_lock(${gateKey})`)
  await sql
    .raw(`create or replace function stand_at_gate() returns trigger language plpgsql as $$ begin
      perform pg_advisory_xact_lock(${gateKey});
      return coalesce(new, old);
    end $$`)
    .execute(db)
  await sql
    .raw(
      `create trigger a_gate before ${operation} on ${table} for each row execute function stand_at_gate()`,
    )
    .execute(db)
  return {
    reached: () =>
      waitFor('somebody at the gate', async () => {
        const { rows } = await keeper.query(
          // Of this database: others have gates of their own at the same time.
          `select 1 from pg_locks where locktype = 'advisory' and objid = ${gateKey} and not granted
             and database = (select oid from pg_database where datname = current_database())`,
        )
        return rows.length > 0
      }),
    open: () => keeper.end(),
  }
}

/** Resolves when so many connections wait for a lock, those at a gate among them. */
export const waitingForLocks = ({ db }: TestDatabase, connections: number): Promise<unknown> =>
  waitFor(`${connections} connections that wait`, async () => {
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
    return rows[0]?.waiting === connections
  })
