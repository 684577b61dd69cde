/**
 * What is due, over all tables that hold intent. A claim marks the row as enqueued; it is claimed again when it is
 * still due after `staleSeconds`, which is how a flushed Redis is rebuilt.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../core/database.ts'

export type DueKind =
  | 'connection-event'
  | 'sync-connection'
  | 'refresh-token'
  | 'create-cases'
  | 'follow-cases'
  | 'sync-debtors'
  | 'fetch-invoice-pdf'
  | 'revoke-token'
  | 'retention'
  | 'reassess'
  | 'index-search'
  | 'publish-events'
  | 'deliver-event'

interface DueTable {
  readonly table: string
  readonly id: string
  readonly dueAt: string
  readonly enqueuedAt: string
  readonly where: string
  /** Column that names the job, where one table has several. */
  readonly jobName?: string
  /** Where a worker holds a lease while it works on a row. */
  readonly lease?: {
    /** Whether the lease of row `target` ran out without being given back: its worker is dead, or has long been silent. */
    readonly dead: string
    /** Whether a worker has had row `target` before. */
    readonly begun: string
    /** When the next lease of any row would run out. */
    readonly nextEnd: string
  }
  /** How many rows of one owner are in the queue or worked on at once; the others wait in the table, and only for their own. */
  readonly turns?: {
    /** Column with the owner's id. */
    readonly of: string
    readonly atOnce: number
    /** A worker has the row: it keeps its turn. Without this it has it by its time, which is the oldest. */
    readonly taken?: string
    /** What still is to be done, taken or not. */
    readonly open: string
    /**
     * Of few owners with long backlogs, each is looked up by the index over owner, time and id: their table (`owner`), which
     * of them have turns at all, and how many of `atOnce`.
     */
    readonly owners?: { readonly table: string; readonly where: string; readonly atOnce: string }
  }
  /** Whose work a row is; null: of the whole installation, which `schedules` remembers. */
  readonly work: {
    /** Columns with the ids of the connection and its client; null: of no client. */
    readonly connectionId: string | null
    /** What an operator would retry: false once it has been done or has gone. */
    readonly open: string
  } | null
}

export interface DueRow {
  readonly id: string
  readonly jobName: string | null
  /** A worker has had it before, so that there may be a retry of its job. */
  readonly begun?: boolean
  /**
   * No living worker has it: its lease ran out, or it was enqueued a while ago and nobody has taken a lease, as each does
   * who takes its job. So a job of it that is active is that of a dead worker.
   */
  readonly abandoned?: boolean
}

const scheduled = (name: string, where = 'true'): DueTable => ({
  table: 'schedules',
  id: 'name',
  dueAt: 'next_run_at',
  enqueuedAt: 'enqueued_at',
  where: `name = '${name}' and ${where}`,
  work: null,
})

const attempted = { id: 'id', dueAt: 'next_attempt_at', enqueuedAt: 'enqueued_at' }

/**
 * Every kind of work that rows hold. The sweep, the nudges, invariant 7 and the operator's page derive from this table
 * and from its counterpart `jobs/due-jobs.ts`: a new kind of job is one entry here and one there.
 */
