/** What a command would come to, counted in the database. Call it after `limitToClient`. */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { named } from '../core/statement-name.ts'
import { type InvoiceScope, invoiceFilter, isEligible } from '../invoices/portal-invoices.repo.ts'

export interface PreviewRow {
  readonly verdict: 'create' | 'duplicate' | 'ineligible'
  readonly currency_code: string | null
  readonly count: number
  readonly amount: string
  /** The same in the organization's currency. */
  readonly value: string
}

export interface PreviewReasonRow {
  readonly code: string
  readonly count: number
}

export interface Preview {
  readonly rows: readonly PreviewRow[]
  readonly reasons: readonly PreviewReasonRow[]
  /** Invoices that only a payment under way holds back. */
  readonly paymentInProgress: readonly string[]
}

export interface PreviewScope {
  readonly connectionId: string
  readonly today: string
  readonly selection:
    | { readonly zohoInvoiceIds: readonly string[] }
    | { readonly filter: InvoiceScope['filter'] }
  readonly acceptPaymentInProgress: readonly string[]
}

const chosen = (db: Db | Trx, { connectionId, today, selection }: PreviewScope) =>
  'filter' in selection
    ? sql`(${db
        .selectFrom('portal_invoices as i')
        .selectAll('i')
        .where(invoiceFilter({ connectionId, today, filter: selection.filter }))})`
    : sql`(select i.* from unnest(${selection.zohoInvoiceIds}::text[]) as wanted (id)
        join portal_invoices i on i.connection_id = ${connectionId} and i.zoho_invoice_id = wanted.id)`

/**
 * The verdicts and reasons are those of `decide` without asking Zoho. Reads each invoice once, and the findings only of
 * those that get no case.
 */
export const previewSelection = async (db: Db | Trx, scope: PreviewScope): Promise<Preview> => {
  const { today, acceptPaymentInProgress } = scope
  const { rows } = await sql<Preview>`${named('select portal_invoices')}
    with judged as materialized (
      select i.zoho_invoice_id as id, i.currency_code, i.amount_to_recover, i.value_key, i.state, held,
        case when i.case_id is not null then 'duplicate'
          when i.state <> 'open' or held or not eligible then 'ineligible'
          else 'create' end as verdict,
        held and eligible as only_held,
        case when i.case_id is null and i.state = 'open' and not eligible then findings_in_force(i.blockers, ${today}::date) end as blockers
      from ${chosen(db, scope)} i
      cross join lateral (select coalesce(${isEligible(today)}, false) as eligible,
        i.payment_in_progress and not i.zoho_invoice_id = any(${acceptPaymentInProgress}::text[]) as held) its
    ),
    counted as (
      select verdict, currency_code, count(*) as count, sum(amount_to_recover)::text as amount, round(sum(value_key) / 10000, 4)::text as value
      from judged group by 1, 2
    ),
    reason as (
      select finding->>'code' as code
      from judged cross join jsonb_array_elements(blockers) finding
      union all
      select 'payment_in_progress' from judged
      where verdict = 'ineligible' and held and state = 'open' and not coalesce(blockers @> '[{"code":"payment_in_progress"}]', false)
      union all
      select 'not_unpaid' from judged where verdict = 'ineligible' and state <> 'open'
    ),
    reasons as (select code, count(*) as count from reason group by code),
    held as (select id from judged where only_held and verdict = 'ineligible' and state = 'open' order by id limit 1000)
    select
      (select coalesce(jsonb_agg(to_jsonb(c) order by verdict, count desc), '[]') from counted c) as rows,
      (select coalesce(jsonb_agg(to_jsonb(r) order by count desc, code), '[]') from reasons r) as reasons,
      (select coalesce(jsonb_agg(id order by id), '[]') from held) as "paymentInProgress"`.execute(db)
  const [preview] = rows
  if (preview === undefined) throw new Error('an aggregate gives a row')
  return preview
}
