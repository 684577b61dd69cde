/**
 * The one owner of a connection's schedule: when its next run or slice is due, of what kind, and what follows the run
 * under way. Nothing else writes these columns.
 *
 * Lock order, here and everywhere: client, token, command, connection, running run, staged rows, cases. Who arms a sync
 * holds the connection, and so does who ends a run: a wish is either seen by the end of the run, or arms the next one.
 */
import { type RawBuilder, sql, type UpdateObject } from 'kysely'
import type { Trx } from '../core/database.ts'
import { notify } from '../core/notify.ts'
import type { Connection, Database, RunKind, RunTrigger, ZohoService } from '../core/schema.ts'
import { lockConnection } from './lock-connection.ts'
import { isDown } from './outages.repo.ts'

type ScheduleColumn =
  | 'next_sync_at'
  | 'next_sync_kind'
  | 'next_sync_trigger'
  | 'sync_again_kind'
  | 'sync_again_trigger'
  | 'sync_rearms'
  | 'next_full_sync_at'
  | 'sync_enqueued_at'
  | 'sync_failures'
  | 'delayed_until'
  | 'delayed_code'
  | 'waits_for'
type Schedule = Pick<UpdateObject<Database, 'connections'>, ScheduleColumn>

const now = sql<Date>`now()`
const inSeconds = (seconds: number) => sql<Date>`now() + make_interval(secs => ${seconds}::float8)`
const spread = (seconds: number, share: number) =>
  sql<Date>`now() + make_interval(secs => ${seconds}::float8 * (1 + ${share}::float8 * (2 * random() - 1)))`

const notDelayed = { delayed_until: null, delayed_code: null }

/** Of a connection that has to wait for a person: nothing is due, what was wished for stays. */
export const scheduleHalted = { next_sync_at: null, waits_for: null } satisfies Schedule

/** Of a connection that ends or begins anew. */
export const noSchedule = {
  ...notDelayed,
  next_sync_at: null,
  next_sync_kind: null,
  next_sync_trigger: null,
  sync_again_kind: null,
  sync_again_trigger: null,
  sync_rearms: 0,
  next_full_sync_at: null,
  sync_enqueued_at: null,
  sync_failures: 0,
  waits_for: null,
} satisfies Schedule

const write = async (trx: Trx, id: string, schedule: Schedule): Promise<void> => {
  await trx
    .updateTable('connections')
    .set({ waits_for: null, ...schedule })
    .where('id', '=', id)
    .execute()
}

const stronger = (a: RunKind | null, b: RunKind | null): RunKind | null =>
  a === 'full' || b === 'full' ? 'full' : (a ?? b)

export interface Wish {
  /** Null: whatever the schedule would choose. */
  readonly kind: RunKind | null
  readonly trigger: RunTrigger
  /** How long it may wait, so that a burst of wishes becomes one run. Default: due now. */
  readonly withinSeconds?: number
  /** Only a run that begins after this call will do, also when a full one is under way. */
  readonly anew?: boolean
  /** What failed before counts no longer. */
  readonly afresh?: boolean
}

/**
 * Asks for a sync of a connection that can sync. While a run is under way the wish is kept and carried out right after
 * it: what the run has already walked past would be missed otherwise.
 */
export const armSync = async (trx: Trx, connectionId: string, wish: Wish): Promise<void> => {
  const connection = await lockConnection(trx, connectionId)
  if (!connection || (connection.state !== 'active' && connection.state !== 'error')) return
  const running = await lockRunningRun(trx, connectionId)
  const schedule = running ? keepWish(connection, running.kind, wish) : armNext(connection, wish)
  await write(trx, connectionId, { ...schedule, ...(wish.afresh ? { sync_failures: 0 } : {}) })
}

/** The connection's run under way, locked. */
export const lockRunningRun = (trx: Trx, connectionId: string) =>
  trx
    .selectFrom('sync_runs')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .where('state', '=', 'running')
    .forUpdate()
    .executeTakeFirst()

const armNext = (connection: Connection, { kind, trigger, withinSeconds = 0 }: Wish): Schedule => ({
  next_sync_at: sql<Date>`least(next_sync_at, ${inSeconds(withinSeconds)})`,
  next_sync_kind: stronger(connection.next_sync_kind, kind),
  next_sync_trigger: trigger,
  ...(withinSeconds === 0 ? { sync_enqueued_at: null } : {}),
})