const tables: Readonly<Record<DueKind, DueTable>> = {
  'connection-event': {
    ...attempted,
    table: 'connection_events',
    where: 'processed_at is null',
    jobName: 'kind',
    work: { connectionId: 'connection_id', open: 'processed_at is null' },
  },
  // A run whose worker is alive is not due; its lease says so.
  'sync-connection': {
    table: 'connections',
    id: 'id',
    dueAt: 'next_sync_at',
    enqueuedAt: 'sync_enqueued_at',
    where: `state in ('active', 'error') and not exists (
      select 1 from sync_runs r where r.connection_id = due.id and r.state = 'running' and r.lease_until > now())`,
    lease: {
      dead: `exists (
        select 1 from sync_runs r where r.connection_id = target.id and r.state = 'running' and r.lease_until <= now())`,
      begun: `exists (select 1 from sync_runs r where r.connection_id = target.id and r.state = 'running')`,
      nextEnd: `select min(lease_until) from sync_runs where state = 'running' and lease_until > now()`,
    },
    work: {
      connectionId: 'id',
      open: `state <> 'disconnected' and (problem_code is not null or sync_failures > 0)`,
    },
  },
  'refresh-token': {
    table: 'oauth_tokens',
    id: 'connection_id',
    dueAt: 'next_refresh_at',
    enqueuedAt: 'refresh_enqueued_at',
    where: 'true',
    work: {
      connectionId: 'connection_id',
      open: `refresh_failures > 0 or exists (
        select 1 from connections c where c.id = due.connection_id and c.state = 'reconnect_required')`,
    },
  },
  'create-cases': {
    ...attempted,
    table: 'case_commands',
    where: `state <> 'completed' and (lease_until is null or lease_until < now())`,
    lease: {
      dead: 'target.lease_until <= now()',
      begun: 'target.attempts > 0',
      nextEnd: `select min(lease_until) from case_commands where state = 'running' and lease_until > now()`,
    },
    // However many commands a client sends, another client finds at most so many before its own.
    turns: {
      of: 'client_id',
      atOnce: 2,
      taken: 'coalesce(lease_until > now(), false)',
      open: `state <> 'completed'`,
    },
    work: { connectionId: 'connection_id', open: `state <> 'completed'` },
  },
  'follow-cases': {
    table: 'connections',
    id: 'id',
    dueAt: 'next_case_follow_at',
    enqueuedAt: 'case_follow_enqueued_at',
    where: `state in ('active', 'error')`,
    work: { connectionId: 'id', open: 'next_case_follow_at is not null' },
  },
  // Of a worker that is alive it is not due; its lease says so.
  'sync-debtors': {
    table: 'debtor_syncs',
    id: 'connection_id',
    dueAt: 'next_sync_at',
    enqueuedAt: 'enqueued_at',
    where: `(lease_until is null or lease_until < now()) and exists (
      select 1 from connections c where c.id = due.connection_id and c.state in ('active', 'error'))`,
    work: { connectionId: 'connection_id', open: 'next_sync_at is not null' },
  },
  'fetch-invoice-pdf': {
    ...attempted,
    table: 'case_documents',
    // A grant that is missing or paused is waited for; where no connection is left, the job says so.
    where: `state = 'pending' and not exists (
      select 1 from cases k join connections c
        on c.client_id = k.client_id and c.zoho_organization_id = k.zoho_organization_id and c.data_center = k.data_center
      where k.id = due.case_id and c.state in ('paused', 'reconnect_required'))`,
    // As many as such calls may be under way; the others would only be told to wait. What is open is all that an index tells.
    turns: { of: 'client_id', atOnce: 2, open: `state = 'pending'` },
    work: { connectionId: 'connection_id', open: `state = 'pending'` },
  },
  'revoke-token': {
    ...attempted,
    table: 'token_revocations',
    where: 'revoked_at is null',
    work: { connectionId: 'connection_id', open: 'revoked_at is null' },
  },
  retention: scheduled('retention'),
  reassess: scheduled('reassess'),
  'index-search': scheduled('index-search', 'exists (select 1 from search_backlog)'),
  // A worker publishes at once what it hears of; only what none has heard of is due.
  'publish-events': scheduled(
    'publish-events',
    `exists (select 1 from events where sequence is null and occurred_at < now() - interval '2 seconds')`,
  ),
  'deliver-event': {
    ...attempted,
    table: 'event_deliveries',
    where: `state = 'pending' and (lease_until is null or lease_until < now())
      and exists (select 1 from webhook_endpoints e where e.id = due.endpoint_id and e.enabled)`,
    lease: {
      dead: 'target.lease_until <= now()',
      begun: 'target.lease_until is not null',
      nextEnd: `select min(lease_until) from event_deliveries where state = 'pending' and lease_until > now()`,
    },
    // One that answers nobody takes a place of the workers for ten seconds each time: it gets one.
    turns: {
      of: 'endpoint_id',
      atOnce: 4,
      open: `state = 'pending'`,
      owners: {
        table: 'webhook_endpoints',
        where: 'owner.enabled',
        atOnce: 'case when owner.failing_since is null then 4 else 1 end',
      },
    },
    work: { connectionId: null, open: `state = 'pending'` },
  },
}

