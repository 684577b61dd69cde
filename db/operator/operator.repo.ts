/** What an operator looks at: states, counts and ids, never an invoice and never a token. */
import { sql } from 'kysely'
import type { Db } from '../core/database.ts'
import type { ActorRole, AuditSubject, ConnectionState, RunKind, RunState } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'

/** States as a client sees them, without `not_connected`. */
export type LiveState = Exclude<ConnectionState, 'disconnected'> | 'syncing' | 'delayed'

const liveState = sql<LiveState>`
  case
    when c.state <> 'active' then c.state
    when c.delayed_until > now() then 'delayed'
    when r.connection_id is not null then 'syncing'
    else 'active'
  end`

/** One pass over the live connections; running runs come from their partial index. */
const liveConnections = sql`
  connections c
  left join (select connection_id from sync_runs where state = 'running') r on r.connection_id = c.id
  where c.state <> 'disconnected'`

/** How many live connections are in each state. */
export const countConnectionsByState = async (db: Db): Promise<ReadonlyMap<LiveState, number>> => {
  const { rows } = await sql<{ state: LiveState; connections: number }>`${named('select connections')}
    select ${liveState} as state, count(*) as connections from ${liveConnections} group by 1`.execute(db)
  return new Map(rows.map((row) => [row.state, row.connections]))
}

export interface ProblemConnections {
  readonly code: string
  /** `problem`: the client sees it. `delay`: waiting until a known time. */
  readonly kind: 'problem' | 'delay'
  readonly connections: number
  readonly oldest: Date | null
}

/** Problems and delays of live connections, grouped by error code. */
export const problemConnections = async (db: Db): Promise<readonly ProblemConnections[]> => {
  const { rows } = await sql<ProblemConnections>`${named('select connections')}
    select problem_code as code, 'problem' as kind, count(*) as connections, min(problem_at) as oldest
      from connections where state <> 'disconnected' and problem_code is not null group by 1
    union all
    select coalesce(delayed_code, 'zoho_minute_limit'), 'delay', count(*), null
      from connections where state <> 'disconnected' and problem_code is null and delayed_until > now() group by 1
    order by connections desc, code`.execute(db)
  return rows
}

export interface WorkerRow {
  readonly id: string
  readonly host: string
  readonly startedAt: Date
  readonly lastSweepAt: Date
  readonly secondsSinceSweep: number
}

/** Worker processes, the most recently seen first. */
export const listWorkers = (db: Db, limit = 50): Promise<readonly WorkerRow[]> =>
  db
    .selectFrom('workers')
    .select([
      'id',
      'host',
      'started_at as startedAt',
      'last_sweep_at as lastSweepAt',
      sql<number>`extract(epoch from now() - last_sweep_at)::float8`.as('secondsSinceSweep'),
    ])
    .orderBy('last_sweep_at', 'desc')
    .limit(limit)
    .execute()

export interface ConnectionLine {
  readonly id: string
  readonly clientId: string
  readonly state: LiveState
  readonly problemCode: string | null
  readonly problemAt: Date | null
  readonly delayedUntil: Date | null
  readonly lastSyncedAt: Date | null
  readonly nextSyncAt: Date | null
}

