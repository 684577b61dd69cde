/** A client's orders: who asked for what, how far it is, who works on it. */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { type Cursor, keysetPage, type Page } from '../core/keyset-page.ts'
import type { CaseCommand, Outcome, PortalCaseCommand } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'

export interface NewCommand {
  readonly clientId: string
  readonly connectionId: string
  readonly idempotencyKey: string | null
  readonly requestHash: string
  readonly requestedBy: string
  readonly selection: unknown
}

/** @returns its id, or undefined when the client's key is taken: by then that command is visible. */
export const insertCommand = async (trx: Trx, command: NewCommand): Promise<string | undefined> => {
  const inserted = await trx
    .insertInto('case_commands')
    .values({
      client_id: command.clientId,
      connection_id: command.connectionId,
      idempotency_key: command.idempotencyKey,
      request_hash: command.requestHash,
      requested_by: command.requestedBy,
      confirm_undisputed: true,
      selection: JSON.stringify(command.selection),
      total: 0,
    })
    .onConflict((conflict) => conflict.columns(['client_id', 'idempotency_key']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted?.id
}

export const setCommandTotal = async (trx: Trx, id: string, total: number): Promise<void> => {
  await trx.updateTable('case_commands').set({ total }).where('id', '=', id).execute()
}

export const findCommandByKey = (
  db: Db | Trx,
  clientId: string,
  idempotencyKey: string,
): Promise<Pick<CaseCommand, 'id' | 'request_hash'> | undefined> =>
  db
    .selectFrom('case_commands')
    .select(['id', 'request_hash'])
    .where('client_id', '=', clientId)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirst()

export const findCommand = (db: Db | Trx, id: string): Promise<CaseCommand | undefined> =>
  db.selectFrom('case_commands').selectAll().where('id', '=', id).executeTakeFirst()

/**
 * Takes an unfinished command for this worker. It stays due, so that the sweep finds it should the worker die.
 *
 * @returns undefined when it is completed, gone, or in the hands of a worker that is alive.
 */
export const claimCommand = (
  db: Db | Trx,
  id: string,
  { leaseToken, lockSeconds }: { leaseToken: string; lockSeconds: number },
): Promise<CaseCommand | undefined> =>
  db
    .updateTable('case_commands')
    .set((eb) => ({
      state: 'running',
      attempts: eb('attempts', '+', 1),
      lease_token: leaseToken,
      lease_until: sql<Date>`now() + make_interval(secs => ${lockSeconds})`,
      next_attempt_at: sql<Date>`least(next_attempt_at, now())`,
      started_at: sql<Date>`coalesce(started_at, now())`,
    }))
    .where('id', '=', id)
    .where('state', '<>', 'completed')
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', sql<Date>`now()`)]))
    .returningAll()
    .executeTakeFirst()

/**
 * Locks the command for the transaction and prolongs the lease. False: another worker has it by now, or may have it at
 * any moment, for the lease ran out. What a worker knew before it slept so long, a proof above all, is too old to use.
 */
export const holdCommand = async (
  db: Db | Trx,
  id: string,
  { leaseToken, lockSeconds }: { leaseToken: string; lockSeconds: number },
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('case_commands')
    .set({ lease_until: sql<Date>`now() + make_interval(secs => ${lockSeconds})` })
    .where('id', '=', id)
    .where('lease_token', '=', leaseToken)
    .where('lease_until', '>', sql<Date>`now()`)
    .where('state', '=', 'running')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export const addOutcomes = async (
  trx: Trx,
  id: string,
  counts: Readonly<Record<Outcome, number>>,
): Promise<void> => {
  await trx
    .updateTable('case_commands')
    .set((eb) => ({
      created: eb('created', '+', counts.created),
      duplicate: eb('duplicate', '+', counts.duplicate),
      ineligible: eb('ineligible', '+', counts.ineligible),
      failed: eb('failed', '+', counts.failed),
      error_code: null,
    }))
    .where('id', '=', id)
    .execute()
}

/** @returns the finished command; undefined when the lease is gone. */
export const completeCommand = (trx: Trx, id: string, leaseToken: string): Promise<CaseCommand | undefined> =>
  trx
    .updateTable('case_commands')
    .set({
      state: 'completed',
      completed_at: sql<Date>`now()`,
      next_attempt_at: null,
      enqueued_at: null,
      error_code: null,
      lease_token: null,
      lease_until: null,
    })
    .where('id', '=', id)
    .where('lease_token', '=', leaseToken)
    .returningAll()
    .executeTakeFirst()

/** Lets the command go; it is due again after so many seconds. */
export const releaseCommand = async (
  db: Db | Trx,
  id: string,
  { leaseToken, dueInSeconds }: { leaseToken: string; dueInSeconds: number },
): Promise<void> => {
  await db
    .updateTable('case_commands')
    .set({
      lease_token: null,
      lease_until: null,
      enqueued_at: null,
      next_attempt_at: sql<Date>`now() + make_interval(secs => ${dueInSeconds}::float8)`,
    })
    .where('id', '=', id)
    .where('lease_token', '=', leaseToken)
    .execute()
}

/** Notes why a command that nobody works on waits, and until when. */
export const deferCommand = async (
  db: Db | Trx,
  id: string,
  { code, until }: { code: string; until: Date | { readonly seconds: number } },
): Promise<void> => {
  const at =
    until instanceof Date
      ? sql<Date>`${until}::timestamptz`
      : sql<Date>`now() + make_interval(secs => ${until.seconds}::float8)`
  await db
    .updateTable('case_commands')
    .set({ next_attempt_at: at, enqueued_at: null, error_code: code })
    .where('id', '=', id)
    .where('state', '<>', 'completed')
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', sql<Date>`now()`)]))
    .execute()
}

/** Seconds since the command was given. */
export const commandAgeSeconds = async (db: Db | Trx, id: string): Promise<number> => {
  const row = await db
    .selectFrom('case_commands')
    .select(sql<number>`extract(epoch from now() - created_at)::float8`.as('seconds'))
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.seconds ?? 0
}

export type FullRunWait = 'not_asked' | 'waiting' | 'over'

/**
 * Asks once for a full run on behalf of a command, to prove many items with few calls. While another run is under
 * way, the full one follows it.
 */
export const askForFullRun = async (trx: Trx, id: string, connectionId: string): Promise<void> => {
  await trx
    .updateTable('case_commands')
    .set({ full_run_armed_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
  await sql`
    update connections c
    set next_sync_at = case when running.found then c.next_sync_at else now() end,
      next_sync_kind = case when running.found then c.next_sync_kind else 'full' end,
      next_sync_trigger = case when running.found then c.next_sync_trigger else 'command' end,
      sync_enqueued_at = case when running.found then c.sync_enqueued_at end,
      sync_again_kind = case when running.found then 'full' else c.sync_again_kind end,
      sync_again_trigger = case when running.found then 'command' else c.sync_again_trigger end
    from (select exists (
      select 1 from sync_runs where connection_id = ${connectionId} and state = 'running') as found) running
    where c.id = ${connectionId} and c.state = 'active'`.execute(trx)
}

/** Whether the full run that a command asked for has come, or has been waited for long enough. */
export const fullRunWait = async (
  db: Db | Trx,
  id: string,
  { connectionId, patienceSeconds }: { connectionId: string; patienceSeconds: number },
): Promise<FullRunWait> => {
  const { rows } = await sql<{ wait: FullRunWait }>`${named('select case_commands')}
    select case
      when m.full_run_armed_at is null then 'not_asked'
      when m.full_run_armed_at < now() - make_interval(secs => ${patienceSeconds}) then 'over'
      when exists (
        select 1 from sync_runs r
        where r.connection_id = ${connectionId} and r.kind = 'full' and r.state <> 'running' and r.started_at >= m.full_run_armed_at
      ) then 'over'
      else 'waiting'
    end as wait
    from case_commands m where m.id = ${id}`.execute(db)
  return rows[0]?.wait ?? 'over'
}

/** Call it as portal reader. */
export const findPortalCommand = (trx: Trx, id: string): Promise<PortalCaseCommand | undefined> =>
  trx.selectFrom('portal_case_commands').selectAll().where('id', '=', id).executeTakeFirst()

/** The client's orders, newest first. Call it as portal reader. */
export const listPortalCommands = (
  trx: Trx,
  page: { readonly limit: number; readonly cursor: Cursor | undefined },
): Promise<Page<PortalCaseCommand>> =>
  keysetPage(trx, { from: 'portal_case_commands', newestBy: 'created_at', ...page })
