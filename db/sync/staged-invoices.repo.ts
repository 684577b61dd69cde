/** The staging table. One statement per page: unchanged rows are left out before the conflict clause. */
import { type RawBuilder, sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { type Invoice, invoiceFields, invoiceOf } from '../core/invoice.ts'
import { notification } from '../core/notify.ts'
import type { Finding, RateSource, StagedState } from '../core/schema.ts'
import { named, prepared } from '../core/statement-name.ts'

/** One invoice as it is to stand in the table. */
export interface StagedRow {
  readonly invoice: Invoice
  readonly state: StagedState
  readonly contentHash: string
  /** What one unit of its currency is worth in the organization's; null: it is the same one. */
  readonly baseRate: string | null
  readonly baseRateSource: RateSource | null
  /** Of the customer's record that was filled in. */
  readonly debtorHash: string | null
  /** Zoho's time. */
  readonly modifiedAt: Date
  readonly blockers: readonly Finding[]
  readonly warnings: readonly Finding[]
  readonly eligibleFrom: string | null
  readonly eligibleUntil: string | null
}

export interface StagingTarget {
  readonly connectionId: string
  readonly clientId: string
  readonly organizationId: string
  readonly policyVersion: string
  /** The organization's own; null: not known. */
  readonly baseCurrency: string | null
}

interface Column {
  readonly name: string
  readonly type: string
  readonly of: (row: StagedRow) => string | boolean | null
  readonly byIdOnly?: true
}

/** All columns but those of findings. */
const columns: readonly Column[] = [
  { name: 'state', type: 'text', of: (row) => row.state },
  { name: 'content_hash', type: 'text', of: (row) => row.contentHash },
  { name: 'base_rate', type: 'numeric', of: (row) => row.baseRate },
  { name: 'base_rate_source', type: 'text', of: (row) => row.baseRateSource },
  { name: 'debtor_hash', type: 'text', of: (row) => row.debtorHash },
  { name: 'zoho_modified_at', type: 'timestamptz', of: (row) => row.modifiedAt.toISOString() },
  { name: 'eligible_from', type: 'date', of: (row) => row.eligibleFrom },
  { name: 'eligible_until', type: 'date', of: (row) => row.eligibleUntil },
  ...invoiceFields.map(({ column, of, ...field }) => ({
    ...field,
    name: column,
    of: (row: StagedRow) => of(row.invoice),
  })),
]

const names = sql.raw(columns.map(({ name }) => name).join(', '))
const inputNames = sql.raw(columns.map(({ name }) => `i.${name}`).join(', '))
const assignments = sql.raw(
  [...columns, { name: 'blockers' }, { name: 'warnings' }]
    .filter(({ name }) => name !== 'zoho_invoice_id')
    .map(({ name, ...column }) =>
      'byIdOnly' in column
        ? `${name} = coalesce(excluded.${name}, staged_invoices.${name})`
        : `${name} = excluded.${name}`,
    )
    .join(', '),
)

/** Rows as they travel to Postgres: one text per column, and each list of findings once. */
export interface EncodedRows {
  readonly ids: readonly string[]
  readonly columns: readonly string[]
  /** Places in `findings`, from 1 on. */
  readonly blockers: string
  readonly warnings: string
  readonly findings: string
}

/**
 * Each column becomes one text that Postgres splits again: pg's own array literals quote and escape every value,
 * which took some 20 µs a row, more than all the rest of our work. The mapping lets no control character through,
 * and JSON escapes them. It is done before the statement's turn, while Postgres still stores the page before.
 *
 * Of 400 lists of findings on a page some 40 differ. Each is sent once, which spares Postgres the reading of nine tenths
 * of the JSON.
 */
export const encodeRows = (rows: readonly StagedRow[]): EncodedRows => {
  const { placeOf, lists } = numberLists()
  return {
    ids: rows.map((row) => row.invoice.zohoInvoiceId),
    columns: columns.map(({ of }) => rows.map((row) => of(row) ?? nullMark).join(separator)),
    blockers: rows.map((row) => placeOf(row.blockers)).join(separator),
    warnings: rows.map((row) => placeOf(row.warnings)).join(separator),
    findings: lists.join(separator),
  }
}

interface Step {
  place: number
  readonly next: Map<Finding, Step>
}

/**
 * Numbers lists of findings from 1 on, equal ones alike, and gives each as JSON. An assessment shares its findings
 * with others, so that they need not be compared as text.
 */
const numberLists = () => {
  const start: Step = { place: 0, next: new Map() }
  const lists: string[] = []
  const placeOf = (findings: readonly Finding[]): number => {
    let step = start
    for (const finding of findings) {
      let next = step.next.get(finding)
      if (next === undefined) {
        next = { place: 0, next: new Map() }
        step.next.set(finding, next)
      }
      step = next
    }
    if (step.place === 0) step.place = lists.push(JSON.stringify(findings))
    return step.place
  }
  return { placeOf, lists }
}

const separator = '\u001f'
const nullMark = '\u001e'

/** The parts of a text of `encodeRows`, as an array in SQL. */
const split = (text: string | undefined, type: string): RawBuilder<unknown> =>
  sql`string_to_array(${text}, ${sql.lit(separator)}, ${sql.lit(nullMark)})::${sql.raw(type)}[]`

/** When Zoho was asked, by our clock and by Zoho's. */
export interface Look {
  /** The database's time, just before the request was sent. */
  readonly requestedAt: Date
  /** Zoho's time at which the answer was surely no older; null when it gave none that can be believed. */
  readonly zohoTime: Date | null
}

/** A modified time further ahead of our clock is a fault of Zoho's; it would win against every true one. */
const mostAhead = sql`interval '5 minutes'`

/**
 * Whether the answer `i` replaces the staged row `s`. What was asked for after the row had been written is later
 * knowledge, whatever the times in it say; both moments are the database's. An answer by id is then taken as it is,
 * and a list that is no older by Zoho's modified time too. One that is older is not (a list may lag behind), unless
 * one of the two times could not be believed. Answers that overlapped are put in order by Zoho's modified time; at
 * equal ones (Zoho's have seconds only) by when they were asked for.
 */
const replaces = (i: string, s: string, byId: boolean): RawBuilder<boolean> => {
  const [input, staged] = [sql.raw(i), sql.raw(s)]
  const unordered = sql`(${input}.zoho_modified_at is null or ${staged}.zoho_modified_at is null)`
  return sql<boolean>`case
    when ${byId ? sql`true` : unordered} and ${input}.proven_at >= ${staged}.changed_at then true
    when ${unordered} then false
    when ${input}.zoho_modified_at <> ${staged}.zoho_modified_at then ${input}.zoho_modified_at > ${staged}.zoho_modified_at
    else ${input}.proven_at >= ${staged}.proven_at
  end`
}

/**
 * The steps that write rows, as common table expressions. They expect one named `guard`, which has a row when
 * writing is allowed, and offer `written (zoho_invoice_id, state, is_new)` and `differing (zoho_invoice_id, wins)`.
 */
const upsertSteps = (
  rows: EncodedRows,
  { connectionId, clientId, organizationId, policyVersion }: StagingTarget,
  { requestedAt, zohoTime }: Look,
  { byId }: { byId: boolean },
): RawBuilder<unknown> => {
  // in the select list, and not in `from`: there each of the arrays would be stored once more
  const unnested = sql.join([
    ...columns.map(({ name, type }, at) => {
      const value = sql`unnest(${split(rows.columns[at], type)})`
      return sql`${value} as ${sql.raw(name === 'zoho_modified_at' ? 'said_modified_at' : name)}`
    }),
    sql`unnest(${split(rows.blockers, 'int')}) as blockers_at`,
    sql`unnest(${split(rows.warnings, 'int')}) as warnings_at`,
  ])
  return sql`
    -- 1. what Zoho said, and when it was asked
    input as (
      select u.*, ${requestedAt}::timestamptz as proven_at,
        case when u.said_modified_at <= now() + ${mostAhead} then u.said_modified_at end as zoho_modified_at
      from (select ${unnested}) u
    ),
    findings as materialized (select ${split(rows.findings, 'jsonb')} as lists),
    -- 2. what differs from what is staged, and whether it replaces it; what is not unpaid is staged only
    -- if it was, or is a case
    differing as materialized (
      select i.*, s.zoho_invoice_id is null or ${replaces('i', 's', byId)} as wins
      from guard cross join input i
      -- lateral and limit: one look into the primary key per row; a join may read all rows of the connection
      left join lateral (
        select * from staged_invoices
        where connection_id = ${connectionId} and zoho_invoice_id = i.zoho_invoice_id limit 1
      ) s on true
      where case
        when s.zoho_invoice_id is null then i.state = 'open' or exists (
          select 1 from cases where zoho_organization_id = ${organizationId} and zoho_invoice_id = i.zoho_invoice_id)
        when s.state = i.state and i.state <> 'open' then false
        else ${byId ? sql`true` : sql`i.content_hash <> s.content_hash or i.state <> s.state or s.unreadable`}
      end
    ),
    -- 3. only that is written; a row that another worker wrote in between still wins when it is newer
    written as (
      insert into staged_invoices (connection_id, client_id, zoho_organization_id, policy_version, case_id, proven_at,
        looked_at, zoho_time, blockers, warnings, ${names})
      select ${connectionId}::uuid, ${clientId}, ${organizationId}, ${policyVersion}, c.id, i.proven_at,
        ${byId ? sql`i.proven_at` : sql`null::timestamptz`}, ${zohoTime}::timestamptz, f.lists[i.blockers_at], f.lists[i.warnings_at], ${inputNames}
      from differing i cross join findings f
      left join lateral (
        select id from cases
        -- most organizations have no case yet; that is asked once
        where (select exists (select 1 from cases where zoho_organization_id = ${organizationId}))
          and zoho_organization_id = ${organizationId} and zoho_invoice_id = i.zoho_invoice_id limit 1
      ) c on true
      where i.wins
      on conflict (connection_id, zoho_invoice_id) do update set
        ${assignments}, unreadable = false, policy_version = excluded.policy_version, proven_at = excluded.proven_at,
        looked_at = excluded.looked_at, zoho_time = excluded.zoho_time, changed_at = clock_timestamp(),
        case_id = coalesce(staged_invoices.case_id, excluded.case_id)
      where ${replaces('excluded', 'staged_invoices', byId)}
      returning staged_invoices.zoho_invoice_id, staged_invoices.state, (xmax = 0) as is_new
    )`
}

export interface PageToStage {
  readonly runId: string
  readonly leaseToken: string
  readonly lockSeconds: number
  /** Number of the page within the run. */
  readonly page: number
  readonly hasMore: boolean
  /** All that Zoho listed and we could read, whatever their state. */
  readonly rows: EncodedRows
  readonly rowsRead: number
  readonly rowsSetAside: number
  /** The database's time, just before the page was asked for. */
  readonly requestedAt: Date
  /** Zoho's time at which the page was surely no older. */
  readonly observedAt: Date | null
  readonly total: number | null
  /** The page shows that invoices left the list while it was walked. */
  readonly disturbed: boolean
  readonly notify: boolean
}

export interface StagedPage {
  readonly created: number
  readonly changed: number
  readonly closed: number
}

/**
 * Stores a page: rows, page row and checkpoint of the run, in one statement. Its commit does not wait for the disk:
 * should Postgres itself crash, the last pages are lost together with their checkpoint and are read again. The end of
 * a run is committed in the usual way, and with it everything before.
 *
 * @returns what was written, or null when the lease is gone: then nothing was.
 */
export const stagePageRows = async (
  db: Db | Trx,
  target: StagingTarget,
  page: PageToStage,
): Promise<StagedPage | null> => {
  const { rows } = await sql<StagedPage>`${prepared('insert staged_invoices')}
    with guard as materialized (
      select id, set_config('synchronous_commit', 'off', true) as quick from sync_runs
      where id = ${page.runId} and lease_token = ${page.leaseToken} and state = 'running'
      for update
    ),
    ${upsertSteps(page.rows, target, { requestedAt: page.requestedAt, zohoTime: page.observedAt }, { byId: false })},
    -- 4. how much that was
    counted as (
      select count(*) filter (where is_new)::int as created,
        count(*) filter (where not is_new and state = 'open')::int as changed,
        count(*) filter (where state <> 'open')::int as closed
      from written
    ),
    -- 5. what this run has seen, and where the page contradicts a row that it could not replace
    page as (
      insert into sync_pages (run_id, page, connection_id, invoice_ids, doubtful_ids, rows_set_aside, has_more)
      select id, ${page.page}::int, ${target.connectionId}, ${page.rows.ids}::text[],
        array(select zoho_invoice_id from differing where not wins), ${page.rowsSetAside}::int, ${page.hasMore}
      from guard
    ),
    -- 6. where to go on from
    checkpoint as (
      update sync_runs r set
        next_page = ${page.page}::int + 1,
        rows_read = r.rows_read + ${page.rowsRead}::int,
        rows_new = r.rows_new + created,
        rows_changed = r.rows_changed + changed,
        rows_closed = r.rows_closed + closed,
        rows_unchanged = r.rows_unchanged + greatest(0, ${page.rowsRead - page.rowsSetAside}::int - created - changed - closed),
        rows_set_aside = r.rows_set_aside + ${page.rowsSetAside}::int,
        total = coalesce(${page.total}::int, r.total),
        -- both of the first page only: what changed between it and a later one would be missed
        first_request_at = case when ${page.page}::int = 1 then ${page.requestedAt}::timestamptz else r.first_request_at end,
        zoho_started_at = case when ${page.page}::int = 1 then ${page.observedAt}::timestamptz else r.zoho_started_at end,
        disturbed = r.disturbed or ${page.disturbed},
        lease_until = now() + make_interval(secs => ${page.lockSeconds})
      from guard, counted
      where r.id = guard.id
      returning created, changed, closed
    )
    select checkpoint.*${page.notify ? sql`, ${notification(target.clientId, { type: 'run', id: page.runId })}` : sql``}
    from checkpoint`.execute(db)
  return rows[0] ?? null
}

/** Stages one invoice that was read by its id. Nothing is written for a connection that is gone. */
export const stageOne = async (
  db: Db | Trx,
  target: StagingTarget,
  row: StagedRow,
  look: Look,
): Promise<void> => {
  await sql`${prepared('insert staged_invoices')}
    with guard as materialized (
      select id from connections where id = ${target.connectionId} and state <> 'disconnected'
        and zoho_organization_id = ${target.organizationId}
      for share
    ),
    ${upsertSteps(encodeRows([row]), target, look, { byId: true })}
    select count(*) from written`.execute(db)
}

/** A staged row as it stands. */
export interface StagedInvoice {
  readonly invoice: Invoice
  readonly state: StagedState
  readonly contentHash: string
  readonly modifiedAt: Date | null
  readonly unreadable: boolean
}

export const findStaged = async (
  db: Db | Trx,
  connectionId: string,
  zohoInvoiceId: string,
): Promise<StagedInvoice | undefined> => {
  const row = await db
    .selectFrom('staged_invoices')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .where('zoho_invoice_id', '=', zohoInvoiceId)
    .executeTakeFirst()
  return (
    row && {
      invoice: invoiceOf(row),
      state: row.state,
      contentHash: row.content_hash,
      modifiedAt: row.zoho_modified_at,
      unreadable: row.unreadable,
    }
  )
}

/**
 * The invoice was read again and is as `known`: only the proof is younger. A row that changed since it was looked up is
 * left alone, for the answer says nothing about its new content.
 */
export const proveStaged = async (
  db: Db | Trx,
  connectionId: string,
  { invoice, contentHash, state }: StagedInvoice,
  { requestedAt, zohoTime }: Look,
): Promise<void> => {
  await db
    .updateTable('staged_invoices')
    .set({
      proven_at: sql<Date>`greatest(proven_at, ${requestedAt}::timestamptz)`,
      looked_at: requestedAt,
      zoho_time: zohoTime,
    })
    .where('connection_id', '=', connectionId)
    .where('zoho_invoice_id', '=', invoice.zohoInvoiceId)
    .where('content_hash', '=', contentHash)
    .where('unreadable', '=', false)
    .where('state', '=', state)
    .where(({ eb, or }) => or([eb('looked_at', 'is', null), eb('looked_at', '<', requestedAt)]))
    .execute()
}

/** The invoice no longer exists in Zoho (404 with code 1002), asked for at `requestedAt`. */
export const removeStaged = async (
  db: Db | Trx,
  connectionId: string,
  zohoInvoiceId: string,
  requestedAt: Date,
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('staged_invoices')
    .set({
      state: 'removed',
      changed_at: sql<Date>`clock_timestamp()`,
      proven_at: sql<Date>`greatest(proven_at, ${requestedAt}::timestamptz)`,
      looked_at: requestedAt,
    })
    .where('connection_id', '=', connectionId)
    .where('zoho_invoice_id', '=', zohoInvoiceId)
    .where('state', '<>', 'removed')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * Tells the case of an invoice that is gone, also when no row of it is staged any more. Rows that are staged tell their
 * cases by a trigger.
 */
export const tellCaseOfRemoval = async (
  trx: Trx,
  organizationId: string,
  zohoInvoiceId: string,
  requestedAt: Date,
): Promise<void> => {
  await sql`${named('update cases')}select tell_cases(${organizationId}, array[${zohoInvoiceId}]::text[], array['removed'], array[0::numeric],
    array[${requestedAt}::timestamptz])`.execute(trx)
}

/**
 * Open rows that Zoho now sends in a form we cannot read: they stay, but nothing may be made of them until they
 * can be read again.
 */
export const holdUnreadable = async (
  db: Db | Trx,
  connectionId: string,
  zohoInvoiceIds: readonly string[],
  blocker: Finding,
): Promise<void> => {
  if (zohoInvoiceIds.length === 0) return
  await sql`
    update staged_invoices
    set unreadable = true, blockers = ${JSON.stringify([blocker])}::jsonb,
      eligible_from = null, eligible_until = null, changed_at = clock_timestamp()
    where connection_id = ${connectionId} and zoho_invoice_id = any(${zohoInvoiceIds})
      and state = 'open' and not unreadable`.execute(db)
}

/**
 * Invoices that a full run has to read by id, in the order of their ids: open ones that it has not seen, and those of
 * which its pages say something else than the staged row, which they could not replace.
 *
 * @param since when its first request was sent, by the database's clock.
 */
export const findMissing = async (
  db: Db | Trx,
  { connectionId, runId, since, limit }: { connectionId: string; runId: string; since: Date; limit: number },
): Promise<readonly string[]> => {
  const { rows } = await sql<{ id: string }>`${named('select staged_invoices')}
    with doubtful as materialized (
      select zoho_invoice_id as id from staged_invoices
      where connection_id = ${connectionId} and state = 'open' and proven_at < ${since}::timestamptz
      union
      select s.zoho_invoice_id from sync_pages p cross join unnest(p.doubtful_ids) as doubt (id)
      join staged_invoices s on s.connection_id = ${connectionId} and s.zoho_invoice_id = doubt.id
      where p.run_id = ${runId} and s.proven_at < ${since}::timestamptz
    )
    select id from doubtful
    where not exists (
      select 1 from (select unnest(invoice_ids) as id, doubtful_ids from sync_pages where run_id = ${runId}) seen
      where seen.id = doubtful.id and seen.id <> all(seen.doubtful_ids)
    )
    order by id limit ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}
