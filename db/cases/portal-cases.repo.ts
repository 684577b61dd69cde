/** Cases as the portal reads them: through the view, so limited to one client. Call these as portal reader. */
import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Trx } from '../core/database.ts'
import { type Cursor, keysetPage, type Page } from '../core/keyset-page.ts'
import { likeLiteral } from '../core/like.ts'
import type { CaseStatus, Database, InvoiceState, PortalAuditEvent } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'

export type PortalCase = Selectable<Database['portal_cases']>
export type CaseEvent = Selectable<Database['portal_case_events']>

export interface CaseFilter {
  /** Part of reference, invoice number, customer or e-mail; case does not matter. */
  readonly q?: string | undefined
  readonly status?: CaseStatus | undefined
  readonly invoiceState?: InvoiceState | undefined
  /** Whether a case has all that it needs in writing. */
  readonly evidence?: 'complete' | 'incomplete' | undefined
  readonly currency?: string | undefined
  readonly commandId?: string | undefined
  /** Days on which the case was created, both inclusive, UTC. */
  readonly createdFrom?: string | undefined
  readonly createdTo?: string | undefined
  readonly minAmount?: string | undefined
  readonly maxAmount?: string | undefined
}

/** What the list can be ordered by, and the column behind it. */
const sortColumns = {
  createdAt: 'created_at',
  // by value: amounts of several currencies do not compare
  amount: 'amount_value',
  outstanding: 'outstanding_value',
  invoiceState: 'invoice_state',
  invoiceStateSince: 'invoice_state_since',
  debtor: 'debtor_name',
  dueDate: 'due_date',
} as const
export type CaseSort = keyof typeof sortColumns
export const caseSorts = Object.keys(sortColumns) as [CaseSort, ...CaseSort[]]

const likePattern = (q: string) => `%${likeLiteral(q)}%`

/** The same rule for one case: `evidenceNow` in src/cases/present-case.ts. */
const hasEvidence = sql<boolean>`(
  (not 'file' = any(evidence_required) or has_file) and (not 'description' = any(evidence_required) or described))`

const matches = (filter: CaseFilter): RawBuilder<boolean> => {
  const all: RawBuilder<boolean>[] = [sql`true`]
  if (filter.q)
    all.push(sql`lower(reference || e'\n' || coalesce(creditor_reference, '') || e'\n' || debtor_name || e'\n'
      || coalesce(debtor_email, '')) like lower(${likePattern(filter.q)})`)
  if (filter.status) all.push(sql`status = ${filter.status}`)
  if (filter.invoiceState) all.push(sql`invoice_state = ${filter.invoiceState}`)
  if (filter.evidence)
    all.push(filter.evidence === 'complete' ? hasEvidence : sql<boolean>`not ${hasEvidence}`)
  if (filter.currency) all.push(sql`currency_code = ${filter.currency}`)
  if (filter.commandId) all.push(sql`command_id = ${filter.commandId}::uuid`)
  if (filter.createdFrom)
    all.push(sql`created_at >= (${filter.createdFrom}::date)::timestamp at time zone 'UTC'`)
  if (filter.createdTo)
    all.push(sql`created_at < (${filter.createdTo}::date + 1)::timestamp at time zone 'UTC'`)
  // of one currency its own amounts, of several their values in the organization's
  const amount = filter.currency ? sql`amount_to_recover` : sql`amount_value`
  if (filter.minAmount) all.push(sql`${amount} >= ${filter.minAmount}::numeric`)
  if (filter.maxAmount) all.push(sql`${amount} <= ${filter.maxAmount}::numeric`)
  return sql`(${sql.join(all, sql` and `)})`
}

/** The client's cases, newest first unless another order is asked for. */
export const listCases = (
  trx: Trx,
  {
    filter = {},
    sort = 'createdAt',
    ascending = false,
    ...page
  }: {
    readonly limit: number
    readonly cursor: Cursor | undefined
    readonly filter?: CaseFilter
    readonly sort?: CaseSort | undefined
    readonly ascending?: boolean | undefined
  },
): Promise<Page<PortalCase>> =>
  keysetPage(trx, { from: 'portal_cases', by: sortColumns[sort], ascending, where: matches(filter), ...page })

export interface CaseTotal {
  readonly invoiceState: InvoiceState
  readonly currencyCode: string
  readonly count: number
  readonly amountToRecover: string
  readonly outstanding: string
}

/** Counts and sums per state of the invoice and currency, over all that match but for the state itself; withdrawn cases are left out. */
export const sumCases = async (
  trx: Trx,
  { invoiceState: _any, ...filter }: CaseFilter,
): Promise<readonly CaseTotal[]> => {
  const { rows } = await sql<CaseTotal>`${named('select portal_cases')}
    select invoice_state as "invoiceState", currency_code as "currencyCode", count(*)::int as count,
      sum(amount_to_recover)::text as "amountToRecover", sum(outstanding)::text as outstanding
    from portal_cases where ${matches(filter)} and status <> 'withdrawn'
    group by invoice_state, currency_code order by invoice_state, currency_code`.execute(trx)
  return rows
}

/** What is left to pay of all that match, in the organization's currency, by state of the invoice; without withdrawn cases. */
export const sumOutstandingValues = async (
  trx: Trx,
  { invoiceState: _any, ...filter }: CaseFilter,
): Promise<ReadonlyMap<InvoiceState, string>> => {
  const { rows } = await sql<{ state: InvoiceState; value: string }>`${named('select portal_cases')}
    select invoice_state as state, round(sum(outstanding_value), 4)::text as value
    from portal_cases where ${matches(filter)} and status <> 'withdrawn' group by 1`.execute(trx)
  return new Map(rows.map(({ state, value }) => [state, value]))
}

/** What happened to a case, oldest first. */
export const findCaseEvents = (trx: Trx, caseIds: readonly string[]): Promise<readonly CaseEvent[]> =>
  trx.selectFrom('portal_case_events').selectAll().where('case_id', 'in', caseIds).orderBy('id').execute()

export const findCase = (trx: Trx, id: string): Promise<PortalCase | undefined> =>
  trx.selectFrom('portal_cases').selectAll().where('id', '=', id).executeTakeFirst()

/** The trail of a case: what happened to it and to the command that made it, oldest first. */
export const findCaseTrail = (
  trx: Trx,
  { caseId, commandId }: { caseId: string; commandId: string },
): Promise<readonly PortalAuditEvent[]> =>
  trx
    .selectFrom('portal_audit_events')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb.and([eb('subject_type', '=', 'case_command'), eb('subject_id', '=', commandId)]),
        eb.and([eb('subject_type', '=', 'case'), eb('subject_id', '=', caseId)]),
      ]),
    )
    .orderBy('id')
    .limit(200)
    .execute()
