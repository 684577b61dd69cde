/**
 * The request budget of an organization, shared by all workers: one row, one statement per step. All times are
 * Postgres' own. The statements commit asynchronously: a crash may lose the last entries, never the books.
 */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { prepared } from '../core/statement-name.ts'

export interface BudgetKey {
  readonly dataCenter: string
  readonly organizationId: string
}

export interface BudgetLimits {
  /** Requests in any `minuteMs`. Null: the minute is not counted. */
  readonly perMinute: number | null
  readonly minuteMs: number
  readonly maxInFlight: number
  /** How long a slot is held when nobody gives it back. */
  readonly slotSeconds: number
  /** Requests of the day that are left alone: a number, or a share of the limit where that is more. */
  readonly dayReserve: { readonly requests: number; readonly share: number }
}

export type Refusal = 'zoho_minute_limit' | 'zoho_day_limit' | 'zoho_concurrency_limit'

export type Acquired =
  | {
      readonly slot: string
      /** When it was granted: the request is sent after this. */
      readonly grantedAt: Date
    }
  | {
      readonly refusal: Refusal
      /** Null: nobody knows, soon. */
      readonly retryAt: Date | null
      readonly waitMs: number | null
      /** Zoho itself refused; else it is our own pace or reserve. */
      readonly blockedByZoho: boolean
    }

interface AcquireRow {
  slot: string | null
  granted_at: Date
  refusal: Refusal | null
  retry_at: Date | null
  wait_ms: number | null
  blocked: boolean
}

