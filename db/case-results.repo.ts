import { sql } from 'kysely'
import type { Trx } from './database.ts'
import type { Finding, Outcome } from './schema.ts'

export interface ResultRow {
  readonly ordinal: number
  readonly zoho_invoice_id: string
  readonly outcome: Outcome | null
  readonly existing_case_reference: string | null
  readonly reasons: readonly Finding[]
  readonly creditor_reference: string | null
  readonly debtor_name: string | null
  readonly amount_to_recover: string | null
  readonly currency_code: string | null
  readonly due_date: string | null
}

/** Items with what is known of their invoices: from the case, else from the staged row. Call it as portal reader. */
export const listResultRows = async (
  trx: Trx,
  {
    commandId,
    connectionId,
    after,
    limit,
  }: { commandId: string; connectionId: string | null; after: number; limit: number },
): Promise<readonly ResultRow[]> => {
  const { rows } = await sql<ResultRow>`
    select t.ordinal, t.zoho_invoice_id, t.outcome, t.existing_case_reference, t.reasons,
      coalesce(c.creditor_reference, s.creditor_reference) as creditor_reference,
      coalesce(c.debtor_name, s.debtor_name) as debtor_name,
      coalesce(c.amount_to_recover, s.amount_to_recover)::text as amount_to_recover,
      coalesce(c.currency_code, s.currency_code) as currency_code,
      coalesce(c.due_date, s.due_date) as due_date
    from (
      select * from portal_case_command_items
      where command_id = ${commandId} and ordinal > ${after} order by ordinal limit ${limit}
    ) t
    left join portal_cases c on c.id = t.case_id
    left join portal_invoices s on s.connection_id = ${connectionId}::uuid and s.zoho_invoice_id = t.zoho_invoice_id
    order by t.ordinal`.execute(trx)
  return rows
}
