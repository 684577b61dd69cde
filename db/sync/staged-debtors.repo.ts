/** Customers of the connected organizations, and what they add to staged invoices. */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { type Invoice, type InvoiceRow, invoiceColumns, invoiceOf } from '../core/invoice.ts'
import type { DebtorType, Finding, StagedDebtor } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'

/** One customer as it is to stand in the table. */
export interface DebtorRow {
  readonly zohoCustomerId: string
  readonly type: DebtorType | null
  readonly name: string | null
  readonly companyName: string | null
  readonly contactPerson: string | null
  readonly email: string | null
  readonly phone: string | null
  readonly mobile: string | null
  readonly registrationNumber: string | null
  readonly unusedCredits: string | null
  readonly languageCode: string | null
  readonly active: boolean
  readonly contentHash: string
  /** Zoho's time. */
  readonly modifiedAt: Date | null
}

export interface DebtorPage {
  readonly connectionId: string
  readonly leaseToken: string
  readonly lockSeconds: number
  readonly page: number
  /** The walk ends here. */
  readonly last: boolean
  readonly rows: readonly DebtorRow[]
  /** The database's time, just before the page was asked for. */
  readonly requestedAt: Date
  /** Zoho's time at which the page was surely no older. */
  readonly zohoTime: Date | null
}

/**
 * Stores a page of customers and the checkpoint of the walk. What was asked for earlier, or is older by Zoho's own time,
 * replaces nothing.
 *
 * @returns false when the lease is gone: then nothing was written.
 */
export const stageDebtorPage = async (db: Db, page: DebtorPage): Promise<boolean> => {
  const { rows } = await sql`${named('insert staged_debtors')}
    with guard as materialized (
      select d.connection_id, d.client_id, c.zoho_organization_id from debtor_syncs d join connections c on c.id = d.connection_id
      where d.connection_id = ${page.connectionId} and d.lease_token = ${page.leaseToken}
      for update of d
    ),
    input as (
      -- one listing may hold a customer twice
      select distinct on ("zohoCustomerId") * from jsonb_to_recordset(${JSON.stringify(page.rows)}::jsonb) as row (
        "zohoCustomerId" text, type text, name text, "companyName" text, "contactPerson" text, email text, phone text,
        mobile text, "registrationNumber" text, "unusedCredits" numeric, "languageCode" text, active boolean,
        "contentHash" text, "modifiedAt" timestamptz)
      order by "zohoCustomerId", "modifiedAt" desc nulls last
    ),
    written as (
      insert into staged_debtors as s (connection_id, zoho_customer_id, client_id, zoho_organization_id, type, name, company_name,
        contact_person, email, phone, mobile, registration_number, unused_credits, language_code, active, content_hash,
        zoho_modified_at, proven_at)
      select g.connection_id, i."zohoCustomerId", g.client_id, g.zoho_organization_id, i.type, i.name, i."companyName",
        i."contactPerson", i.email, i.phone, i.mobile, i."registrationNumber", i."unusedCredits", i."languageCode", i.active,
        i."contentHash", case when i."modifiedAt" <= now() + interval '5 minutes' then i."modifiedAt" end, ${page.requestedAt}::timestamptz
      from input i cross join guard g
      on conflict (connection_id, zoho_customer_id) do update set
        type = excluded.type, name = excluded.name, company_name = excluded.company_name, contact_person = excluded.contact_person,
        email = excluded.email, phone = excluded.phone, mobile = excluded.mobile, registration_number = excluded.registration_number,
        unused_credits = excluded.unused_credits, language_code = excluded.language_code, active = excluded.active,
        content_hash = excluded.content_hash, zoho_modified_at = excluded.zoho_modified_at, proven_at = excluded.proven_at,
        changed_at = case when s.content_hash = excluded.content_hash then s.changed_at else clock_timestamp() end
      where excluded.proven_at >= s.proven_at
        and (excluded.zoho_modified_at >= s.zoho_modified_at or excluded.zoho_modified_at is null or s.zoho_modified_at is null)
    )
    update debtor_syncs d set
      next_page = ${page.page}::int + 1,
      listed = ${page.last},
      zoho_started_at = case when ${page.page}::int = 1 then ${page.zohoTime}::timestamptz else d.zoho_started_at end,
      lease_until = now() + make_interval(secs => ${page.lockSeconds})
    from guard where d.connection_id = guard.connection_id
    returning 1 as kept`.execute(db)
  return rows.length > 0
}

/** Whether anything is known of customers of a connection: from their records, or from the client. */
export const hasDebtors = async (db: Db, connectionId: string): Promise<boolean> => {
  const { rows } = await sql<{ some: boolean }>`
    select exists (select 1 from staged_debtors where connection_id = ${connectionId}) or exists (
      select 1 from connections c join debtor_types a on a.client_id = c.client_id and a.zoho_organization_id = c.zoho_organization_id
      where c.id = ${connectionId}) as some`.execute(db)
  return rows[0]?.some ?? false
}

