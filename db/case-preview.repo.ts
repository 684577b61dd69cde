/** What an order would come to, counted in the database. Call it after `limitToClient`. */
import { sql } from 'kysely'
import type { Db, Trx } from './database.ts'
import { type InvoiceScope, invoiceFilter } from './portal-invoices.repo.ts'

export interface PreviewRow {
  readonly verdict: 'create' | 'duplicate' | 'ineligible'
  readonly currency_code: string | null
  readonly count: number
  readonly amount: string
}

export interface PreviewReasonRow {
  readonly code: string
  readonly message: string
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

/** The verdicts and reasons are those of `decide` without asking Zoho. */
export const previewSelection = async (db: Db | Trx, scope: PreviewScope): Promise<Preview> => {
  const { today, acceptPaymentInProgress } = scope
  const judged = sql`
    select i.zoho_invoice_id, i.currency_code, i.amount_to_recover, i.case_id, i.state,
      findings_in_force(i.blockers, ${today}::date) as blockers,
      (i.payment_in_progress and not i.zoho_invoice_id = any(${acceptPaymentInProgress}::text[])) as held
    from ${chosen(db, scope)} i`
  const verdict = sql`case
    when case_id is not null then 'duplicate'
    when state <> 'open' or held or blockers <> '[]' then 'ineligible'
    else 'create' end`
  const { rows } = await sql<PreviewRow>`
    with judged as (${judged})
    select ${verdict} as verdict, currency_code, count(*) as count, sum(amount_to_recover)::text as amount
    from judged group by 1, 2 order by 1, 3 desc`.execute(db)
  const { rows: reasons } = await sql<PreviewReasonRow>`
    with judged as (${judged}),
    ineligible as (select * from judged where ${verdict} = 'ineligible')
    select code, min(message) as message, count(*) as count
    from (
      select finding->>'code' as code, finding->>'message' as message
      from ineligible cross join jsonb_array_elements(blockers) finding where state = 'open'
      union all
      select 'payment_in_progress', 'A payment is under way.' from ineligible where held and state = 'open'
        and not blockers @> '[{"code":"payment_in_progress"}]'
      union all
      select 'not_unpaid', 'No longer unpaid in Zoho Books.' from ineligible where state <> 'open'
    ) reason
    group by code order by count(*) desc, code`.execute(db)
  const { rows: held } = await sql<{ id: string }>`
    with judged as (${judged})
    select zoho_invoice_id as id from judged
    where held and case_id is null and state = 'open' and blockers = '[]' order by 1 limit 1000`.execute(db)
  return { rows, reasons, paymentInProgress: held.map(({ id }) => id) }
}
