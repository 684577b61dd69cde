/**
 * What is due, over all tables that hold intent. A claim marks the row as enqueued; it is claimed again when it is
 * still due after `staleSeconds`, which is how a flushed Redis is rebuilt.
 */
import { sql } from 'kysely'
import type { Db } from '../core/database.ts'

export type DueKind =
  | 'connection-event'
  | 'sync-connection'
  | 'refresh-token'
  | 'create-cases'
  | 'follow-cases'
  | 'revoke-token'
  | 'retention'
  | 'reassess'
  | 'index-search'

interface DueTable {
  readonly kind: DueKind
  readonly table: string
  readonly id: string
  readonly dueAt: string
  readonly enqueuedAt: string
  readonly where: string
  /** Column that names the job, where one table has several. */
  readonly jobName?: string
}

export interface DueRow {
  readonly id: string
  readonly jobName: string | null
}

/** A run whose worker is alive is not due; its lease says so. */
const tables: readonly DueTable[] = [
  {
    kind: 'connection-event',
    table: 'connection_events',
    id: 'id',
    dueAt: 'next_attempt_at',
    enqueuedAt: 'enqueued_at',
    where: 'processed_at is null',
    jobName: 'kind',
  },
  {
    kind: 'sync-connection',
    table: 'connections',
    id: 'id',
    dueAt: 'next_sync_at',
    enqueuedAt: 'sync_enqueued_at',
    where: `state in ('active', 'error') and not exists (
      select 1 from sync_runs r where r.connection_id = due.id and r.state = 'running' and r.lease_until > now())`,
  },
  {
    kind: 'refresh-token',
    table: 'oauth_tokens',
    id: 'connection_id',
    dueAt: 'next_refresh_at',
    enqueuedAt: 'refresh_enqueued_at',
    where: 'true',
  },
  {
    kind: 'create-cases',
    table: 'case_commands',
    id: 'id',
    dueAt: 'next_attempt_at',
    enqueuedAt: 'enqueued_at',
    where: `state <> 'completed' and (lease_until is null or lease_until < now())`,
  },
  {
    kind: 'follow-cases',
    table: 'connections',
    id: 'id',
    dueAt: 'next_case_follow_at',
    enqueuedAt: 'case_follow_enqueued_at',
    where: `state in ('active', 'error')`,
  },
  {
    kind: 'revoke-token',
    table: 'token_revocations',
    id: 'id',
    dueAt: 'next_attempt_at',
    enqueuedAt: 'enqueued_at',
    where: 'revoked_at is null',
  },
  {
    kind: 'retention',
    table: 'schedules',
    id: 'name',
    dueAt: 'next_run_at',
    enqueuedAt: 'enqueued_at',
    where: `name = 'retention'`,
  },
  {
    kind: 'reassess',
    table: 'schedules',
    id: 'name',
    dueAt: 'next_run_at',
    enqueuedAt: 'enqueued_at',
    where: `name = 'reassess'`,
  },
  {
    kind: 'index-search',
    table: 'schedules',
    id: 'name',
    dueAt: 'next_run_at',
    enqueuedAt: 'enqueued_at',
    where: `name = 'index-search' and exists (select 1 from search_backlog)`,
  },
]

export const dueKinds = tables.map((table) => table.kind)

const tableOf = (kind: DueKind): DueTable => {
  const found = tables.find((table) => table.kind === kind)
  if (!found) throw new Error(`no due table for ${kind}`)
  return found
}

/**
 * Claims up to `limit` due rows of one kind, oldest first. Several workers share the work without waiting for
 * each other.
 *
 * @returns the claimed rows.
 */
export const claimDueRows = async (
  db: Db,
  kind: DueKind,
  { limit, staleSeconds }: { limit: number; staleSeconds: number },
): Promise<readonly DueRow[]> => {
  const { table, id, dueAt, enqueuedAt, where, jobName } = tableOf(kind)
  const name = jobName === undefined ? sql`null::text` : sql.ref(`target.${jobName}`)
  const { rows } = await sql<DueRow>`
    with claimed as (
      select due.${sql.ref(id)} as id
      from ${sql.table(table)} due
      where due.${sql.ref(dueAt)} <= now()
        and (due.${sql.ref(enqueuedAt)} is null
          or due.${sql.ref(enqueuedAt)} < due.${sql.ref(dueAt)}
          or due.${sql.ref(enqueuedAt)} < now() - make_interval(secs => ${staleSeconds}))
        and ${sql.raw(where)}
      order by due.${sql.ref(dueAt)}
      limit ${limit}
      for update of due skip locked
    )
    update ${sql.table(table)} target
    set ${sql.ref(enqueuedAt)} = now()
    from claimed
    where target.${sql.ref(id)} = claimed.id
    returning claimed.id::text as id, ${name} as "jobName"`.execute(db)
  return rows
}

/** Gives claims back, so that the next sweep takes them again at once. */
export const unclaimDueRows = async (db: Db, kind: DueKind, ids: readonly string[]): Promise<void> => {
  const { table, id, enqueuedAt } = tableOf(kind)
  await sql`
    update ${sql.table(table)} set ${sql.ref(enqueuedAt)} = null
    where ${sql.ref(id)}::text = any(${ids})`.execute(db)
}

/** Milliseconds until the next row that is not yet due becomes so; null when there is none. */
export const millisecondsUntilNextDue = async (db: Db): Promise<number | null> => {
  const each = tables.map(
    ({ table, dueAt, where }) => sql`
      (select min(due.${sql.ref(dueAt)}) as at from ${sql.table(table)} due where due.${sql.ref(dueAt)} > now() and ${sql.raw(where)})`,
  )
  const { rows } = await sql<{ ms: number | null }>`
    select ceil(extract(epoch from min(at) - now()) * 1000)::int8 as ms from (${sql.join(each, sql` union all `)}) next`.execute(
    db,
  )
  return rows[0]?.ms ?? null
}

/** Age in seconds of the oldest due row of each kind, 0 when none is due. */
export const oldestDueSeconds = async (db: Db): Promise<ReadonlyMap<DueKind, number>> => {
  const each = tables.map(
    ({ kind, table, dueAt, where }) => sql`
      (select ${sql.lit(kind)} as kind, coalesce(extract(epoch from now() - min(due.${sql.ref(dueAt)})), 0)::float8 as seconds
       from ${sql.table(table)} due where due.${sql.ref(dueAt)} <= now() and ${sql.raw(where)})`,
  )
  const { rows } = await sql<{ kind: DueKind; seconds: number }>`${sql.join(each, sql` union all `)}`.execute(
    db,
  )
  return new Map(rows.map((row) => [row.kind, row.seconds]))
}

/**
 * Makes a row due at this moment, whatever its schedule said, for the job that asks: an operator's retry. The sweep
 * leaves it alone as long as that job may be expected to do it, so that there are not two.
 */
export const makeDueNow = async (db: Db, kind: DueKind, id: string): Promise<void> => {
  const { table, id: key, dueAt, enqueuedAt } = tableOf(kind)
  await sql`
    update ${sql.table(table)} set ${sql.ref(dueAt)} = now(), ${sql.ref(enqueuedAt)} = now()
    where ${sql.ref(key)}::text = ${id}`.execute(db)
}