const ensureRow = async (db: Db, { dataCenter, organizationId }: BudgetKey): Promise<void> => {
  await db
    .insertInto('organization_budgets')
    .values({ data_center: dataCenter, zoho_organization_id: organizationId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/**
 * Takes a slot for one request, or says why not and when.
 *
 * A request counts towards the minute from its grant until one minute after its *answer* (`releaseSlot` moves the
 * entry): it reached Zoho some time in between, so Zoho's own sliding window can never hold more than ours,
 * however long requests travel.
 */
export const acquireSlot = async (db: Db, key: BudgetKey, limits: BudgetLimits): Promise<Acquired> => {
  let row = await acquire(db, key, limits)
  if (row === undefined) {
    await ensureRow(db, key)
    row = await acquire(db, key, limits)
  }
  if (row === undefined) throw new Error('the budget row was deleted between two statements')
  if (row.slot !== null) return { slot: row.slot, grantedAt: row.granted_at }
  return {
    refusal: row.refusal ?? 'zoho_minute_limit',
    retryAt: row.retry_at,
    waitMs: row.wait_ms,
    blockedByZoho: row.blocked,
  }
}

const acquire = async (
  db: Db,
  { dataCenter, organizationId }: BudgetKey,
  { perMinute, minuteMs, maxInFlight, slotSeconds, dayReserve }: BudgetLimits,
): Promise<AcquireRow | undefined> => {
  const minute = sql`make_interval(secs => ${minuteMs / 1000}::float8)`
  const { rows } = await sql<AcquireRow>`${prepared('update organization_budgets')}
    -- 1. the row, locked; nobody waits for the disk on commit
    with locked as materialized (
      select b.*, set_config('synchronous_commit', 'off', true) as quick
      from organization_budgets b
      where data_center = ${dataCenter} and zoho_organization_id = ${organizationId}
      for update
    ),
    -- 2. the time, read after the lock was granted
    timed as materialized (select locked.*, clock_timestamp() as t from locked),
    -- 3. what still counts
    counted as materialized (
      select timed.*,
        (select coalesce(array_agg(at order by at), '{}') from unnest(request_times) at where at > t - ${minute}) as recent,
        (select coalesce(array_agg(at order by at), '{}') from unnest(in_flight_until) at where at > t) as flying,
        case when day_resets_at > t then day_remaining end as left_today,
        least(${maxInFlight}::int, coalesce(max_in_flight, ${maxInFlight}::int)) as most_in_flight
      from timed
    ),
    -- 4. the verdict
    judged as materialized (
      select counted.*,
        case
          when blocked_until > t then blocked_code
          when left_today <= greatest(${dayReserve.requests}::int, ceil(day_limit * ${dayReserve.share}::float8)) then 'zoho_day_limit'
          when cardinality(recent) >= ${perMinute}::int then 'zoho_minute_limit'
          when cardinality(flying) >= most_in_flight then 'zoho_concurrency_limit'
        end as refusal
      from counted
    ),
    answered as (
      select judged.*,
        case
          when refusal is null then null
          when blocked_until > t then blocked_until
          when refusal = 'zoho_day_limit' then day_resets_at
          when refusal = 'zoho_minute_limit' then recent[cardinality(recent) - ${perMinute}::int + 1] + ${minute}
        end as retry_at
      from judged
    )
    -- 5. a grant is written, a refusal is not
    , granted as (
      update organization_budgets b set
        request_times = case when ${perMinute}::int is null then '{}' else recent || t end,
        in_flight_until = flying || t + make_interval(secs => ${slotSeconds}),
        day_remaining = case when b.day_remaining > 0 then b.day_remaining - 1 else b.day_remaining end
      from answered a
      where b.data_center = a.data_center and b.zoho_organization_id = a.zoho_organization_id and a.refusal is null
    )
    select case when refusal is null then t::text end as slot, t as granted_at, refusal, retry_at,
      (extract(epoch from retry_at - t) * 1000)::float8 as wait_ms, coalesce(blocked_until > t, false) as blocked
    from answered`.execute(db)
  return rows[0]
}

export interface LearnedFacts {
  readonly dayLimit: number | null
  readonly dayRemaining: number | null
  readonly dayResetSeconds: number | null
  /** As they were received, for an operator. */
  readonly limitHeaders?: string
}

/** Holds a slot for longer, while its request is under way. @returns until when; undefined when it had run out. */
export const renewSlot = async (
  db: Db,
  { dataCenter, organizationId }: BudgetKey,
  slot: string,
  { slotSeconds, heldUntil }: { readonly slotSeconds: number; readonly heldUntil: string | undefined },
): Promise<string | undefined> => {
  const { rows } = await sql<{ until: string }>`
    with held as materialized (
      select coalesce(${heldUntil ?? null}::timestamptz, ${slot}::timestamptz + make_interval(secs => ${slotSeconds})) as old,
        clock_timestamp() + make_interval(secs => ${slotSeconds}) as new
    )
    update organization_budgets b set in_flight_until = array_replace(b.in_flight_until, held.old, held.new)
    from held
    where b.data_center = ${dataCenter} and b.zoho_organization_id = ${organizationId} and held.old = any(b.in_flight_until)
    returning held.new::text as until`.execute(db)
  return rows[0]?.until
}

export interface Release {
  readonly slotSeconds: number
  /** What the last renewal said; without one, it is held from its grant on. */
  readonly heldUntil?: string | undefined
  readonly facts: LearnedFacts | null
  /** Zoho answered properly: blocks count from the start again, and one more may be in flight after a quiet time. */
  readonly wellAnswered: boolean
}

/**
 * Gives a slot back and notes what the answer said about the day.
 *
 * @returns whether the Books API of the data centre is thought to be down.
 */
export const releaseSlot = async (
  db: Db,
  { dataCenter, organizationId }: BudgetKey,
  slot: string,
  { slotSeconds, heldUntil, facts, wellAnswered }: Release,
): Promise<boolean> => {
  const { rows } = await sql<{ outage: boolean }>`${prepared('update organization_budgets')}
    with quick as materialized (select set_config('synchronous_commit', 'off', true)),
    times as materialized (
      select clock_timestamp() as t, ${slot}::timestamptz as granted, quick.* from quick
    )
    update organization_budgets b set
      request_times = array_replace(b.request_times, granted, t),
      in_flight_until = array_remove(b.in_flight_until, coalesce(${heldUntil ?? null}::timestamptz, granted + make_interval(secs => ${slotSeconds}))),
      day_limit = coalesce(${facts?.dayLimit ?? null}::int, b.day_limit),
      -- the other requests in flight are not in Zoho's number yet (greatest ignores null, hence the case)
      day_remaining = case
        when ${facts?.dayRemaining ?? null}::int is not null
          then greatest(0, ${facts?.dayRemaining ?? null}::int - greatest(0, cardinality(b.in_flight_until) - 1))
        when b.day_resets_at > t then b.day_remaining
      end,
      day_resets_at = coalesce(t + make_interval(secs => ${facts?.dayResetSeconds ?? null}::int), b.day_resets_at),
      limit_headers = coalesce(${facts?.limitHeaders ?? null}::text, b.limit_headers),
      limit_headers_at = case when ${facts?.limitHeaders ?? null}::text is null then b.limit_headers_at else t end,
      blocked_times = case when ${wellAnswered} then 0 else b.blocked_times end,
      max_in_flight = case
        when ${wellAnswered} and b.max_in_flight is not null and b.blocked_until < t - interval '10 minutes' then b.max_in_flight + 1
        else b.max_in_flight
      end,
      updated_at = t
    from times
    where b.data_center = ${dataCenter} and b.zoho_organization_id = ${organizationId}
    returning exists (select 1 from zoho_outages o where o.data_center = b.data_center and o.service = 'books') as outage`.execute(
    db,
  )
  return rows[0]?.outage ?? false
}

export interface Block {
  readonly code: Refusal
  /** First block of a row of blocks; each further one doubles it up to `maxSeconds`. */
  readonly seconds: number
  readonly maxSeconds: number
  /** Zoho named the time itself; counted from Postgres' clock, since a process' own may be wrong. */
  readonly retryAfterSeconds: number | null
  /** Until the daily quota resets, when that is known. */
  readonly untilDayReset: boolean
}

/** Zoho refused: nobody asks for this organization before the returned time. */
export const blockBudget = async (
  db: Db,
  { dataCenter, organizationId }: BudgetKey,
  { code, seconds, maxSeconds, retryAfterSeconds, untilDayReset }: Block,
): Promise<Date> => {
  const { rows } = await sql<{ blocked_until: Date }>`
    update organization_budgets set
      blocked_code = ${code},
      -- requests that were in flight together are refused together: that is one block, not several
      blocked_times = case when blocked_until > clock_timestamp() then blocked_times else least(blocked_times + 1, 16) end,
      blocked_until = greatest(blocked_until, coalesce(
        clock_timestamp() + make_interval(secs => ${retryAfterSeconds}::float8),
        case when ${untilDayReset} and day_resets_at > clock_timestamp() then day_resets_at end,
        clock_timestamp() + make_interval(secs => (1 + random() * 0.25) * least(
          ${maxSeconds}::float8, ${seconds}::float8 * 2 ^ (case when blocked_until > clock_timestamp() then greatest(0, blocked_times - 1) else blocked_times end))))),
      max_in_flight = case when ${code === 'zoho_concurrency_limit'} then greatest(1, cardinality(in_flight_until) - 1) else max_in_flight end,
      day_remaining = case when ${untilDayReset} then 0 else day_remaining end,
      updated_at = clock_timestamp()
    where data_center = ${dataCenter} and zoho_organization_id = ${organizationId}
    returning blocked_until`.execute(db)
  return rows[0]?.blocked_until ?? new Date(Date.now() + seconds * 1000)
}

export interface ForgottenLimits {
  readonly blocked_code: string | null
  readonly blocked_until: Date | null
  readonly day_remaining: number | null
  readonly day_resets_at: Date | null
  readonly limit_headers: string | null
}

/**
 * Forgets what Zoho said about an organization's limits: it is asked again at once. Our own count of the last minute
 * and of calls in flight stays, so this is no way past Zoho's limits.
 *
 * @returns what was known; undefined when nothing was.
 */
export const forgetBudgetLimits = async (
  trx: Trx,
  { dataCenter, organizationId }: BudgetKey,
): Promise<ForgottenLimits | undefined> => {
  const known = await trx
    .selectFrom('organization_budgets')
    .select(['blocked_code', 'blocked_until', 'day_remaining', 'day_resets_at', 'limit_headers'])
    .where('data_center', '=', dataCenter)
    .where('zoho_organization_id', '=', organizationId)
    .forUpdate()
    .executeTakeFirst()
  if (!known) return undefined
  await trx
    .updateTable('organization_budgets')
    .set({
      blocked_until: null,
      blocked_code: null,
      blocked_times: 0,
      max_in_flight: null,
      day_limit: null,
      day_remaining: null,
      day_resets_at: null,
      limit_headers: null,
      limit_headers_at: null,
      updated_at: sql<Date>`clock_timestamp()`,
    })
    .where('data_center', '=', dataCenter)
    .where('zoho_organization_id', '=', organizationId)
    .execute()
  return known
}
