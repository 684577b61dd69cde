/** Staged rows that were judged under another policy. */
import { sql } from 'kysely'
import type { Db } from '../core/database.ts'
import { type Invoice, type InvoiceRow, invoiceColumns, invoiceOf } from '../core/invoice.ts'
import type { Finding, RateSource } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'

export interface RowToReassess {
  readonly connectionId: string
  readonly invoice: Invoice
  readonly contentHash: string
  readonly rateSource: RateSource | null
  readonly baseCurrency: string | null
}

/** The next open rows of another policy, by key; pass the last key to go on. */
export const findOutdated = async (
  db: Db,
  {
    policyVersion,
    after,
    limit,
  }: {
    policyVersion: string
    after: RowToReassess | undefined
    limit: number
  },
): Promise<readonly RowToReassess[]> => {
  const from =
    after === undefined
      ? sql`true`
      : sql`(connection_id, zoho_invoice_id) > (${after.connectionId}::uuid, ${after.invoice.zohoInvoiceId}::text)`
  const { rows } = await sql<
    InvoiceRow & {
      connection_id: string
      content_hash: string
      base_rate_source: RateSource | null
      base_currency: string | null
    }
  >`${named('select staged_invoices')}
    select s.connection_id, s.content_hash, s.base_rate_source, ${invoiceColumns('s')},
      (select organization_currency_code from connections where id = s.connection_id) as base_currency
    from staged_invoices s
    where state = 'open' and not unreadable and policy_version <> ${policyVersion} and ${from}
    order by connection_id, zoho_invoice_id limit ${limit}`.execute(db)
  return rows.map((row) => ({
    connectionId: row.connection_id,
    invoice: invoiceOf(row),
    contentHash: row.content_hash,
    rateSource: row.base_rate_source,
    baseCurrency: row.base_currency,
  }))
}

export interface Reassessed {
  readonly connectionId: string
  readonly zohoInvoiceId: string
  readonly contentHash: string
  readonly blockers: readonly Finding[]
  readonly warnings: readonly Finding[]
  readonly eligibleFrom: string | null
  readonly eligibleUntil: string | null
  /** Undefined: the rate is Zoho's, or none is needed. */
  readonly rate: { readonly baseRate: string | null; readonly baseRateSource: RateSource | null } | undefined
}

/** Writes judgements; a row that changed since it was read is left alone, for staging has judged it anew. */
export const writeAssessments = async (
  db: Db,
  policyVersion: string,
  rows: readonly Reassessed[],
): Promise<void> => {
  await sql`
    update staged_invoices s
    set blockers = a.blockers, warnings = a.warnings, eligible_from = a.eligible_from, eligible_until = a.eligible_until,
      policy_version = ${policyVersion}, base_rate = case when a.base_rate_source is null then s.base_rate else a.base_rate end,
      base_rate_source = coalesce(a.base_rate_source, s.base_rate_source)
    from unnest(
      ${rows.map((row) => row.connectionId)}::uuid[], ${rows.map((row) => row.zohoInvoiceId)}::text[],
      ${rows.map((row) => row.contentHash)}::text[], ${rows.map((row) => JSON.stringify(row.blockers))}::jsonb[],
      ${rows.map((row) => JSON.stringify(row.warnings))}::jsonb[], ${rows.map((row) => row.eligibleFrom)}::date[],
      ${rows.map((row) => row.eligibleUntil)}::date[], ${rows.map((row) => row.rate?.baseRate ?? null)}::numeric[],
      ${rows.map((row) => row.rate?.baseRateSource ?? null)}::text[]
    ) as a (connection_id, zoho_invoice_id, content_hash, blockers, warnings, eligible_from, eligible_until, base_rate, base_rate_source)
    where s.connection_id = a.connection_id and s.zoho_invoice_id = a.zoho_invoice_id and s.content_hash = a.content_hash
      and not s.unreadable`.execute(db)
}