/** The customers with these ids, as far as they are known. */
export const findDebtors = (
  db: Db | Trx,
  connectionId: string,
  zohoCustomerIds: readonly string[],
): Promise<readonly StagedDebtor[]> =>
  zohoCustomerIds.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('staged_debtors')
        .selectAll()
        .where('connection_id', '=', connectionId)
        .where('zoho_customer_id', 'in', zohoCustomerIds)
        .execute()

export interface RowToFill {
  readonly invoice: Invoice
  readonly contentHash: string
}

/** The next open invoices, by id, that hold another version of their customer than the staged one. */
export const findRowsToFill = async (
  db: Db,
  connectionId: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly RowToFill[]> => {
  const { rows } = await sql<InvoiceRow & { content_hash: string }>`${named('select staged_invoices')}
    select s.content_hash, ${invoiceColumns('s')}
    from staged_invoices s
    join staged_debtors d on d.connection_id = s.connection_id and d.zoho_customer_id = s.zoho_customer_id
    where s.connection_id = ${connectionId} and s.state = 'open' and not s.unreadable
      and s.debtor_hash is distinct from d.content_hash and s.zoho_invoice_id > ${after}
    order by s.zoho_invoice_id limit ${limit}`.execute(db)
  return rows.map((row) => ({ invoice: invoiceOf(row), contentHash: row.content_hash }))
}

/** The next open invoices of these customers, by id. */
export const findRowsOfCustomers = async (
  db: Db,
  connectionId: string,
  {
    zohoCustomerIds,
    after,
    limit,
  }: { readonly zohoCustomerIds: readonly string[]; readonly after: string; readonly limit: number },
): Promise<readonly RowToFill[]> => {
  const { rows } = await sql<InvoiceRow & { content_hash: string }>`${named('select staged_invoices')}
    select s.content_hash, ${invoiceColumns('s')}
    from staged_invoices s
    where s.connection_id = ${connectionId} and s.state = 'open' and not s.unreadable
      and s.zoho_customer_id = any(${zohoCustomerIds}::text[]) and s.zoho_invoice_id > ${after}
    order by s.zoho_invoice_id limit ${limit}`.execute(db)
  return rows.map((row) => ({ invoice: invoiceOf(row), contentHash: row.content_hash }))
}

export interface FilledRow {
  readonly invoice: Invoice
  readonly contentHash: string
  readonly debtorHash: string | null
  readonly blockers: readonly Finding[]
  readonly warnings: readonly Finding[]
  readonly eligibleFrom: string | null
  readonly eligibleUntil: string | null
}

/**
 * Writes what customers add to invoices, with the new judgement. A row that was staged anew since it was read is left
 * alone. When Zoho was asked about the invoice stays as it was: this is no word about it.
 */
export const writeFilledRows = async (
  db: Db,
  { connectionId, policyVersion }: { connectionId: string; policyVersion: string },
  rows: readonly FilledRow[],
): Promise<void> => {
  const input = rows.map(({ invoice: { zohoInvoiceId, debtor }, ...row }) => ({
    ...row,
    ...debtor,
    zohoInvoiceId,
  }))
  await sql`${named('update staged_invoices')}
    with input as (
      select * from jsonb_to_recordset(${JSON.stringify(input)}::jsonb) as f ("zohoInvoiceId" text, email text, "emailSource" text,
        phone text, "phoneSource" text, type text, "typeSource" text, "contactPerson" text, "companyRegistrationNumber" text,
        "debtorHash" text, "contentHash" text, blockers jsonb, warnings jsonb, "eligibleFrom" date, "eligibleUntil" date)
    ),
    -- in the order in which everybody locks them
    locked as materialized (
      select s.zoho_invoice_id from staged_invoices s join input f on f."zohoInvoiceId" = s.zoho_invoice_id
      where s.connection_id = ${connectionId}
      order by s.zoho_invoice_id for no key update of s
    )
    update staged_invoices s set
      debtor_email = f.email, debtor_email_source = f."emailSource", debtor_phone = f.phone, debtor_phone_source = f."phoneSource",
      debtor_type = f.type, debtor_type_source = f."typeSource", debtor_contact_person = f."contactPerson",
      debtor_company_registration_number = f."companyRegistrationNumber", debtor_hash = f."debtorHash",
      blockers = f.blockers, warnings = f.warnings, eligible_from = f."eligibleFrom", eligible_until = f."eligibleUntil",
      policy_version = ${policyVersion}
    from input f join locked on locked.zoho_invoice_id = f."zohoInvoiceId"
    where s.connection_id = ${connectionId} and s.zoho_invoice_id = f."zohoInvoiceId" and s.content_hash = f."contentHash"
      and s.state = 'open' and not s.unreadable`.execute(db)
}
