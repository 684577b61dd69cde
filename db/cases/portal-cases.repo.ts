/** Cases as the portal reads them: through the view, so limited to one client. Call these as portal reader. */
import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Trx } from '../core/database.ts'
import { type Cursor, keysetPage, type Page } from '../core/keyset-page.ts'
import type { CaseRow, Database, PortalAuditEvent } from '../core/schema.ts'

export type PortalCase = Selectable<Database['portal_cases']>

export interface CaseFilter {
  /** Part of reference, invoice number, customer or e-mail; case does not matter. */
  readonly q?: string | undefined
  readonly status?: string | undefined
  readonly currency?: string | undefined
  readonly commandId?: string | undefined
  /** Days on which the case was created, both inclusive, UTC. */
  readonly createdFrom?: string | undefined
  readonly createdTo?: string | undefined
  readonly minAmount?: string | undefined
}

const likePattern = (q: string) => `%${q.replace(/[\\%_]/g, '\\$&')}%`

const matches = (filter: CaseFilter): RawBuilder<boolean> => {
  const all: RawBuilder<boolean>[] = [sql`true`]
  if (filter.q)
    all.push(sql`lower(reference || e'\n' || coalesce(creditor_reference, '') || e'\n' || debtor_name || e'\n'
      || coalesce(debtor_email, '')) like lower(${likePattern(filter.q)})`)
  if (filter.status) all.push(sql`status = ${filter.status}`)
  if (filter.currency) all.push(sql`currency_code = ${filter.currency}`)
  if (filter.commandId) all.push(sql`command_id = ${filter.commandId}::uuid`)
  if (filter.createdFrom)
    all.push(sql`created_at >= (${filter.createdFrom}::date)::timestamp at time zone 'UTC'`)
  if (filter.createdTo)
    all.push(sql`created_at < (${filter.createdTo}::date + 1)::timestamp at time zone 'UTC'`)
  if (filter.minAmount) all.push(sql`amount_to_recover >= ${filter.minAmount}::numeric`)
  return sql`(${sql.join(all, sql` and `)})`
}

/** The client's cases, newest first. */
export const listCases = (
  trx: Trx,
  {
    filter = {},
    ...page
  }: { readonly limit: number; readonly cursor: Cursor | undefined; readonly filter?: CaseFilter },
): Promise<Page<CaseRow>> =>
  keysetPage(trx, {
    from: 'portal_cases',
    newestBy: 'created_at',
    where: matches(filter),
    ...page,
  })

export const findCase = (trx: Trx, id: string): Promise<PortalCase | undefined> =>
  trx.selectFrom('portal_cases').selectAll().where('id', '=', id).executeTakeFirst()

/** The trail of a case, oldest first: what happened to the command that made it. */
export const findCaseTrail = (trx: Trx, commandId: string): Promise<readonly PortalAuditEvent[]> =>
  trx
    .selectFrom('portal_audit_events')
    .selectAll()
    .where('subject_type', '=', 'case_command')
    .where('subject_id', '=', commandId)
    .orderBy('id')
    .limit(200)
    .execute()