export const dueKinds = Object.keys(tables) as readonly DueKind[]
const isDueKind = (kind: string): kind is DueKind => Object.hasOwn(tables, kind)

/** Whose turn it is: of each owner the rows that a worker has, then those that have been due for longest. */
const inTurn = ({ table, id, dueAt, turns }: DueTable, owner: RawBuilder<unknown> = sql`true`) => {
  if (turns === undefined) return sql`true`
  const open = sql`${sql.raw(turns.open)} and t.${sql.ref(dueAt)} <= now() and ${owner}`
  if (turns.owners === undefined)
    return sql`due.${sql.ref(id)} in (
        select id from (
          select t.${sql.ref(id)} as id, row_number() over (
            partition by t.${sql.ref(turns.of)} order by ${sql.raw(turns.taken ?? 'false')} desc, t.${sql.ref(dueAt)}, t.${sql.ref(id)}) as place
          from ${sql.table(table)} t where ${open}
        ) queued where place <= ${turns.atOnce})`
  return sql`due.${sql.ref(id)} in (
        select first.id from ${sql.table(turns.owners.table)} owner cross join lateral (
          select queued.id, row_number() over (order by queued.at, queued.id) as place from (
            select t.${sql.ref(id)} as id, t.${sql.ref(dueAt)} as at from ${sql.table(table)} t
            where t.${sql.ref(turns.of)} = owner.id and ${open}
            order by t.${sql.ref(dueAt)}, t.${sql.ref(id)} limit ${turns.atOnce}
          ) queued
        ) first where ${sql.raw(turns.owners.where)} and first.place <= ${sql.raw(turns.owners.atOnce)})`
}

/** Whether rows of this kind wait for each other's turns, so that not each may be enqueued as soon as it is due. */
export const hasTurns = (kind: DueKind): boolean => tables[kind].turns !== undefined

/**
 * Claims up to `limit` due rows of one kind, oldest first. Several workers share the work without waiting for
 * each other. With `ownerOf`, the id of a row, only those of its owner, where owners have turns.
 *
 * @returns the claimed rows.
 */
export const claimDueRows = async (
  db: Db,
  kind: DueKind,
  { limit, staleSeconds, ownerOf }: { limit: number; staleSeconds: number; ownerOf?: string },
): Promise<readonly DueRow[]> => {
  const { table, id, dueAt, enqueuedAt, where, jobName, lease, turns } = tables[kind]
  const owner =
    turns && ownerOf !== undefined
      ? sql`t.${sql.ref(turns.of)} = (select ${sql.ref(turns.of)} from ${sql.table(table)} where ${sql.ref(id)} = ${ownerOf})`
      : sql`true`
  const name = jobName === undefined ? sql`null::text` : sql.ref(`target.${jobName}`)
  const { rows } = await sql<DueRow>`
    with claimed as (
      select due.${sql.ref(id)} as id,
        coalesce(due.${sql.ref(enqueuedAt)} < now() - make_interval(secs => ${staleSeconds}), false) as stale
      from ${sql.table(table)} due
      where due.${sql.ref(dueAt)} <= now()
        and (due.${sql.ref(enqueuedAt)} is null
          or due.${sql.ref(enqueuedAt)} < due.${sql.ref(dueAt)}
          or due.${sql.ref(enqueuedAt)} < now() - make_interval(secs => ${staleSeconds}))
        and ${sql.raw(where)} and ${inTurn(tables[kind], owner)}
      order by due.${sql.ref(dueAt)}
      limit ${limit}
      for update of due skip locked
    )
    update ${sql.table(table)} target
    set ${sql.ref(enqueuedAt)} = now()
    from claimed
    where target.${sql.ref(id)} = claimed.id
    returning claimed.id::text as id, ${name} as "jobName",
      coalesce(${sql.raw(lease?.begun ?? 'false')}, false) as begun,
      ${lease ? sql`(claimed.stale or coalesce(${sql.raw(lease.dead)}, false))` : sql`false`} as abandoned`.execute(
    db,
  )
  return rows
}

