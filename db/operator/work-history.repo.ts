/** Commands and invoices as an operator looks into them: ids, states, codes and times, never a debtor and no amount. */
import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../core/database.ts'
import { likeLiteral } from '../core/like.ts'
import type {
  AttemptOutcome,
  CaseStatus,
  CommandState,
  InvoiceState,
  Outcome,
  StagedState,
} from '../core/schema.ts'
import { named } from '../core/statement-name.ts'

export interface CommandLine {
  readonly id: string
  readonly clientId: string
  readonly state: CommandState
  readonly total: number
  readonly created: number
  readonly duplicate: number
  readonly ineligible: number
  readonly failed: number
  readonly attempts: number
  readonly errorCode: string | null
  readonly createdAt: Date
  readonly nextAttemptAt: Date | null
  readonly completedAt: Date | null
}

export interface CommandFilter {
  readonly clientId?: string | undefined
  /** `open`: not completed. `failed`: completed, but with invoices that failed. */
  readonly show?: 'open' | 'failed' | undefined
  /** Id of the last command of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

const commandColumns =
  sql.raw(`m.id, m.client_id as "clientId", m.state, m.total, m.created, m.duplicate, m.ineligible,
  m.failed, m.attempts, m.error_code as "errorCode", m.created_at as "createdAt", m.next_attempt_at as "nextAttemptAt",
  m.completed_at as "completedAt"`)

/** Commands, newest first. */
export const listOperatorCommands = async (
  db: Db,
  { clientId, show, after, limit }: CommandFilter,
): Promise<readonly CommandLine[]> => {
  const conditions: RawBuilder<unknown>[] = [sql`true`]
  if (clientId !== undefined) conditions.push(sql`m.client_id = ${clientId}`)
  if (show === 'open') conditions.push(sql`m.state <> 'completed'`)
  if (show === 'failed') conditions.push(sql`m.state = 'completed' and m.failed > 0`)
  if (after !== undefined)
    conditions.push(
      sql`(m.created_at, m.id) < (select created_at, id from case_commands where id = ${after}::uuid)`,
    )
  const { rows } = await sql<CommandLine>`${named('select case_commands')}
    select ${commandColumns} from case_commands m where ${sql.join(conditions, sql` and `)}
    order by m.created_at desc, m.id desc limit ${limit}`.execute(db)
  return rows
}

export interface CommandDetail extends CommandLine {
  readonly connectionId: string | null
  readonly requestedBy: string
  readonly requestId: string | null
  readonly startedAt: Date | null
  /** A worker has it until then; null: nobody works on it. */
  readonly leaseUntil: Date | null
  readonly fullRunArmedAt: Date | null
}

export const findOperatorCommand = async (db: Db, id: string): Promise<CommandDetail | undefined> => {
  const { rows } = await sql<CommandDetail>`${named('select case_commands')}
    select ${commandColumns}, m.connection_id as "connectionId", m.requested_by as "requestedBy", m.request_id as "requestId",
      m.started_at as "startedAt", case when m.lease_until > now() then m.lease_until end as "leaseUntil",
      m.full_run_armed_at as "fullRunArmedAt"
    from case_commands m where m.id = ${id}::uuid`.execute(db)
  return rows[0]
}

export interface AttemptLine {
  readonly id: string
  readonly startedAt: Date
  readonly endedAt: Date | null
  /** `lost`: it neither ended nor holds the command any more, so its worker died or slept. */
  readonly outcome: AttemptOutcome | 'running' | 'lost'
  readonly errorCode: string | null
}

/** The attempts of a command, newest first. */
export const listAttempts = async (
  db: Db,
  commandId: string,
  limit = 100,
): Promise<readonly AttemptLine[]> => {
  const { rows } = await sql<AttemptLine>`${named('select case_command_attempts')}
    select a.id, a.started_at as "startedAt", a.ended_at as "endedAt", a.error_code as "errorCode",
      coalesce(a.outcome, case when m.lease_token = a.id and m.lease_until > now() then 'running' else 'lost' end) as outcome
    from case_command_attempts a join case_commands m on m.id = a.command_id
    where a.command_id = ${commandId}::uuid order by a.started_at desc, a.id limit ${limit}`.execute(db)
  return rows
}

export interface ItemLine {
  readonly ordinal: number
  readonly commandId: string
  readonly clientId: string
  readonly organizationId: string
  readonly zohoInvoiceId: string
  readonly outcome: Outcome | null
  readonly codes: readonly string[]
  readonly caseReference: string | null
  readonly decidedAt: Date | null
}

const itemColumns = sql`i.ordinal, i.command_id as "commandId", i.client_id as "clientId",
  i.zoho_organization_id as "organizationId", i.zoho_invoice_id as "zohoInvoiceId", i.outcome,
  array(select reason->>'code' from jsonb_array_elements(i.reasons) reason) as codes,
  coalesce(c.reference, i.existing_case_reference) as "caseReference", i.decided_at as "decidedAt"`

/** Items of a command in their order, those of one outcome if asked for. */
export const listCommandItems = async (
  db: Db,
  commandId: string,
  { outcome, after, limit }: { outcome?: Outcome | 'undecided' | undefined; after: number; limit: number },
): Promise<readonly ItemLine[]> => {
  const only =
    outcome === undefined
      ? sql``
      : outcome === 'undecided'
        ? sql`and i.outcome is null`
        : sql`and i.outcome = ${outcome}`
  const { rows } = await sql<ItemLine>`${named('select case_command_items')}
    select ${itemColumns} from case_command_items i left join cases c on c.id = i.case_id
    where i.command_id = ${commandId}::uuid and i.ordinal > ${after} ${only}
    order by i.ordinal limit ${limit}`.execute(db)
  return rows
}

export interface StagedLine {
  readonly connectionId: string
  readonly clientId: string
  readonly state: StagedState
  readonly zohoStatus: string
  readonly blockerCodes: readonly string[]
  readonly warningCodes: readonly string[]
  readonly unreadable: boolean
  readonly provenAt: Date
  readonly lookedAt: Date | null
  readonly zohoModifiedAt: Date | null
  readonly firstSeenAt: Date
  readonly changedAt: Date
}

export interface InvoiceCaseEvent {
  readonly type: string
  readonly at: Date
  readonly invoiceState: InvoiceState
  readonly actor: string
}

export interface InvoiceHistory {
  readonly staged: readonly StagedLine[]
  readonly case:
    | {
        readonly id: string
        readonly reference: string
        readonly clientId: string
        readonly commandId: string
        readonly status: CaseStatus
        readonly invoiceState: InvoiceState
        readonly createdAt: Date
        readonly provenAt: Date
        readonly followedUntil: Date | null
        readonly events: readonly InvoiceCaseEvent[]
      }
    | undefined
  readonly setAside: readonly {
    readonly clientId: string
    readonly fields: readonly string[]
    readonly lastSeenAt: Date
    readonly resolvedAt: Date | null
  }[]
  /** Every time that it was asked to become a case, newest first. */
  readonly items: readonly ItemLine[]
}

const codesOf = (column: string) =>
  sql`array(select finding->>'code' from jsonb_array_elements(${sql.ref(column)}) finding)`

/** All that is known of one invoice of an organization, whoever connected it. */
export const findInvoiceHistory = async (
  db: Db,
  organizationId: string,
  zohoInvoiceId: string,
): Promise<InvoiceHistory> => {
  const [staged, cases, setAside, items] = await Promise.all([
    sql<StagedLine>`${named('select staged_invoices')}
      select s.connection_id as "connectionId", s.client_id as "clientId", s.state, s.zoho_status as "zohoStatus",
        ${codesOf('s.blockers')} as "blockerCodes", ${codesOf('s.warnings')} as "warningCodes", s.unreadable,
        s.proven_at as "provenAt", s.looked_at as "lookedAt", s.zoho_modified_at as "zohoModifiedAt",
        s.first_seen_at as "firstSeenAt", s.changed_at as "changedAt"
      from connections n join staged_invoices s on s.connection_id = n.id
      where n.zoho_organization_id = ${organizationId} and n.state <> 'disconnected'
        and s.zoho_invoice_id = ${zohoInvoiceId}`.execute(db),
    sql<Omit<NonNullable<InvoiceHistory['case']>, 'events'>>`${named('select cases')}
      select c.id, c.reference, c.client_id as "clientId", c.command_id as "commandId", c.status,
        c.invoice_state as "invoiceState", c.created_at as "createdAt", c.proven_at as "provenAt",
        c.followed_until as "followedUntil"
      from cases c
      where c.zoho_organization_id = ${organizationId} and c.zoho_invoice_id = ${zohoInvoiceId}`.execute(db),
    sql<InvoiceHistory['setAside'][number]>`${named('select set_aside_rows')}
      select r.client_id as "clientId", array(select problem->>'path' from jsonb_array_elements(r.problems) problem) as fields,
        r.last_seen_at as "lastSeenAt", r.resolved_at as "resolvedAt"
      from connections n join set_aside_rows r on r.connection_id = n.id and r.row_key = ${`id:${zohoInvoiceId}`}
      where n.zoho_organization_id = ${organizationId}`.execute(db),
    // by the commands of its clients: an index by invoice would cost every command, for a page that few open
    sql<ItemLine>`${named('select case_command_items')}
      select ${itemColumns}
      from (select distinct client_id from connections where zoho_organization_id = ${organizationId}) owner
      join case_commands m on m.client_id = owner.client_id
      join case_command_items i on i.command_id = m.id and i.zoho_invoice_id = ${zohoInvoiceId}
        and i.zoho_organization_id = ${organizationId}
      left join cases c on c.id = i.case_id
      order by m.created_at desc, m.id limit 100`.execute(db),
  ])
  const [found] = cases.rows
  const events =
    found === undefined
      ? []
      : await db
          .selectFrom('case_events')
          .where('case_id', '=', found.id)
          .select(['type', 'at', 'invoice_state as invoiceState', 'actor'])
          .orderBy('id', 'desc')
          .limit(50)
          .execute()
  return {
    staged: staged.rows,
    case: found && { ...found, events },
    setAside: setAside.rows,
    items: items.rows,
  }
}

export interface FoundInvoice {
  readonly organizationId: string
  readonly zohoInvoiceId: string
  readonly clientId: string
  readonly caseReference: string | null
}

export interface Found {
  readonly clients: readonly { readonly id: string }[]
  readonly commands: readonly CommandLine[]
  readonly invoices: readonly FoundInvoice[]
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * What an operator was told: a case's reference, an invoice number or Zoho's id of one, a client's id or name, or the id of a
 * command, of one of its attempts, of the request that gave it, or of a case. Open invoices are found by one look into an
 * index per connection.
 */
export const findWhatever = async (db: Db, text: string, limit = 20): Promise<Found> => {
  const id = uuid.test(text) ? text.toLowerCase() : null
  const contains = `%${likeLiteral(text)}%`
  const [clients, commands, invoices] = await Promise.all([
    sql<{ id: string }>`${named('select clients')}
      select id from clients where id = ${text} or name ilike ${contains} order by id = ${text} desc, id limit ${limit}`.execute(
      db,
    ),
    id === null
      ? { rows: [] }
      : sql<CommandLine>`${named('select case_commands')}
          select ${commandColumns} from case_commands m
          where m.id in (
            -- each by its own index; joined by "or" they would be looked for in every command
            select ${id}::uuid
            union all select command_id from case_command_attempts where id = ${id}::uuid
            union all select id from case_commands where request_id = ${id}
          )
          order by m.created_at desc limit ${limit}`.execute(db),
    sql<FoundInvoice>`${named('select cases')}
      with found as (
        select c.zoho_organization_id, c.zoho_invoice_id, c.client_id, c.reference
        from cases c
        where c.reference = upper(${text}) or c.creditor_reference = ${text} or c.zoho_invoice_id = ${text}
          or c.id = ${id}::uuid
        limit ${limit}
      )
      select zoho_organization_id as "organizationId", zoho_invoice_id as "zohoInvoiceId", client_id as "clientId",
        reference as "caseReference"
      from found
      union all
      (select s.zoho_organization_id, s.zoho_invoice_id, s.client_id, null
      from connections n cross join lateral (
        select i.zoho_organization_id, i.zoho_invoice_id, i.client_id from staged_invoices i
        where i.connection_id = n.id and i.state = 'open' and i.case_id is null and i.number_key = left(${text}, 100)
          and i.creditor_reference = ${text}
        union
        select i.zoho_organization_id, i.zoho_invoice_id, i.client_id from staged_invoices i
        where i.connection_id = n.id and i.zoho_invoice_id = ${text} and i.case_id is null
        limit ${limit}
      ) s
      where n.state <> 'disconnected' limit ${limit})`.execute(db),
  ])
  return { clients: clients.rows, commands: commands.rows, invoices: invoices.rows }
}

export interface Pause {
  readonly actor: string
  readonly at: Date
}

/** Who paused a queue last, by its name; queues that run are not asked for. */
export const whoPaused = async (db: Db, queues: readonly string[]): Promise<ReadonlyMap<string, Pause>> => {
  if (queues.length === 0) return new Map()
  const { rows } = await sql<{ queue: string; actor: string; at: Date }>`${named('select audit_events')}
    select queue.name as queue, paused.actor, paused.created_at as at
    from unnest(${queues}::text[]) as queue (name)
    cross join lateral (
      select actor, created_at from audit_events
      where subject_type = 'queue' and subject_id in (queue.name, 'all')
        and action in ('queue.paused', 'queue.every_queue_paused')
      order by id desc limit 1
    ) paused`.execute(db)
  return new Map(rows.map(({ queue, actor, at }) => [queue, { actor, at }]))
}