/** A full run under way needs only an incremental one after it to be complete. */
const keepWish = (
  connection: Connection,
  running: RunKind,
  { kind, trigger, anew, afresh }: Wish,
): Schedule => {
  const enough = running === 'full' && !anew ? 'incremental' : (kind ?? 'incremental')
  // a run that waits after a failure is tried at once; one that waits for Zoho's limit is not
  const resume =
    connection.next_sync_at === null ||
    afresh ||
    (connection.sync_failures > 0 && connection.delayed_until === null)
  return {
    sync_again_kind: stronger(connection.sync_again_kind, enough),
    sync_again_trigger: trigger,
    ...(resume ? { next_sync_at: now, sync_enqueued_at: null } : {}),
  }
}

/** A person's wish while a run is under way; hold connection and run. */
export const wishDuringRun = (
  trx: Trx,
  connection: Connection,
  running: { readonly kind: RunKind },
  wish: Wish,
): Promise<void> => write(trx, connection.id, keepWish(connection, running.kind, wish))

/** A worker takes a slice. The row stays due: when the worker dies, the sweep finds it as soon as the lease has run out. */
export const sliceTaken = (
  trx: Trx,
  connectionId: string,
  { startsRun }: { startsRun: boolean },
): Promise<void> =>
  write(trx, connectionId, {
    ...notDelayed,
    sync_enqueued_at: null,
    ...(startsRun ? { next_sync_kind: null, next_sync_trigger: null } : {}),
  })

/** A run was started for a person; its first slice is due. */
export const firstSliceDue = (trx: Trx, connectionId: string): Promise<void> =>
  write(trx, connectionId, {
    next_sync_at: now,
    next_sync_kind: null,
    next_sync_trigger: null,
    sync_enqueued_at: null,
  })

/** The next slice of the run under way. @param at null: at once. */
export const nextSlice = (
  trx: Trx,
  connectionId: string,
  { at, delayedCode, recovered }: { at: Date | null; delayedCode: string | null; recovered: boolean },
): Promise<void> =>
  write(trx, connectionId, {
    next_sync_at: at ?? now,
    sync_enqueued_at: null,
    delayed_until: delayedCode === null ? null : at,
    delayed_code: delayedCode,
    ...(recovered ? { sync_failures: 0 } : {}),
  })

/** The queue's own next attempt will come: a sweep until then would send a second job past the queue's pause. */
export const leaveToQueue = (trx: Trx, connectionId: string): Promise<void> =>
  write(trx, connectionId, { sync_enqueued_at: now })

export interface Intervals {
  readonly intervalSeconds: number
  readonly fullIntervalSeconds: number
  /** How many disturbed full runs in a row may call for another. */
  readonly maxRearms: number
}

/**
 * The schedule after a completed run: what was wished for while it ran follows at once, and so does another full run when
 * invoices left the list while this one walked it; else the next run comes after its interval, spread by ±10 %.
 *
 * @returns whether another run is due now.
 */
export const scheduleAfterRun = async (
  trx: Trx,
  connection: Connection,
  run: { readonly kind: RunKind; readonly disturbed: boolean },
  { intervalSeconds, fullIntervalSeconds, maxRearms }: Intervals,
): Promise<boolean> => {
  const full = run.kind === 'full'
  const rearmed = full && run.disturbed && connection.sync_rearms < maxRearms
  const again = connection.sync_again_kind ?? connection.next_sync_kind
  const dueNow = rearmed || again !== null
  const trigger =
    again !== null
      ? (connection.sync_again_trigger ?? connection.next_sync_trigger)
      : rearmed
        ? 'rearmed'
        : null
  await write(trx, connection.id, {
    ...notDelayed,
    sync_failures: 0,
    sync_enqueued_at: null,
    sync_again_kind: null,
    sync_again_trigger: null,
    next_sync_at: dueNow ? now : spread(intervalSeconds, 0.1),
    next_sync_kind: rearmed ? 'full' : again,
    next_sync_trigger: trigger,
    ...(full
      ? {
          next_full_sync_at: spread(fullIntervalSeconds, 0.1),
          sync_rearms: rearmed ? connection.sync_rearms + 1 : 0,
        }
      : {}),
  })
  return dueNow
}

/** However long an outage lasts, one of those who wait for its end looks so often. */
const probeSeconds = 60

/**
 * After a failure: after a pause that doubles from `baseSeconds` to `maxSeconds`. In an outage the others may wait that
 * long, but one looks every minute: its success wakes them all.
 */
