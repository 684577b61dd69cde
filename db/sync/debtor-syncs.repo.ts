/** The walk through the customers of a connection: its schedule, its lease and its checkpoint, in one row. */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { Connection, DebtorSync } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'

const hourSeconds = 3_600
/** Nobody works on the row, and nothing of it is in the queue. */
const givenBack = { lease_token: null, lease_until: null, enqueued_at: null } as const

/**
 * After a run: the customers are due when they were never read, when the run brought new invoices or listed all, or
 * when the last look is an hour old. Hold the connection.
 *
 * @returns whether they are due now.
 */
export const armDebtorSync = async (
  trx: Trx,
  { id, client_id }: Pick<Connection, 'id' | 'client_id'>,
  { anew }: { readonly anew: boolean },
): Promise<boolean> => {
  const { rows } = await sql<{ due: boolean }>`${named('insert debtor_syncs')}
    insert into debtor_syncs as d (connection_id, client_id, next_sync_at) values (${id}, ${client_id}, now())
    on conflict (connection_id) do update set enqueued_at = null, next_sync_at = case
      -- a refusal or an outage keeps its pause
      when d.error_code is not null then d.next_sync_at
      when ${anew} or d.completed_at is null or d.completed_at < now() - make_interval(secs => ${hourSeconds}) then now()
      else d.next_sync_at
    end
    returning coalesce(next_sync_at <= now(), false) as due`.execute(trx)
  return rows[0]?.due ?? false
}

export interface ClaimedDebtorSync extends DebtorSync {
  readonly lease_token: string
}

/**
 * Takes the lease for one slice; begins a walk when none is under way: through all customers when that is due, else
 * through those that changed since the last one.
 *
 * @returns undefined when nothing is due or another worker has it.
 */
export const claimDebtorSync = async (
  db: Db,
  connectionId: string,
  { lockSeconds }: { readonly lockSeconds: number },
): Promise<ClaimedDebtorSync | undefined> => {
  const { rows } = await sql<ClaimedDebtorSync>`${named('update debtor_syncs')}
    update debtor_syncs d set
      lease_token = gen_random_uuid(), lease_until = now() + make_interval(secs => ${lockSeconds}), enqueued_at = null,
      modified_since = case
        when d.next_page > 1 or d.listed then d.modified_since
        when d.next_full_at <= now() or d.next_full_at is null then null
        else d.watermark
      end
    where d.connection_id = ${connectionId} and d.next_sync_at <= now() and (d.lease_until is null or d.lease_until < now())
    returning d.*`.execute(db)
  return rows[0]
}

/** Invoices come first: a run of the organization is under way or due, or a command waits for its proofs. */
export const invoicesWait = async (
  db: Db,
  { data_center, zoho_organization_id }: Pick<Connection, 'data_center' | 'zoho_organization_id'>,
): Promise<boolean> => {
  const { rows } = await sql<{ wait: boolean }>`${named('select connections')}
    select exists (
      select 1 from connections c
      where c.zoho_organization_id = ${zoho_organization_id} and c.data_center = ${data_center} and c.state in ('active', 'error')
        and (c.next_sync_at <= now()
          or exists (select 1 from sync_runs r where r.connection_id = c.id and r.state = 'running')
          or exists (select 1 from case_commands m where m.client_id = c.client_id and m.connection_id = c.id and m.state <> 'completed'))
    ) as wait`.execute(db)
  return rows[0]?.wait ?? false
}

/** Gives the lease back; goes on after so many seconds. */
export const pauseDebtorSync = async (
  db: Db,
  { connection_id, lease_token }: ClaimedDebtorSync,
  seconds: number,
): Promise<void> => {
  await db
    .updateTable('debtor_syncs')
    .set({
      ...givenBack,
      next_sync_at: sql<Date>`now() + make_interval(secs => ${seconds}::float8)`,
    })
    .where('connection_id', '=', connection_id)
    .where('lease_token', '=', lease_token)
    .execute()
}

/** The walk came to its end. The next one is armed by a run. */
export const finishDebtorSync = async (
  db: Db,
  { connection_id, lease_token, modified_since }: ClaimedDebtorSync,
  { fullIntervalSeconds }: { readonly fullIntervalSeconds: number },
): Promise<void> => {
  await db
    .updateTable('debtor_syncs')
    .set({
      ...givenBack,
      next_sync_at: null,
      next_page: 1,
      listed: false,
      modified_since: null,
      watermark: sql<Date>`coalesce(greatest(watermark, zoho_started_at), watermark)`,
      failures: 0,
      error_code: null,
      completed_at: sql<Date>`now()`,
      ...(modified_since === null
        ? { next_full_at: sql<Date>`now() + make_interval(secs => ${fullIntervalSeconds}::float8)` }
        : {}),
    })
    .where('connection_id', '=', connection_id)
    .where('lease_token', '=', lease_token)
    .execute()
}

/** Notes why customers could not be read, and arms the row. @param seconds null: not before the next run arms it. */
export const recordDebtorFailure = async (
  db: Db,
  connectionId: string,
  { code, seconds }: { readonly code: string | null; readonly seconds: number | null },
): Promise<void> => {
  await db
    .updateTable('debtor_syncs')
    .set({
      ...givenBack,
      next_sync_at: seconds === null ? null : sql<Date>`now() + make_interval(secs => ${seconds}::float8)`,
      ...(code === null ? {} : { error_code: code, failures: sql<number>`failures + 1` }),
    })
    .where('connection_id', '=', connectionId)
    .execute()
}

/** After a failure that the queue tries again by itself: a sweep until then would send a second job past its pause. */
export const leaveDebtorsToQueue = async (db: Db, connectionId: string): Promise<void> => {
  await db
    .updateTable('debtor_syncs')
    .set({ lease_token: null, lease_until: null, enqueued_at: sql<Date>`now()` })
    .where('connection_id', '=', connectionId)
    .execute()
}

/** Another grant: what was refused to the one before may be allowed now. The first run arms the row. */
export const forgetDebtorFailure = async (trx: Trx, connectionId: string): Promise<void> => {
  await trx
    .updateTable('debtor_syncs')
    .set({ error_code: null, failures: 0, next_sync_at: null })
    .where('connection_id', '=', connectionId)
    .execute()
}

/** Failures in a row. */
export const debtorFailures = async (db: Db, connectionId: string): Promise<number> => {
  const row = await db
    .selectFrom('debtor_syncs')
    .select('failures')
    .where('connection_id', '=', connectionId)
    .executeTakeFirst()
  return row?.failures ?? 0
}
