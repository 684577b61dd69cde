/** Staged rows that were judged under another policy. */
import { sql } from 'kysely'
import type { Db } from '../core/database.ts'
import type { Finding } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'
import type { StagedForCase } from '../sync/staged-invoices.repo.ts'

export interface RowToReassess extends Omit<StagedForCase, 'proven' | 'state'> {
  readonly connectionId: string
  readonly zohoInvoiceId: string
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
    after: { readonly connectionId: string; readonly zohoInvoiceId: string } | undefined
    limit: number
  },
): Promise<readonly RowToReassess[]> => {
  const from =
    after === undefined
      ? sql`true`
      : sql`(connection_id, zoho_invoice_id) > (${after.connectionId}::uuid, ${after.zohoInvoiceId}::text)`
  const { rows } = await sql<RowToReassess>`${named('select staged_invoices')}
    select connection_id as "connectionId", zoho_invoice_id as "zohoInvoiceId", content_hash as "contentHash",
      creditor_reference as "creditorReference", invoice_date as date, due_date as "dueDate",
      amount_to_recover::text as "amountToRecover", currency_code as "currencyCode", claim_description as "claimDescription",
      debtor_name as "debtorName", debtor_email as "debtorEmail", debtor_phone as "debtorPhone",
      debtor_address as "debtorAddress", debtor_city as "debtorCity", debtor_zip_code as "debtorZipCode",
      debtor_state as "debtorState", debtor_country as "debtorCountry", debtor_country_alpha2 as "debtorCountryAlpha2",
      zoho_status as "zohoStatus", payment_in_progress as "paymentInProgress"
    from staged_invoices
    where state = 'open' and content_hash <> '' and policy_version <> ${policyVersion} and ${from}
    order by connection_id, zoho_invoice_id limit ${limit}`.execute(db)
  return rows
}

export interface Reassessed {
  readonly connectionId: string
  readonly zohoInvoiceId: string
  readonly contentHash: string
  readonly blockers: readonly Finding[]
  readonly warnings: readonly Finding[]
  readonly eligibleFrom: string | null
  readonly eligibleUntil: string | null
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
      policy_version = ${policyVersion}
    from unnest(
      ${rows.map((row) => row.connectionId)}::uuid[], ${rows.map((row) => row.zohoInvoiceId)}::text[],
      ${rows.map((row) => row.contentHash)}::text[], ${rows.map((row) => JSON.stringify(row.blockers))}::jsonb[],
      ${rows.map((row) => JSON.stringify(row.warnings))}::jsonb[], ${rows.map((row) => row.eligibleFrom)}::date[],
      ${rows.map((row) => row.eligibleUntil)}::date[]
    ) as a (connection_id, zoho_invoice_id, content_hash, blockers, warnings, eligible_from, eligible_until)
    where s.connection_id = a.connection_id and s.zoho_invoice_id = a.zoho_invoice_id and s.content_hash = a.content_hash`.execute(
    db,
  )
}