export const scheduleRetry = (
  trx: Trx,
  connection: Connection,
  {
    baseSeconds,
    maxSeconds,
    waitsFor,
  }: { baseSeconds: number; maxSeconds: number; waitsFor: ZohoService | null },
): Promise<void> => {
  const pause = Math.min(maxSeconds, baseSeconds * 2 ** Math.min(connection.sync_failures, 20))
  const anotherProbes = sql`exists (
    select 1 from connections other where other.data_center = connections.data_center and other.waits_for = ${waitsFor}
      and other.next_sync_at between now() and now() + make_interval(secs => ${probeSeconds}) and other.id <> connections.id)`
  return write(trx, connection.id, {
    sync_failures: connection.sync_failures + 1,
    sync_enqueued_at: null,
    waits_for: waitsFor,
    next_sync_at:
      waitsFor === null || pause <= probeSeconds
        ? spread(pause, 0.25)
        : sql<Date>`case when ${isDown(sql.ref('data_center'), waitsFor)} and not ${anotherProbes}
            then ${inSeconds(probeSeconds)} else ${spread(pause, 0.25)} end`,
  })
}

/** Delays of an organization, not of a grant. */
const limitCodes = ['zoho_minute_limit', 'zoho_day_limit', 'zoho_concurrency_limit']

/**
 * The connections to an organization that wait for a limit of Zoho's are due now, with their commands and the cases they
 * look after.
 *
 * @returns the connections whose sync is due.
 */
export const endLimitDelays = async (
  trx: Trx,
  { dataCenter, organizationId }: { readonly dataCenter: string; readonly organizationId: string },
): Promise<readonly string[]> => {
  const own = sql`(select id from connections where data_center = ${dataCenter}
    and zoho_organization_id = ${organizationId} and state <> 'disconnected')`
  await sql`
    update case_commands set next_attempt_at = now(), enqueued_at = null
    where id in (
      select id from case_commands where connection_id in ${own} and state <> 'completed'
        and error_code = any(${limitCodes}) and next_attempt_at > now()
      order by id for update)`.execute(trx)
  await sql`select id from connections where id in ${own} order by id for update`.execute(trx)
  await sql`
    update connections set next_case_follow_at = now(), case_follow_enqueued_at = null
    where id in ${own} and next_case_follow_at > now()`.execute(trx)
  const freed = await trx
    .updateTable('connections')
    .set({ ...notDelayed, next_sync_at: now, sync_enqueued_at: null } satisfies Schedule)
    .where('data_center', '=', dataCenter)
    .where('zoho_organization_id', '=', organizationId)
    .where('state', 'in', ['active', 'error'])
    .where('delayed_code', 'in', limitCodes)
    .returning(['id', 'client_id'])
    .execute()
  for (const { id, client_id: clientId } of freed) await notify(trx, clientId, { type: 'connection', id })
  return freed.map(({ id }) => id)
}

/** Zoho or a budget asks to wait: no failure, only a delay that the client can see. */
export const delaySync = async (
  trx: Trx,
  connectionId: string,
  { code, until, waitsFor }: { code: string; until: Date; waitsFor: ZohoService | null },
): Promise<void> => {
  const connection = await lockConnection(trx, connectionId)
  if (!connection || connection.state === 'disconnected') return
  await write(trx, connectionId, {
    next_sync_at: until,
    sync_enqueued_at: null,
    delayed_until: until,
    delayed_code: code,
    waits_for: waitsFor,
  })
  await notify(trx, connection.client_id, { type: 'connection', id: connectionId })
}

/** A token's refresh that became due. */
export interface WokenRefresh {
  readonly id: string
  readonly at: Date
}

/**
 * After an outage: what waited for it is due at `soon`, an expression that differs by row, but not before its token is,
 * since it would only be told to wait for it. A connection that somebody holds is being worked upon, and is left out.
 */
export const wakeSyncs = (
  dataCenter: string,
  service: ZohoService,
  soon: RawBuilder<unknown>,
  refreshes: readonly WokenRefresh[],
): RawBuilder<unknown> => sql`
  update connections c set
    next_sync_at = least(c.next_sync_at, woken.at), sync_enqueued_at = null, waits_for = null,
    delayed_until = case when c.delayed_until is not null then least(c.delayed_until, woken.at) end
  from (
    select held.id, greatest(${soon}, refresh.at) as at
    from (
      select id from connections
      where data_center = ${dataCenter} and waits_for = ${service} and state in ('active', 'error') and next_sync_at > now()
      for no key update skip locked
    ) held left join unnest(${refreshes.map(({ id }) => id)}::uuid[], ${refreshes.map(({ at }) => at.toISOString())}::timestamptz[])
      as refresh (id, at) on refresh.id = held.id
  ) woken
  where c.id = woken.id`
