/** A client's case commands: who asked for what, how far it is, who works on it. */
import { sql } from 'kysely'
import { armSync } from '../connections/sync-schedule.repo.ts'
import type { Db, Trx } from '../core/database.ts'
import { type Cursor, keysetPage, type Page } from '../core/keyset-page.ts'
import type { AttemptOutcome, CaseCommand, Outcome, PortalCaseCommand } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'

export interface NewCommand {
  readonly clientId: string
  readonly connectionId: string
  readonly idempotencyKey: string | null
  readonly requestHash: string
  readonly requestedBy: string
  readonly requestedByName: string | null
  /** Of the HTTP request. */
  readonly requestId: string | null
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
      requested_by_name: command.requestedByName,
      request_id: command.requestId,
      confirm_undisputed: true,
      selection: JSON.stringify(command.selection),
      total: 0,
    })
    .onConflict((conflict) => conflict.columns(['client_id', 'idempotency_key']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted?.id
}

/**
 * Completes a new command: its items are there, and it is accepted as of now, not as of the transaction's begin. What
 * Zoho was asked before this moment proves nothing for it.
 */
export const acceptCommand = async (trx: Trx, id: string, total: number): Promise<void> => {
  await trx
    .updateTable('case_commands')
    .set({ total, created_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .execute()
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
 * Takes an unfinished command for this worker, and notes the attempt. It stays due, so that the sweep finds it should the
 * worker die.
 *
 * @returns undefined when it is completed, gone, or in the hands of a worker that is alive.
 */
export const claimCommand = (
  db: Db | Trx,
  id: string,
  { leaseToken, lockSeconds }: { leaseToken: string; lockSeconds: number },
): Promise<CaseCommand | undefined> =>
  db
    .with('claimed', (inner) =>
      inner
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
        .returningAll(),
    )
    .with('attempt', (inner) =>
      inner
        .insertInto('case_command_attempts')
        .columns(['id', 'command_id'])
        .expression((eb) =>
          eb
            .selectFrom('claimed')
            .select([sql<string>`${leaseToken}::uuid`.as('id'), 'claimed.id as command_id']),
        ),
    )
    .selectFrom('claimed')
    .selectAll()
    .executeTakeFirst()

/** Notes how an attempt ended; the first word stands. */
export const endAttempt = async (
  db: Db | Trx,
  attemptId: string,
  { outcome, code }: { outcome: AttemptOutcome; code?: string | null | undefined },
): Promise<void> => {
  await db
    .updateTable('case_command_attempts')
    .set({ ended_at: sql<Date>`clock_timestamp()`, outcome, error_code: code ?? null })
    .where('id', '=', attemptId)
    .where('ended_at', 'is', null)
    .execute()
}

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

/** Lets the command go; it is due again after so many seconds. With a code it says why it waits. */
export const releaseCommand = async (
  db: Db | Trx,
  id: string,
  { leaseToken, dueInSeconds, code }: { leaseToken: string; dueInSeconds: number; code?: string | null },
): Promise<void> => {
  await db
    .updateTable('case_commands')
    .set({
      lease_token: null,
      lease_until: null,
      enqueued_at: null,
      next_attempt_at: sql<Date>`now() + make_interval(secs => ${dueInSeconds}::float8)`,
      ...(code === undefined ? {} : { error_code: code }),
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

/** Notes why a command waits while the queue still tries by itself. */
export const noteCommandError = async (db: Db | Trx, id: string, code: string): Promise<void> => {
  await db
    .updateTable('case_commands')
    .set({ error_code: code })
    .where('id', '=', id)
    .where('state', '<>', 'completed')
    .execute()
}

/** Seconds since the command was accepted, or since the last of its items got an outcome. */
export const secondsWithoutProgress = async (db: Db | Trx, id: string): Promise<number> => {
  const row = await db
    .selectFrom('case_commands as m')
    .select(
      sql<number>`extract(epoch from now() - greatest(m.created_at,
        (select max(decided_at) from case_command_items where command_id = m.id)))::float8`.as('seconds'),
    )
    .where('m.id', '=', id)
    .executeTakeFirst()
  return row?.seconds ?? 0
}

export type FullRunWait = 'not_asked' | 'waiting' | 'over'

/**
 * Zoho tells times in whole seconds: what somebody paid just before the command might have changed in the middle of a run
 * that begins in the same second, and such a run is walked again.
 */
const secondsBeforeFullRun = 2

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
  await armSync(trx, connectionId, {
    kind: 'full',
    trigger: 'command',
    anew: true,
    withinSeconds: secondsBeforeFullRun,
  })
}

/**
 * Whether the full run that a command asked for has come, or has been waited for long enough. One that sent its first
 * request before the command was accepted is none.
 */
export const fullRunWait = async (
  db: Db | Trx,
  id: string,
  { connectionId, patienceSeconds }: { connectionId: string; patienceSeconds: number },
): Promise<FullRunWait> => {
  const { rows } = await sql<{ wait: FullRunWait }>`${named('select case_commands')}
    select case
      when m.full_run_armed_at is null then 'not_asked'
      when m.full_run_armed_at < now() - make_interval(secs => ${patienceSeconds}) then 'over'
      when n.proven_at > m.created_at then 'over'
      when exists (
        select 1 from sync_runs r
        where r.connection_id = ${connectionId} and r.kind = 'full' and r.state in ('failed', 'cancelled')
          and r.started_at >= m.full_run_armed_at
      ) then 'over'
      else 'waiting'
    end as wait
    from case_commands m left join connections n on n.id = ${connectionId} where m.id = ${id}`.execute(db)
  return rows[0]?.wait ?? 'over'
}

/** Call it as portal reader. */
export const findPortalCommand = (trx: Trx, id: string): Promise<PortalCaseCommand | undefined> =>
  trx.selectFrom('portal_case_commands').selectAll().where('id', '=', id).executeTakeFirst()

/** The client's commands, newest first. Call it as portal reader. */
export const listPortalCommands = (
  trx: Trx,
  page: { readonly limit: number; readonly cursor: Cursor | undefined },
): Promise<Page<PortalCaseCommand>> =>
  keysetPage(trx, { from: 'portal_case_commands', by: 'created_at', ...page })
