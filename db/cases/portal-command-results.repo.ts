import { sql } from 'kysely'
import type { Trx } from '../core/database.ts'
import type { Finding, Outcome } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'

/** An item of a command with what is known of its invoice, of the case or else of the staged row. */
export interface CommandResultRow {
  readonly ordinal: number
  readonly zoho_invoice_id: string
  readonly outcome: Outcome | null
  readonly reasons: Finding[]
  readonly decided_at: Date | null
  /** Null also when the case is another client's. */
  readonly case_id: string | null
  readonly case_reference: string | null
  readonly creditor_reference: string | null
  readonly debtor_name: string | null
  readonly amount_to_recover: string | null
  readonly currency_code: string | null
}

export interface ResultPage {
  readonly outcome?: Outcome | undefined
  /** Ordinal after which the page begins. */
  readonly after: number | undefined
  readonly limit: number
}

/** Results in the order of the selection. Call it as portal reader. */
export const listCommandResults = async (
  trx: Trx,
  commandId: string,
  { outcome, after, limit }: ResultPage,
): Promise<{ readonly rows: readonly CommandResultRow[]; readonly next: number | null }> => {
  const { rows: found } = await sql<CommandResultRow>`${named('select portal_case_command_items')}
    select i.ordinal, i.zoho_invoice_id, i.outcome, i.reasons, i.decided_at,
      c.id as case_id, coalesce(c.reference, i.existing_case_reference) as case_reference,
      coalesce(c.creditor_reference, s.creditor_reference) as creditor_reference,
      coalesce(c.debtor_name, s.debtor_name) as debtor_name,
      coalesce(c.amount_to_recover, s.amount_to_recover) as amount_to_recover,
      coalesce(c.currency_code, s.currency_code) as currency_code
    from (
      -- the page first: what is known of 10,000 invoices need not be joined to show 50
      select i.*, m.connection_id
      from portal_case_command_items i
      join portal_case_commands m on m.id = i.command_id
      where i.command_id = ${commandId}
        ${after === undefined ? sql`` : sql`and i.ordinal > ${after}::integer`}
        ${outcome === undefined ? sql`` : sql`and i.outcome = ${outcome}`}
      order by i.ordinal
      limit ${limit + 1}
    ) i
    left join lateral (select * from portal_cases where id = i.case_id limit 1) c on true
    left join lateral (
      select * from portal_invoices where connection_id = i.connection_id and zoho_invoice_id = i.zoho_invoice_id limit 1
    ) s on true
    order by i.ordinal`.execute(trx)
  const rows = found.slice(0, limit)
  return { rows, next: found.length > limit ? (rows.at(-1)?.ordinal ?? null) : null }
}
