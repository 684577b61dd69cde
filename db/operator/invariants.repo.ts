/** The invariants that must hold in a live database whatever happened; each query finds what breaks one. */
import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../core/database.ts'
import { unsweptFor } from '../jobs/due-rows.repo.ts'

export interface InvariantQuery {
  readonly number: number
  readonly name: string
  /** Selects `id` of each offender. */
  readonly offenders: RawBuilder<{ id: string }>
}

/** Everything that can hold text: a plain token must be nowhere in it. */
const textColumns = sql<{ schema: string; table: string; column: string }>`
  select table_schema as schema, table_name as table, column_name as column
  from information_schema.columns
  join information_schema.tables using (table_schema, table_name)
  where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
    and data_type in ('text', 'character varying', 'jsonb', 'json', 'ARRAY')
  order by 1, 2, 3`

/** Zoho's tokens and codes: 1000.<32 hex>.<32 hex> (contract 2). A pattern that SQL and JavaScript read alike. */
export const tokenShape = String.raw`1000\.[0-9a-f]{16,}\.[0-9a-f]{16,}`

const queries = (sweepIntervalSeconds: number): readonly InvariantQuery[] => [
  {
    number: 1,
    name: 'no two cases with one organization and invoice',
    offenders: sql`
      select zoho_organization_id || '/' || zoho_invoice_id as id from cases
      group by zoho_organization_id, zoho_invoice_id having count(*) > 1`,
  },
  {
    number: 2,
    name: 'every created item has its case',
    offenders: sql`
      select i.command_id || '/' || i.ordinal as id from case_command_items i
      left join cases c on c.id = i.case_id and c.zoho_invoice_id = i.zoho_invoice_id and c.zoho_organization_id = i.zoho_organization_id
      where i.outcome = 'created' and c.id is null`,
  },
  {
    number: 2,
    name: 'every case has its item',
    offenders: sql`
      select c.id::text as id from cases c
      where not exists (select 1 from case_command_items i where i.case_id = c.id and i.outcome = 'created')`,
  },
  {
    number: 3,
    name: 'at most one active run per connection',
    offenders: sql`
      select connection_id::text as id from sync_runs where state = 'running' group by connection_id having count(*) > 1`,
  },
  {
    number: 4,
    name: 'no open staged invoice whose connection is gone',
    offenders: sql`
      select s.connection_id || '/' || s.zoho_invoice_id as id from staged_invoices s
      left join connections c on c.id = s.connection_id
      where s.state = 'open' and (c.id is null or c.state = 'disconnected' or c.zoho_organization_id <> s.zoho_organization_id)`,
  },
  {
    number: 5,
    name: 'amount, currency and references of a case equal its proof',
    offenders: sql`
      select id::text as id from cases
      where (proof->>'amount')::numeric is distinct from amount_to_recover
        or proof->>'currencyCode' is distinct from currency_code
        or proof->>'creditorReference' is distinct from creditor_reference
        or (described_by is null and proof->>'claimDescription' is distinct from claim_description)
        or proof->>'zohoStatus' is distinct from zoho_status
        or (proof->>'zohoModifiedAt')::timestamptz is distinct from zoho_modified_at`,
  },
  {
    number: 8,
    name: 'the proof of a case is later than its command',
    offenders: sql`
      select c.id::text as id from cases c join case_commands m on m.id = c.command_id
      where c.proven_at <= m.created_at or (c.proof->>'requestedAt')::timestamptz is distinct from c.proven_at
        or coalesce(c.proof->>'source' not in ('invoice', 'full_run'), true)`,
  },
  {
    number: 9,
    name: 'every audit event follows the one before it, unchanged',
    offenders: sql`
      select id::text as id from (
        select e as event, e.id, e.position, e.previous_hash, e.hash, e.person_salt, e.person_digest,
          row_number() over chain as expected_position, coalesce(lag(e.hash) over chain, '') as expected_hash
        from audit_events e
        window chain as (partition by coalesce(e.client_id, '') order by e.position, e.id)
      ) links
      where position <> expected_position or previous_hash <> expected_hash or hash <> audit_hash(event)
        or (person_salt is not null and person_digest <> audit_person_digest(event))
        or (person_salt is null and ((event).ip_address is not null or ((event).actor_role = 'client' and (event).actor <> 'erased')))
      union all
      select 'end of chain ' || coalesce(heads.chain, ends.chain) from audit_chains heads
      full join (
        select distinct on (coalesce(client_id, '')) coalesce(client_id, '') as chain, position, hash from audit_events
        order by coalesce(client_id, ''), position desc
      ) ends on ends.chain = heads.chain
      where (heads.position, heads.hash) is distinct from (ends.position, ends.hash)`,
  },
  {
    number: 10,
    name: 'every document in the database has all its bytes',
    offenders: sql`
      select f.id::text as id from document_files f
      where f.sha256 is not null and f.kept_in = 'database'
        and f.size_bytes <> (select coalesce(sum(octet_length(c.bytes)), 0) from document_chunks c where c.file_id = f.id)`,
  },
  {
    number: 7,
    name: 'every due row has been swept within three sweep intervals',
    offenders: sql`
      select id from (${unsweptFor(sweepIntervalSeconds * 3)}) due
      where exists (select 1 from workers where last_sweep_at > now() - make_interval(secs => ${sweepIntervalSeconds * 3}))`,
  },
]

export interface Broken {
  readonly number: number
  readonly name: string
  readonly count: number
  /** The first of them. */
  readonly ids: readonly string[]
}

const shown = 100

/** Runs every check. @returns those that are broken. */
export const findBrokenInvariants = async (
  db: Db,
  { sweepIntervalSeconds }: { sweepIntervalSeconds: number },
): Promise<readonly Broken[]> => {
  const broken: Broken[] = []
  for (const { number, name, offenders } of queries(sweepIntervalSeconds)) {
    const { rows } = await sql<{ id: string; count: number }>`
      select id, count(*) over ()::int as count from (${offenders}) offenders limit ${shown}`.execute(db)
    if (rows.length > 0)
      broken.push({ number, name, count: rows[0]?.count ?? 0, ids: rows.map((row) => row.id) })
  }
  const tokens = await findPlainTokens(db)
  if (tokens.length > 0)
    broken.push({
      number: 6,
      name: 'no plain token anywhere',
      count: tokens.length,
      ids: tokens.slice(0, shown),
    })
  return broken.sort((a, b) => a.number - b.number)
}

/** Columns of any table, the queue's on Postgres too, that hold a token in plain text. */
const findPlainTokens = async (db: Db): Promise<readonly string[]> => {
  const { rows: columns } = await textColumns.execute(db)
  const found: string[] = []
  for (const { schema, table, column } of columns) {
    const { rows } = await sql`
      select 1 from ${sql.id(schema, table)} where ${sql.id(column)}::text ~ ${tokenShape} limit 1`.execute(
      db,
    )
    if (rows.length > 0) found.push(`${schema}.${table}.${column}`)
  }
  return found
}
