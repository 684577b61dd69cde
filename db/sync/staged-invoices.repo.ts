/** The staging table. One statement per page: unchanged rows are left out before the conflict clause. */
import { type RawBuilder, sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { notification } from '../core/notify.ts'
import type { Finding, StagedState } from '../core/schema.ts'
import { named, prepared } from '../core/statement-name.ts'

/** One invoice as it is to stand in the table. */
export interface StagedRow {
  readonly zohoInvoiceId: string
  readonly state: StagedState
  readonly contentHash: string
  /** Zoho's time. */
  readonly modifiedAt: Date
  readonly creditorReference: string | null
  readonly date: string | null
  readonly dueDate: string | null
  readonly amountToRecover: string
  readonly currencyCode: string | null
  readonly claimDescription: string | null
  readonly debtorName: string | null
  readonly debtorEmail: string | null
  readonly debtorPhone: string | null
  readonly debtorAddress: string | null
  readonly debtorCity: string | null
  readonly debtorZipCode: string | null
  readonly debtorState: string | null
  readonly debtorCountry: string | null
  readonly debtorCountryAlpha2: string | null
  readonly zohoCustomerId: string | null
  readonly zohoStatus: string
  readonly paymentInProgress: boolean
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
}

interface Column {
  readonly name: string
  readonly type: string
  readonly of: (row: StagedRow) => string | boolean | null
}

/** All columns but those of findings. */
const columns: readonly Column[] = [
  { name: 'zoho_invoice_id', type: 'text', of: (row) => row.zohoInvoiceId },
  { name: 'state', type: 'text', of: (row) => row.state },
  { name: 'content_hash', type: 'text', of: (row) => row.contentHash },
  { name: 'zoho_modified_at', type: 'timestamptz', of: (row) => row.modifiedAt.toISOString() },
  { name: 'creditor_reference', type: 'text', of: (row) => row.creditorReference },
  { name: 'invoice_date', type: 'date', of: (row) => row.date },
  { name: 'due_date', type: 'date', of: (row) => row.dueDate },
  { name: 'amount_to_recover', type: 'numeric', of: (row) => row.amountToRecover },
  { name: 'currency_code', type: 'text', of: (row) => row.currencyCode },
  { name: 'claim_description', type: 'text', of: (row) => row.claimDescription },
  { name: 'debtor_name', type: 'text', of: (row) => row.debtorName },
  { name: 'debtor_email', type: 'text', of: (row) => row.debtorEmail },
  { name: 'debtor_phone', type: 'text', of: (row) => row.debtorPhone },
  { name: 'debtor_address', type: 'text', of: (row) => row.debtorAddress },
  { name: 'debtor_city', type: 'text', of: (row) => row.debtorCity },
  { name: 'debtor_zip_code', type: 'text', of: (row) => row.debtorZipCode },
  { name: 'debtor_state', type: 'text', of: (row) => row.debtorState },
  { name: 'debtor_country', type: 'text', of: (row) => row.debtorCountry },
  { name: 'debtor_country_alpha2', type: 'text', of: (row) => row.debtorCountryAlpha2 },
  { name: 'zoho_customer_id', type: 'text', of: (row) => row.zohoCustomerId },
  { name: 'zoho_status', type: 'text', of: (row) => row.zohoStatus },
  { name: 'payment_in_progress', type: 'boolean', of: (row) => row.paymentInProgress },
  { name: 'eligible_from', type: 'date', of: (row) => row.eligibleFrom },
  { name: 'eligible_until', type: 'date', of: (row) => row.eligibleUntil },
]

const names = sql.raw(columns.map(({ name }) => name).join(', '))
const inputNames = sql.raw(columns.map(({ name }) => `i.${name}`).join(', '))
const assignments = sql.raw(
  [...columns.map(({ name }) => name), 'blockers', 'warnings']
    .filter((name) => name !== 'zoho_invoice_id')
    .map((name) => `${name} = excluded.${name}`)
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
 * Of 400 lists of findings on a page some 40 differ. Sent once each, they save Postgres the reading of as much JSON
 * as all other columns have text: 5 of 38 µs a row.
 */
export const encodeRows = (rows: readonly StagedRow[]): EncodedRows => {
  const { placeOf, lists } = numberLists()
  return {
    ids: rows.map((row) => row.zohoInvoiceId),
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

/**
 * Zoho's `Date` has whole seconds, and the time a request took is taken off it: of two looks one after the other
 * the later one may seem up to a second older. Only what is clearly older loses.
 */
const zohoClockTolerance = sql`interval '2 seconds'`

/**
 * The steps that write rows, as common table expressions. They expect one named `guard`, which has a row when
 * writing is allowed, and offer `written (zoho_invoice_id, state, is_new)`.
 *
 * Which knowledge wins: the later modified time; at equal times (Zoho's have seconds only) the later look.
 */
const upsertSteps = (
  rows: EncodedRows,
  { connectionId, clientId, organizationId, policyVersion }: StagingTarget,
  observedAt: Date | null,
): RawBuilder<unknown> => {
  // in the select list, and not in `from`: there each of the arrays would be stored once more
  const unnested = sql.join([
    ...columns.map(({ name, type }, at) => sql`unnest(${split(rows.columns[at], type)}) as ${sql.raw(name)}`),
    sql`unnest(${split(rows.blockers, 'int')}) as blockers_at`,
    sql`unnest(${split(rows.warnings, 'int')}) as warnings_at`,
  ])
  return sql`
    -- 1. what Zoho said; without a clock of Zoho's the row's own time is when it was surely so
    input as (
      select u.*, coalesce(${observedAt}::timestamptz, u.zoho_modified_at) as proven_at from (select ${unnested}) u
    ),
    findings as materialized (select ${split(rows.findings, 'jsonb')} as lists),
    -- 2. what differs from what is staged and is no older; what is not unpaid is staged only if it was
    differing as (
      select i.*
      from guard cross join input i
      -- lateral and limit: one look into the primary key per row; a join may read all rows of the connection
      left join lateral (
        select * from staged_invoices
        where connection_id = ${connectionId} and zoho_invoice_id = i.zoho_invoice_id limit 1
      ) s on true
      where case
        when s.zoho_invoice_id is null then i.state = 'open'
        when s.state = i.state and i.state <> 'open' then false
        when i.zoho_modified_at > s.zoho_modified_at then true
        when i.zoho_modified_at = s.zoho_modified_at and i.proven_at >= s.proven_at - ${zohoClockTolerance}
          then i.content_hash <> s.content_hash or i.state <> s.state
        else false
      end
    ),
    -- 3. only that is written; a row that another worker wrote in between still wins when it is newer
    written as (
      insert into staged_invoices (connection_id, client_id, zoho_organization_id, policy_version, case_id, proven_at,
        blockers, warnings, ${names})
      select ${connectionId}::uuid, ${clientId}, ${organizationId}, ${policyVersion}, c.id, i.proven_at,
        f.lists[i.blockers_at], f.lists[i.warnings_at], ${inputNames}
      from differing i cross join findings f
      left join lateral (
        select id from cases
        -- most organizations have no case yet; that is asked once
        where (select exists (select 1 from cases where zoho_organization_id = ${organizationId}))
          and zoho_organization_id = ${organizationId} and zoho_invoice_id = i.zoho_invoice_id limit 1
      ) c on true
      on conflict (connection_id, zoho_invoice_id) do update set
        ${assignments}, policy_version = excluded.policy_version, proven_at = greatest(staged_invoices.proven_at, excluded.proven_at), changed_at = now(),
        case_id = coalesce(staged_invoices.case_id, excluded.case_id)
      where excluded.zoho_modified_at > staged_invoices.zoho_modified_at
        or (excluded.zoho_modified_at = staged_invoices.zoho_modified_at and excluded.proven_at >= staged_invoices.proven_at - ${zohoClockTolerance})
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
    ${upsertSteps(page.rows, target, page.observedAt)},
    -- 4. how much that was
    counted as (
      select count(*) filter (where is_new)::int as created,
        count(*) filter (where not is_new and state = 'open')::int as changed,
        count(*) filter (where state <> 'open')::int as closed
      from written
    ),
    -- 5. what this run has seen
    page as (
      insert into sync_pages (run_id, page, connection_id, invoice_ids, rows_set_aside, has_more)
      select id, ${page.page}::int, ${target.connectionId}, ${page.rows.ids}::text[],
        ${page.rowsSetAside}::int, ${page.hasMore}
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
        zoho_started_at = coalesce(r.zoho_started_at, ${page.observedAt}::timestamptz),
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
  observedAt: Date | null,
): Promise<void> => {
  await sql`${prepared('insert staged_invoices')}
    with guard as materialized (
      select id from connections where id = ${target.connectionId} and state <> 'disconnected'
        and zoho_organization_id = ${target.organizationId}
      for share
    ),
    ${upsertSteps(encodeRows([row]), target, observedAt)}
    select count(*) from written`.execute(db)
}

export interface KnownInvoice {
  readonly state: StagedState
  readonly modifiedAt: Date
  readonly zohoStatus: string
  readonly amountToRecover: string
  readonly paymentInProgress: boolean
  readonly readable: boolean
}

export const findStaged = async (
  db: Db | Trx,
  connectionId: string,
  zohoInvoiceId: string,
): Promise<KnownInvoice | undefined> =>
  db
    .selectFrom('staged_invoices')
    .select([
      'state',
      'zoho_modified_at as modifiedAt',
      'zoho_status as zohoStatus',
      'amount_to_recover as amountToRecover',
      'payment_in_progress as paymentInProgress',
      sql<boolean>`content_hash <> ''`.as('readable'),
    ])
    .where('connection_id', '=', connectionId)
    .where('zoho_invoice_id', '=', zohoInvoiceId)
    .executeTakeFirst()

/** The invoice was read again and nothing changed: only the proof is younger. */
export const proveStaged = async (
  db: Db | Trx,
  connectionId: string,
  zohoInvoiceId: string,
  observedAt: Date,
): Promise<void> => {
  await db
    .updateTable('staged_invoices')
    .set({ proven_at: observedAt })
    .where('connection_id', '=', connectionId)
    .where('zoho_invoice_id', '=', zohoInvoiceId)
    .where('proven_at', '<', observedAt)
    .execute()
}

/** The invoice no longer exists in Zoho (404 with code 1002), as of `observedAt`. */
export const removeStaged = async (
  db: Db | Trx,
  connectionId: string,
  zohoInvoiceId: string,
  observedAt: Date | null,
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('staged_invoices')
    .set({
      state: 'removed',
      changed_at: sql<Date>`now()`,
      proven_at: sql<Date>`greatest(proven_at, ${observedAt}::timestamptz)`,
    })
    .where('connection_id', '=', connectionId)
    .where('zoho_invoice_id', '=', zohoInvoiceId)
    .where('state', '<>', 'removed')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * Open rows that Zoho now sends in a form we cannot read: they stay, but nothing may be made of them until they
 * can be read again. The empty hash makes the next readable row differ.
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
    set zoho_status = 'unreadable', content_hash = '', blockers = ${JSON.stringify([blocker])}::jsonb,
      eligible_from = null, eligible_until = null, changed_at = now()
    where connection_id = ${connectionId} and zoho_invoice_id = any(${zohoInvoiceIds})
      and state = 'open' and content_hash <> ''`.execute(db)
}

/** Open invoices that a full run has neither seen nor re-read, in the order of their ids. */
export const findMissing = async (
  db: Db | Trx,
  {
    connectionId,
    runId,
    startedAt,
    limit,
  }: { connectionId: string; runId: string; startedAt: Date; limit: number },
): Promise<readonly string[]> => {
  const { rows } = await sql<{ id: string }>`${named('select staged_invoices')}
    with doubtful as materialized (
      select zoho_invoice_id as id from staged_invoices
      where connection_id = ${connectionId} and state = 'open' and proven_at < ${startedAt}::timestamptz + ${zohoClockTolerance}
    )
    select id from doubtful
    where not exists (
      select 1 from (select unnest(invoice_ids) as id from sync_pages where run_id = ${runId}) seen
      where seen.id = doubtful.id
    )
    order by id limit ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}

/** What a case is made from, as the row has it. */
export interface StagedForCase {
  readonly state: StagedState
  readonly contentHash: string
  /** Whether Zoho's word on it is young enough. */
  readonly proven: boolean
  readonly creditorReference: string | null
  readonly date: string | null
  readonly dueDate: string | null
  readonly amountToRecover: string
  readonly currencyCode: string | null
  readonly claimDescription: string | null
  readonly debtorName: string | null
  readonly debtorEmail: string | null
  readonly debtorPhone: string | null
  readonly debtorAddress: string | null
  readonly debtorCity: string | null
  readonly debtorZipCode: string | null
  readonly debtorState: string | null
  readonly debtorCountry: string | null
  readonly debtorCountryAlpha2: string | null
  readonly zohoStatus: string
  readonly paymentInProgress: boolean
}
