/**
 * Runs. What they mean for the schedule of their connection is told to `sync-schedule.repo.ts`. A run belongs to the worker that holds its lease; every write names
 * the lease, so a worker that was silent too long changes nothing any more.
 */
import { type Selectable, sql, type UpdateObject } from 'kysely'
import { lockConnection } from '../connections/lock-connection.ts'
import { noteOutage } from '../connections/outages.repo.ts'
import {
  firstSliceDue,
  type Intervals,
  leaveToQueue,
  lockRunningRun,
  nextSlice,
  scheduleAfterRun,
  scheduleRetry,
  sliceTaken,
  wishDuringRun,
} from '../connections/sync-schedule.repo.ts'
import type { Db, Trx } from '../core/database.ts'
import { notify } from '../core/notify.ts'
import type { Connection, Database, RunKind, RunPhase, RunTrigger, ZohoService } from '../core/schema.ts'
import { armDebtorSync } from './debtor-syncs.repo.ts'

export type SyncRun = Selectable<Database['sync_runs']>

/** A run in our hands. */
export type LeasedRun = SyncRun & { readonly lease_token: string }

export interface ClaimedSlice {
  readonly connection: Connection
  readonly run: LeasedRun
}

const inSeconds = (seconds: number) => sql<Date>`now() + make_interval(secs => ${seconds}::float8)`