/** Gives claims back, so that the next sweep takes them again at once. */
export const unclaimDueRows = async (db: Db, kind: DueKind, ids: readonly string[]): Promise<void> => {
  const { table, id, enqueuedAt } = tables[kind]
  await sql`
    update ${sql.table(table)} set ${sql.ref(enqueuedAt)} = null
    where ${sql.ref(id)}::text = any(${ids})`.execute(db)
}

/** Milliseconds until the next row that is not yet due becomes so, by its time or by the end of a lease; null when there is none. */
export const millisecondsUntilNextDue = async (db: Db): Promise<number | null> => {
  const each = Object.values(tables).map(
    ({ table, dueAt, where }) => sql`
      (select min(due.${sql.ref(dueAt)}) as at from ${sql.table(table)} due where due.${sql.ref(dueAt)} > now() and ${sql.raw(where)})`,
  )
  const leases = Object.values(tables).flatMap(({ lease }) =>
    lease ? [sql`(${sql.raw(lease.nextEnd)})`] : [],
  )
  const { rows } = await sql<{ ms: number | null }>`
    select ceil(extract(epoch from min(at) - now()) * 1000)::int8 as ms from (${sql.join([...each, ...leases], sql` union all `)}) next`.execute(
    db,
  )
  return rows[0]?.ms ?? null
}

/** Age in seconds of the oldest row of each kind that is due and whose turn it is, 0 when there is none. */
export const oldestDueSeconds = async (db: Db): Promise<ReadonlyMap<DueKind, number>> => {
  const each = Object.entries(tables).map(([kind, due]) => {
    const { table, dueAt, where } = due
    return sql`
      (select ${sql.lit(kind)} as kind, coalesce(extract(epoch from now() - min(due.${sql.ref(dueAt)})), 0)::float8 as seconds
       from ${sql.table(table)} due where due.${sql.ref(dueAt)} <= now() and ${sql.raw(where)} and ${inTurn(due)})`
  })
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
  const { table, id: key, dueAt, enqueuedAt } = tables[kind]
  await sql`
    update ${sql.table(table)} set ${sql.ref(dueAt)} = now(), ${sql.ref(enqueuedAt)} = now()
    where ${sql.ref(key)}::text = ${id}`.execute(db)
}

/** Rows of any kind that have been due for longer than `seconds` without a sweep taking them, though it was their turn: `kind/id`. */
export const unsweptFor = (seconds: number): RawBuilder<{ id: string }> =>
  sql.join(
    Object.entries(tables).map(([kind, due]) => {
      const { table, id, dueAt, enqueuedAt, where } = due
      return sql`
        select ${sql.lit(`${kind}/`)} || due.${sql.ref(id)} as id from ${sql.table(table)} due
        where due.${sql.ref(dueAt)} < now() - make_interval(secs => ${seconds})
          and (due.${sql.ref(enqueuedAt)} is null or due.${sql.ref(enqueuedAt)} < due.${sql.ref(dueAt)})
          and ${sql.raw(where)} and ${inTurn(due)}`
    }),
    sql` union all `,
  )

export interface Work {
  readonly id: string
  /** Null: of no client. */
  readonly clientId: string | null
  readonly connectionId: string | null
  /** False: what the job was for has been done or has gone in the meantime. */
  readonly open: boolean
}

/** Whose work the failed jobs of one kind are, and whether it is still to do. Unknown kinds and ids are left out. */
export const findWork = async (db: Db, kind: string, ids: readonly string[]): Promise<readonly Work[]> => {
  const found = isDueKind(kind) ? tables[kind] : undefined
  if (!found?.work || ids.length === 0) return []
  const { table, id, work } = found
  const { rows } = await sql<Work>`
    select due.${sql.ref(id)}::text as id,
      ${work.connectionId === null ? sql`null` : sql`due.client_id`} as "clientId",
      ${work.connectionId === null ? sql`null` : sql`due.${sql.ref(work.connectionId)}::text`} as "connectionId",
      (${sql.raw(work.open)}) as open
    from ${sql.table(table)} due where due.${sql.ref(id)} = any(${[...new Set(ids)]}::uuid[])`.execute(db)
  return rows
}
