import { type Kysely, sql } from 'kysely'

/**
 * An index that every staged row paid for and hardly anybody used: an organization's rows are found as well through its
 * connections and the primary key. Some 8 % of what a first load costs PostgreSQL.
 */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await sql`drop index staged_invoices_invoice`.execute(db)
}