const startRun = async (
  trx: Trx,
  connection: Connection,
  { kind, trigger }: { kind: RunKind | null; trigger: RunTrigger | null },
): Promise<SyncRun> => {
  const { rows } = await sql<{ full_due: boolean; first: boolean }>`
    select coalesce(next_full_sync_at <= now(), true) as full_due,
      not exists (select 1 from sync_runs r where r.connection_id = c.id) as first
    from connections c where id = ${connection.id}`.execute(trx)
  const { full_due: fullDue, first } = rows[0] ?? { full_due: true, first: true }
  // an incremental run needs a watermark to start from
  const wanted = kind ?? (fullDue ? 'full' : 'incremental')
  return trx
    .insertInto('sync_runs')
    .values({
      connection_id: connection.id,
      client_id: connection.client_id,
      zoho_organization_id: connection.zoho_organization_id,
      kind: connection.watermark === null ? 'full' : wanted,
      trigger: trigger ?? (first ? 'connected' : 'schedule'),
      watermark_from: connection.watermark,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/**
 * Takes the lease on the connection's run for one slice; starts a run when one is due.
 *
 * @returns undefined when there is nothing to do: not due, paused, gone, or in the hands of a live worker.
 */
export const claimSlice = (
  db: Db,
  connectionId: string,
  { lockSeconds }: { lockSeconds: number },
): Promise<ClaimedSlice | undefined> =>
  db.transaction().execute(async (trx) => {
    const connection = await lockConnection(trx, connectionId)
    if (!connection || (connection.state !== 'active' && connection.state !== 'error')) return undefined
    const { rows } = await sql<{ due: boolean; leased: boolean }>`
      select coalesce(c.next_sync_at <= now(), false) as due,
        exists (select 1 from sync_runs r where r.connection_id = c.id and r.state = 'running' and r.lease_until > now()) as leased
      from connections c where c.id = ${connectionId}`.execute(trx)
    if (!rows[0]?.due || rows[0].leased) return undefined

    const running = await lockRunningRun(trx, connectionId)
    const run =
      running ??
      (await startRun(trx, connection, {
        kind: connection.next_sync_kind,
        trigger: connection.next_sync_trigger,
      }))
    const leased = await trx
      .updateTable('sync_runs')
      .set({
        lease_token: sql<string>`gen_random_uuid()`,
        lease_until: inSeconds(lockSeconds),
        attempts: sql<number>`attempts + 1`,
      })
      .where('id', '=', run.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    await sliceTaken(trx, connectionId, { startsRun: running === undefined })
    if (!running || connection.delayed_until)
      await notify(trx, connection.client_id, { type: 'connection', id: connectionId })
    if (leased.lease_token === null) throw new Error('a lease without a token')
    return { connection, run: { ...leased, lease_token: leased.lease_token } }
  })

const underLease = async (
  trx: Trx,
  { id, lease_token }: LeasedRun,
  change: UpdateObject<Database, 'sync_runs'>,
): Promise<SyncRun | undefined> =>
  trx
    .updateTable('sync_runs')
    .set(change)
    .where('id', '=', id)
    .where('lease_token', '=', lease_token)
    .where('state', '=', 'running')
    .returningAll()
    .executeTakeFirst()

/** Prolongs a lease that has not run out. @returns false when it is gone. */
export const renewLease = async (
  db: Db,
  { id, lease_token }: LeasedRun,
  { lockSeconds }: { lockSeconds: number },
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('sync_runs')
    .set({ lease_until: inSeconds(lockSeconds) })
    .where('id', '=', id)
    .where('lease_token', '=', lease_token)
    .where('lease_until', '>', sql<Date>`now()`)
    .where('state', '=', 'running')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Goes on to the next phase. @returns undefined when the lease is gone. */
export const enterPhase = (
  db: Db,
  run: LeasedRun,
  phase: RunPhase,
  { listedPages }: { listedPages: number },
): Promise<SyncRun | undefined> =>
  db.transaction().execute((trx) => underLease(trx, run, { phase, listed_pages: listedPages }))

/** Keeps the lease, notes what the re-reading of missing rows came to. @returns false when the lease is gone. */
export const noteChecked = async (
  db: Db,
  run: LeasedRun,
  {
    page,
    ids,
    closed,
    setAside,
    disturbed,
    lockSeconds,
    notify: tell,
  }: {
    page: number
    ids: readonly string[]
    closed: number
    setAside: number
    disturbed: boolean
    lockSeconds: number
    notify: boolean
  },
): Promise<boolean> =>
  db.transaction().execute(async (trx) => {
    const kept = await underLease(trx, run, {
      next_page: page + 1,
      rows_closed: sql<number>`rows_closed + ${closed}`,
      rows_set_aside: sql<number>`rows_set_aside + ${setAside}`,
      lease_until: inSeconds(lockSeconds),
      ...(disturbed ? { disturbed: true } : {}),
    })
    if (!kept) return false
    await trx
      .insertInto('sync_pages')
      .values({
        run_id: run.id,
        page,
        connection_id: run.connection_id,
        invoice_ids: [...ids],
        rows_set_aside: setAside,
        has_more: true,
      })
      .execute()
    if (tell) await notify(trx, run.client_id, { type: 'run', id: run.id })
    return true
  })

export interface Yield {
  /** When the next slice may start; null: at once. */
  readonly at: Date | null
  /** Shown to the client as the reason why nothing moves until then. */
  readonly delayedCode: string | null
  /** Pages were stored, so whatever was wrong is over. */
  readonly progressed: boolean
}

/** What was wrong is over. */
const recovered = {
  problem_code: null,
  problem_at: null,
  state: sql<Connection['state']>`case when state = 'error' then 'active' else state end`,
}

/** Gives the lease back and arms the row for the next slice. Nothing happens when the lease is gone. */
export const yieldSlice = (db: Db, run: LeasedRun, { at, delayedCode, progressed }: Yield): Promise<void> =>
  db.transaction().execute(async (trx) => {
    const connection = await lockConnection(trx, run.connection_id)
    const kept = await underLease(trx, run, { lease_token: null, lease_until: null })
    if (!kept || !connection) return
    await nextSlice(trx, run.connection_id, { at, delayedCode, recovered: progressed })
    if (progressed)
      await trx.updateTable('connections').set(recovered).where('id', '=', run.connection_id).execute()
    if (delayedCode !== null || (progressed && connection.problem_code !== null))
      await notify(trx, run.client_id, { type: 'connection', id: run.connection_id })
  })

/**
 * After an error: the lease goes back at once, so that the queue's next attempt finds the run free. The row counts as
 * enqueued until then: a sweep in between would send a second job past the queue's pause.
 */
export const releaseLease = (db: Db, run: LeasedRun): Promise<void> =>
  db.transaction().execute(async (trx) => {
    await lockConnection(trx, run.connection_id)
    const kept = await underLease(trx, run, { lease_token: null, lease_until: null })
    if (kept) await leaveToQueue(trx, run.connection_id)
  })

/**
 * Completes a run: watermark, proof, and the schedule after it. Now the customers may be read, where the grant allows it.
 *
 * @returns the run, whether another is due now, and whether the customers are; undefined when the lease is gone.
 */
export const finishRun = (
  db: Db,
  run: LeasedRun,
  { readsDebtors, ...intervals }: Intervals & { readonly readsDebtors: boolean },
): Promise<{ run: SyncRun; dueNow: boolean; debtorsDue: boolean } | undefined> =>
  db.transaction().execute(async (trx) => {
    const connection = await lockConnection(trx, run.connection_id)
    const finished = await underLease(trx, run, {
      state: 'completed',
      finished_at: sql<Date>`now()`,
      error_code: null,
      lease_token: null,
      lease_until: null,
      watermark_to: sql<Date>`greatest(zoho_started_at, watermark_from)`,
    })
    if (!finished || !connection) return undefined
    const dueNow = await scheduleAfterRun(trx, connection, finished, intervals)
    await trx
      .updateTable('connections')
      .set({
        ...recovered,
        last_synced_at: sql<Date>`now()`,
        watermark: sql<Date>`greatest(watermark, ${finished.watermark_to}::timestamptz)`,
        ...(finished.kind === 'full'
          ? {
              // cases that nobody followed while the connection was interrupted
              next_case_follow_at: sql<Date | null>`case when exists (
                select 1 from cases where zoho_organization_id = ${connection.zoho_organization_id} and followed_until is not null
              ) then now() end`,
              case_follow_enqueued_at: null,
              proven_at: sql<Date>`greatest(proven_at, ${finished.first_request_at}::timestamptz)`,
            }
          : {}),
      })
      .where('id', '=', run.connection_id)
      .execute()
    await notify(trx, run.client_id, { type: 'run', id: run.id })
    await notify(trx, run.client_id, { type: 'connection', id: run.connection_id })
    const anew = finished.kind === 'full' || finished.rows_new > 0
    const debtorsDue = readsDebtors && (await armDebtorSync(trx, connection, { anew }))
    return { run: finished, dueNow, debtorsDue }
  })

export interface Failure {
  readonly code: string
  /** The run cannot go on from its page; the next one starts anew. */
  readonly giveUpRun: boolean
  /** Seconds of the first pause; each further failure doubles it. */
  readonly baseSeconds: number
  readonly maxSeconds: number
  /** Runs that fail this often, or are this old, are given up too. */
  readonly maxFailures: number
  readonly maxRunSeconds: number
  /** The outage that it is a part of. */
  readonly waitsFor: ZohoService | null
}

/** A sync failed for now: the run waits or is given up, the connection says why and when it goes on. */
export const recordSyncFailure = (db: Db, connectionId: string, failure: Failure): Promise<void> =>
  db.transaction().execute(async (trx) => {
    const connection = await lockConnection(trx, connectionId)
    if (!connection || connection.state === 'disconnected') return
    const failures = connection.sync_failures + 1
    await trx
      .updateTable('sync_runs')
      .set({
        error_code: failure.code,
        state: sql<SyncRun['state']>`case when ${failure.giveUpRun || failures >= failure.maxFailures}
          or started_at < now() - make_interval(secs => ${failure.maxRunSeconds}::float8) then 'failed' else state end`,
        finished_at: sql<Date>`case when ${failure.giveUpRun || failures >= failure.maxFailures}
          or started_at < now() - make_interval(secs => ${failure.maxRunSeconds}::float8) then now() end`,
      })
      .where('connection_id', '=', connectionId)
      .where('state', '=', 'running')
      .where(({ eb, or }) => or([eb('lease_until', 'is', null), eb('lease_until', '<', sql<Date>`now()`)]))
      .execute()
    const { waitsFor } = failure
    if (waitsFor !== null) await noteOutage(trx, { dataCenter: connection.data_center, service: waitsFor })
    await scheduleRetry(trx, connection, failure)
    await trx
      .updateTable('connections')
      .set({
        state: sql<Connection['state']>`case when state = 'active' then 'error' else state end`,
        problem_code: connection.state === 'reconnect_required' ? connection.problem_code : failure.code,
        problem_at: connection.problem_code === failure.code ? connection.problem_at : sql<Date>`now()`,
      })
      .where('id', '=', connectionId)
      .execute()
    await notify(trx, connection.client_id, { type: 'connection', id: connectionId })
  })

/** Marks the code of the last error on the run under way, while the queue still tries by itself. */
export const noteRunError = async (db: Db, connectionId: string, code: string): Promise<void> => {
  await db
    .updateTable('sync_runs')
    .set({ error_code: code })
    .where('connection_id', '=', connectionId)
    .where('state', '=', 'running')
    .execute()
}

/** "Sync now": the run under way, or a new one. @returns undefined when the connection cannot sync. */
export const requestRun = async (
  trx: Trx,
  connectionId: string,
  { kind, trigger }: { kind: RunKind | null; trigger: RunTrigger },
): Promise<SyncRun | undefined> => {
  const connection = await lockConnection(trx, connectionId)
  if (!connection || (connection.state !== 'active' && connection.state !== 'error')) return undefined
  const running = await lockRunningRun(trx, connectionId)
  if (running) {
    await wishDuringRun(trx, connection, running, { kind, trigger })
    return running
  }
  const run = await startRun(trx, connection, { kind: kind ?? connection.next_sync_kind, trigger })
  await firstSliceDue(trx, connectionId)
  await notify(trx, connection.client_id, { type: 'run', id: run.id })
  return run
}

/**
 * Ends the run under way, for a connection that is disconnected, paused or pointed at another organization. Pages
 * lock their run's row, so after this commits nothing more of it is staged.
 */
export const cancelRuns = async (trx: Trx, connectionId: string): Promise<void> => {
  await trx
    .updateTable('sync_runs')
    .set({ state: 'cancelled', finished_at: sql<Date>`now()`, lease_token: null, lease_until: null })
    .where('connection_id', '=', connectionId)
    .where('state', '=', 'running')
    .execute()
}