export interface ConnectionFilter {
  readonly state?: LiveState | undefined
  /** Problem or delay code. */
  readonly code?: string | undefined
  readonly clientId?: string | undefined
  /** Id of the last row of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** Live connections in the order of their ids. */
export const listConnections = async (
  db: Db,
  filter: ConnectionFilter,
): Promise<readonly ConnectionLine[]> => {
  const { rows } = await sql<ConnectionLine>`${named('select connections')}
    select c.id, c.client_id as "clientId", ${liveState} as state, c.problem_code as "problemCode",
      c.problem_at as "problemAt", c.delayed_until as "delayedUntil", c.last_synced_at as "lastSyncedAt",
      c.next_sync_at as "nextSyncAt"
    from ${liveConnections}
      and (${filter.state ?? null}::text is null or ${liveState} = ${filter.state ?? null})
      and (${filter.code ?? null}::text is null or c.problem_code = ${filter.code ?? null}
        or (c.problem_code is null and c.delayed_until > now() and c.delayed_code = ${filter.code ?? null}))
      and (${filter.clientId ?? null}::text is null or c.client_id = ${filter.clientId ?? null})
      and (${filter.after ?? null}::uuid is null or c.id > ${filter.after ?? null}::uuid)
    order by c.id
    limit ${filter.limit}`.execute(db)
  return rows
}

export interface ConnectionDetail {
  readonly id: string
  readonly clientId: string
  readonly state: LiveState | 'disconnected'
  readonly storedState: ConnectionState
  readonly dataCenter: string
  readonly organizationId: string
  readonly connectedAt: Date
  readonly disconnectedAt: Date | null
  readonly problemCode: string | null
  readonly problemAt: Date | null
  readonly delayedUntil: Date | null
  readonly delayedCode: string | null
  readonly lastSyncedAt: Date | null
  readonly provenAt: Date | null
  readonly nextSyncAt: Date | null
  readonly syncFailures: number
  readonly openInvoices: number
  readonly token: {
    readonly expiresAt: Date | null
    readonly nextRefreshAt: Date | null
    readonly failures: number
  } | null
  /** What Zoho said about the limits of its organization. */
  readonly limits: OrganizationLimits | null
}

export interface OrganizationLimits {
  readonly blockedCode: string | null
  /** Null when it is over. */
  readonly blockedUntil: Date | null
  readonly dayLimit: number | null
  readonly dayRemaining: number | null
  readonly dayResetsAt: Date | null
  readonly maxInFlight: number | null
  /** The last headers that refused something or were not believed, as received. */
  readonly headers: string | null
  readonly headersAt: Date | null
}

/** One connection, with the state of its token but nothing of the token itself. */
export const findConnectionDetail = async (db: Db, id: string): Promise<ConnectionDetail | undefined> => {
  const row = await db
    .selectFrom('connections as c')
    .leftJoin('oauth_tokens as t', 't.connection_id', 'c.id')
    .leftJoin(
      (from) => from.selectFrom('sync_runs').select('connection_id').where('state', '=', 'running').as('r'),
      (join) => join.onRef('r.connection_id', '=', 'c.id'),
    )
    .where('c.id', '=', id)
    .select([
      'c.id',
      'c.client_id as clientId',
      liveState.as('state'),
      'c.state as storedState',
      'c.data_center as dataCenter',
      'c.zoho_organization_id as organizationId',
      'c.connected_at as connectedAt',
      'c.disconnected_at as disconnectedAt',
      'c.problem_code as problemCode',
      'c.problem_at as problemAt',
      'c.delayed_until as delayedUntil',
      'c.delayed_code as delayedCode',
      'c.last_synced_at as lastSyncedAt',
      'c.proven_at as provenAt',
      'c.next_sync_at as nextSyncAt',
      'c.sync_failures as syncFailures',
      't.connection_id as tokenOf',
      't.access_token_expires_at as tokenExpiresAt',
      't.next_refresh_at as tokenNextRefreshAt',
      't.refresh_failures as tokenFailures',
      sql<number>`(select count(*) from staged_invoices i where i.connection_id = c.id and i.state = 'open')`.as(
        'openInvoices',
      ),
    ])
    .executeTakeFirst()
  if (!row) return undefined
  const limits = await findLimits(db, row)
  const { tokenOf, tokenExpiresAt, tokenNextRefreshAt, tokenFailures, ...connection } = row
  return {
    ...connection,
    limits,
    token:
      tokenOf === null
        ? null
        : {
            expiresAt: tokenExpiresAt,
            nextRefreshAt: tokenNextRefreshAt,
            failures: tokenFailures ?? 0,
          },
  }
}

const findLimits = async (
  db: Db,
  { dataCenter, organizationId }: Pick<ConnectionDetail, 'dataCenter' | 'organizationId'>,
): Promise<OrganizationLimits | null> => {
  const known = await db
    .selectFrom('organization_budgets')
    .select([
      'blocked_code as blockedCode',
      sql<Date | null>`case when blocked_until > now() then blocked_until end`.as('blockedUntil'),
      'day_limit as dayLimit',
      sql<number | null>`case when day_resets_at > now() then day_remaining end`.as('dayRemaining'),
      sql<Date | null>`case when day_resets_at > now() then day_resets_at end`.as('dayResetsAt'),
      'max_in_flight as maxInFlight',
      'limit_headers as headers',
      'limit_headers_at as headersAt',
    ])
    .where('data_center', '=', dataCenter)
    .where('zoho_organization_id', '=', organizationId)
    .executeTakeFirst()
  return known ?? null
}

export interface RunLine {
  readonly id: string
  readonly kind: RunKind
  readonly state: RunState
  readonly rowsRead: number
  readonly rowsSetAside: number
  readonly errorCode: string | null
  readonly startedAt: Date
  readonly finishedAt: Date | null
}

/** The newest runs of a connection. */
export const newestRuns = (db: Db, connectionId: string, limit = 10): Promise<readonly RunLine[]> =>
  db
    .selectFrom('sync_runs')
    .where('connection_id', '=', connectionId)
    .select([
      'id',
      'kind',
      'state',
      'rows_read as rowsRead',
      'rows_set_aside as rowsSetAside',
      'error_code as errorCode',
      'started_at as startedAt',
      'finished_at as finishedAt',
    ])
    .orderBy('started_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()

export interface AuditLine {
  readonly id: number
  readonly actor: string
  readonly actorRole: ActorRole
  readonly action: string
  readonly createdAt: Date
}

/** What was done to a subject, newest first. */
export const newestAuditEvents = (
  db: Db,
  subject: { readonly type: AuditSubject; readonly id: string },
  limit = 20,
): Promise<readonly AuditLine[]> =>
  db
    .selectFrom('audit_events')
    .where('subject_type', '=', subject.type)
    .where('subject_id', '=', subject.id)
    .select(['id', 'actor', 'actor_role as actorRole', 'action', 'created_at as createdAt'])
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()

/** When the work of the whole installation was last done well. */
export const lastScheduledRuns = async (db: Db): Promise<ReadonlyMap<string, Date>> => {
  const rows = await db.selectFrom('schedules').select(['name', 'last_run_at']).execute()
  return new Map(rows.flatMap((row) => (row.last_run_at ? [[row.name, row.last_run_at] as const] : [])))
}

export interface Signals {
  readonly budgets: ReadonlyMap<string, number>
  readonly dayUsedRatio: number
  readonly openCommands: ReadonlyMap<string, number>
}

/** Budgets and open commands as numbers for monitoring: states and counts, never an id. */
export const readSignals = async (db: Db): Promise<Signals> => {
  const budgets = await sql<{ state: string; organizations: number; used: number | null }>`
    select state, count(*) as organizations, max(used)::float8 as used from (
      select
        case
          when blocked_until > now() then 'blocked'
          when day_resets_at > now() and day_remaining <= 0 then 'day_used_up'
          when day_resets_at > now() and day_remaining < 0.2 * day_limit then 'low'
          else 'open'
        end as state,
        case when day_resets_at > now() and day_limit > 0 then 1 - greatest(0, day_remaining)::numeric / day_limit end as used
      from organization_budgets) budget
    group by state`.execute(db)
  const commands = await db
    .selectFrom('case_commands')
    .where('state', '<>', 'completed')
    .groupBy('state')
    .select(({ fn }) => ['state', fn.countAll<number>().as('commands')])
    .execute()
  return {
    budgets: new Map(budgets.rows.map((row) => [row.state, row.organizations])),
    dayUsedRatio: Math.max(0, ...budgets.rows.map((row) => row.used ?? 0)),
    openCommands: new Map(commands.map((row) => [row.state, row.commands])),
  }
}
