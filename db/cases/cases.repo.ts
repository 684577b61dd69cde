/** The cases. One per invoice of an organization: the constraint says so, the code only reads its verdict. */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { Finding } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'
import { isProven } from './case-command-items.repo.ts'

/** Connections to an organization; those that ended have no staged rows. */
const connectedTo = (organizationId: string) =>
  sql`(select id from connections where zoho_organization_id = ${organizationId} and state <> 'disconnected')`

/**
 * Locks the staged rows of these invoices, of every connection to the organization and always in the same order,
 * so that overlapping orders wait for each other instead of deadlocking.
 */
export const lockStagedInvoices = async (
  trx: Trx,
  organizationId: string,
  zohoInvoiceIds: readonly string[],
): Promise<void> => {
  await sql`${named('select staged_invoices')}
    select 1 from staged_invoices
    where connection_id in ${connectedTo(organizationId)} and zoho_invoice_id = any(${zohoInvoiceIds}::text[])
      and zoho_organization_id = ${organizationId}
    order by zoho_invoice_id, connection_id
    for no key update`.execute(trx)
}

export interface CaseToInsert {
  readonly zohoInvoiceId: string
  readonly reference: string
  /** Of the row that was judged: one that changed since is left for another look. */
  readonly contentHash: string
  readonly warnings: readonly Finding[]
  /** Read by id a moment ago, on behalf of this order. */
  readonly rereadNow: boolean
}

export interface CaseOrigin {
  readonly commandId: string
  readonly clientId: string
  readonly connectionId: string
  readonly organizationId: string
  readonly dataCenter: string
  readonly createdBy: string
  readonly proofMaxAgeSeconds: number
}

export interface CaseRef {
  readonly id: string
  readonly reference: string
  readonly clientId: string
  readonly zohoInvoiceId: string
}

/**
 * Inserts cases from the staged rows as they stand. Left out without an error: an invoice that has a case, that
 * closed or changed since it was judged, whose proof grew too old meanwhile, and the rare reference that is taken.
 */
export const insertCases = async (
  trx: Trx,
  origin: CaseOrigin,
  cases: readonly CaseToInsert[],
): Promise<readonly CaseRef[]> => {
  if (cases.length === 0) return []
  const { rows } = await sql<CaseRef>`
    insert into cases (reference, client_id, connection_id, command_id, data_center, zoho_organization_id, zoho_invoice_id,
      creditor_reference, invoice_date, due_date, amount_to_recover, currency_code, debtor_name, debtor_email, debtor_phone,
      debtor_address, debtor_city, debtor_zip_code, debtor_state, debtor_country_alpha2, claim_description, zoho_status,
      zoho_customer_id, zoho_modified_at, proven_at, proof, warnings, created_by)
    select chosen.reference, ${origin.clientId}, s.connection_id, ${origin.commandId}, ${origin.dataCenter},
      s.zoho_organization_id, s.zoho_invoice_id, s.creditor_reference, s.invoice_date, s.due_date, s.amount_to_recover,
      s.currency_code, s.debtor_name, s.debtor_email, s.debtor_phone, s.debtor_address, s.debtor_city, s.debtor_zip_code,
      s.debtor_state, s.debtor_country_alpha2, s.claim_description, s.zoho_status, s.zoho_customer_id, s.zoho_modified_at,
      -- Zoho's clock may be a little ahead of ours
      least(now(), greatest(s.proven_at, n.proven_at)),
      jsonb_build_object('amount', s.amount_to_recover::text, 'currencyCode', s.currency_code,
        'creditorReference', s.creditor_reference, 'claimDescription', s.claim_description, 'zohoStatus', s.zoho_status,
        'zohoModifiedAt', s.zoho_modified_at,
        'source', case when not chosen.reread and n.proven_at >= now() - make_interval(secs => ${origin.proofMaxAgeSeconds}) then 'full_run' else 'invoice' end),
      chosen.warnings, ${origin.createdBy}
    from unnest(
      ${cases.map((one) => one.zohoInvoiceId)}::text[],
      ${cases.map((one) => one.reference)}::text[],
      ${cases.map((one) => one.contentHash)}::text[],
      ${cases.map((one) => JSON.stringify(one.warnings))}::jsonb[],
      ${cases.map((one) => one.rereadNow)}::boolean[]
    ) as chosen (id, reference, content_hash, warnings, reread)
    join staged_invoices s on s.connection_id = ${origin.connectionId} and s.zoho_invoice_id = chosen.id
    join connections n on n.id = s.connection_id
    where s.state = 'open' and s.content_hash = chosen.content_hash and s.zoho_organization_id = ${origin.organizationId}
      and (chosen.reread or ${isProven(origin.proofMaxAgeSeconds)})
    order by s.zoho_invoice_id
    on conflict do nothing
    returning id, reference, client_id as "clientId", zoho_invoice_id as "zohoInvoiceId"`.execute(trx)
  return rows
}

/** Existing cases of these invoices, whoever's they are. */
export const findCasesOfInvoices = async (
  db: Db | Trx,
  organizationId: string,
  zohoInvoiceIds: readonly string[],
): Promise<readonly CaseRef[]> => {
  if (zohoInvoiceIds.length === 0) return []
  const { rows } = await sql<CaseRef>`${named('select cases')}
    select id, reference, client_id as "clientId", zoho_invoice_id as "zohoInvoiceId" from cases
    where zoho_organization_id = ${organizationId} and zoho_invoice_id = any(${zohoInvoiceIds}::text[])`.execute(
    db,
  )
  return rows
}

/** Marks every staged row of these invoices, of any client, as being a case. */
export const markAsCases = async (
  trx: Trx,
  organizationId: string,
  cases: readonly Pick<CaseRef, 'id' | 'zohoInvoiceId'>[],
): Promise<void> => {
  if (cases.length === 0) return
  await sql`
    update staged_invoices s set case_id = made.case_id
    from unnest(${cases.map((one) => one.zohoInvoiceId)}::text[], ${cases.map((one) => one.id)}::uuid[]) as made (id, case_id)
    where s.connection_id in ${connectedTo(organizationId)} and s.zoho_invoice_id = made.id
      and s.zoho_organization_id = ${organizationId} and s.case_id is distinct from made.case_id`.execute(trx)
}
