/** Some cases and some open staged invoices, picked at random, to be held against Zoho Books. */
import { sql } from 'kysely'
import type { Db } from '../core/database.ts'

/** What we hold of one invoice, and the connection through which Zoho can be asked about it. */
export interface SampledInvoice {
  readonly kind: 'case' | 'row'
  /** The reference of the case; the invoice number of the row, or its id. */
  readonly label: string
  readonly connectionId: string
  readonly zohoInvoiceId: string
  readonly amountToRecover: string
  readonly currencyCode: string | null
  /** Of the version that we hold, in Zoho's time; null when it gave none that can be believed. */
  readonly modifiedAt: Date | null
  /** Zoho's time of the answer that a case rests on, or of the youngest one that knew the row; null when not known. */
  readonly answeredAt: Date | null
}

/** At most `size` cases and as many open rows, of connections that are active. */
export const sampleInvoices = async (db: Db, size: number): Promise<readonly SampledInvoice[]> => {
  const { rows } = await sql<SampledInvoice>`
    (select 'case' as kind, c.reference as label, n.id as "connectionId", c.zoho_invoice_id as "zohoInvoiceId",
       c.amount_to_recover::text as "amountToRecover", c.currency_code as "currencyCode", c.zoho_modified_at as "modifiedAt",
       (c.proof->>'zohoTime')::timestamptz as "answeredAt"
     from cases c
     join connections n on n.client_id = c.client_id and n.zoho_organization_id = c.zoho_organization_id and n.state = 'active'
     order by random() limit ${size})
    union all
    (select 'row', coalesce(s.creditor_reference, s.zoho_invoice_id), n.id, s.zoho_invoice_id,
       s.amount_to_recover::text, s.currency_code, s.zoho_modified_at,
       -- a full run that found all as it was wrote nothing into the row
       greatest(s.zoho_time, (select max(r.zoho_started_at) from sync_runs r
         where r.connection_id = n.id and r.kind = 'full' and r.state = 'completed' and r.zoho_organization_id = s.zoho_organization_id))
     from staged_invoices s join connections n on n.id = s.connection_id and n.state = 'active'
     where s.state = 'open'
     order by random() limit ${size})`.execute(db)
  return rows
}
