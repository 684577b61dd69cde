/** The cases. One per invoice of an organization: the constraint says so, the code only reads its verdict. */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { type InvoiceField, invoiceColumns, invoiceFields } from '../core/invoice.ts'
import type { CaseRow, CaseStatus, Evidence, Finding } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'
import { isProvenByFullRun, isProvenById } from './proof.ts'

/** The columns that a case keeps of its invoice. */
const isOfCase = ({ ofCase }: InvoiceField) => ofCase === true
const claimColumns = invoiceFields
  .filter(isOfCase)
  .map(({ column }) => column)
  .join(', ')

/** Connections to an organization; those that ended have no staged rows. */
const connectedTo = (organizationId: string) =>
  sql`(select id from connections where zoho_organization_id = ${organizationId} and state <> 'disconnected')`

/**
 * Locks the staged rows of these invoices, of every connection to the organization and always in the same order,
 * so that overlapping commands wait for each other instead of deadlocking.
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

/**
 * From here to the commit no connection to the organization stops following its invoices, or it has done so already: a
 * case that is made meanwhile is counted among those. Call it after the staged rows were locked.
 */
export const shareFollowing = async (trx: Trx, organizationId: string): Promise<void> => {
  await sql`select share_following(${organizationId})`.execute(trx)
}

export interface CaseToInsert {
  readonly zohoInvoiceId: string
  readonly reference: string
  /** Of the row that was judged: one that changed since is left for another look. */
  readonly contentHash: string
  readonly warnings: readonly Finding[]
  readonly evidence: { readonly required: readonly Evidence[]; readonly described: boolean }
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

export interface MadeCase extends CaseRef {
  /** The copy of its invoice that is to be fetched. */
  readonly documentId: string
}

/**
 * Inserts cases from the staged rows as they stand, each with the answer of Zoho's that proves it: one that was asked
 * for after the command was accepted, and that the row holds, and each with the intent to fetch a copy of its invoice. Left out without an error: an invoice that has a case,
 * that closed or changed since it was judged, that is not proven or no longer, and the rare reference that is taken.
 */
export const insertCases = async (
  trx: Trx,
  origin: CaseOrigin,
  cases: readonly CaseToInsert[],
): Promise<readonly MadeCase[]> => {
  if (cases.length === 0) return []
  const { rows } = await sql<MadeCase>`${named('insert cases')}
    with made as (
    insert into cases (reference, client_id, connection_id, command_id, data_center, zoho_organization_id, zoho_modified_at,
      ${sql.raw(claimColumns)}, proven_at, proof, warnings, evidence_required, described, created_by, outstanding, invoice_as_of,
      base_rate, followed_until)
    select chosen.reference, ${origin.clientId}, s.connection_id, ${origin.commandId}, ${origin.dataCenter},
      s.zoho_organization_id, s.zoho_modified_at, ${invoiceColumns('s', isOfCase)},
      proof.requested_at,
      jsonb_build_object('amount', s.amount_to_recover::text, 'currencyCode', s.currency_code,
        'creditorReference', s.creditor_reference, 'claimDescription', s.claim_description, 'zohoStatus', s.zoho_status,
        'zohoModifiedAt', s.zoho_modified_at, 'zohoTime', proof.zoho_time, 'requestedAt', proof.requested_at, 'source', proof.source),
      chosen.warnings, array(select jsonb_array_elements_text(chosen.evidence)), chosen.described, ${origin.createdBy}, s.amount_to_recover, proof.requested_at, s.base_rate,
      case when n.state in ('disconnected', 'reconnect_required') then now() end
    from unnest(
      ${cases.map((one) => one.zohoInvoiceId)}::text[],
      ${cases.map((one) => one.reference)}::text[],
      ${cases.map((one) => one.contentHash)}::text[],
      ${cases.map((one) => JSON.stringify(one.warnings))}::jsonb[],
      ${cases.map((one) => JSON.stringify(one.evidence.required))}::jsonb[],
      ${cases.map((one) => one.evidence.described)}::boolean[]
    ) as chosen (id, reference, content_hash, warnings, evidence, described)
    join staged_invoices s on s.connection_id = ${origin.connectionId} and s.zoho_invoice_id = chosen.id
    join connections n on n.id = s.connection_id
    join case_commands m on m.id = ${origin.commandId}
    cross join lateral (
      select 'invoice' as source, s.looked_at as requested_at, s.zoho_time where ${isProvenById(origin.proofMaxAgeSeconds)}
      union all
      -- a list asked for since the run began may have changed the row: then the answer is that list's
      select 'full_run', greatest(s.proven_at, n.proven_at),
        case when s.proven_at >= n.proven_at then s.zoho_time else (
          select r.zoho_started_at from sync_runs r
          where r.connection_id = ${origin.connectionId} and r.kind = 'full' and r.state = 'completed'
          order by r.started_at desc limit 1) end
      where ${isProvenByFullRun(origin.proofMaxAgeSeconds)}
      limit 1
    ) proof
    where s.state = 'open' and not s.unreadable and s.content_hash = chosen.content_hash and s.zoho_organization_id = ${origin.organizationId}
    order by s.zoho_invoice_id
    on conflict do nothing
    returning id, reference, client_id, zoho_invoice_id, invoice_state, outstanding, created_by, creditor_reference
    ),
    copies as (
      insert into case_documents (case_id, client_id, connection_id, kind, file_name, content_type, added_by)
      select id, client_id, ${origin.connectionId}, 'invoice',
        left(regexp_replace(coalesce(creditor_reference, zoho_invoice_id), '[^[:alnum:]._-]+', '-', 'g'), 100) || '.pdf',
        'application/pdf', 'zoho' from made
      returning id, case_id
    ),
    told as (
      insert into case_events (case_id, client_id, type, invoice_state, outstanding, actor)
      select id, client_id, 'created', invoice_state, outstanding, created_by from made
    )
    select made.id, reference, client_id as "clientId", zoho_invoice_id as "zohoInvoiceId", copies.id as "documentId"
    from made join copies on copies.case_id = made.id`.execute(trx)
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

/** Locks one case of a client. */
export const lockCase = (trx: Trx, clientId: string, id: string): Promise<CaseRow | undefined> =>
  trx
    .selectFrom('cases')
    .selectAll()
    .where('id', '=', id)
    .where('client_id', '=', clientId)
    .forNoKeyUpdate()
    .executeTakeFirst()

/** Sets the description of a locked case, what follows from it, and writes the line of its history. */
export const setDescription = async (
  trx: Trx,
  { id, client_id, invoice_state, outstanding }: CaseRow,
  change: {
    readonly description: string
    readonly evidence: { readonly required: readonly Evidence[]; readonly described: boolean }
    readonly actor: string
  },
): Promise<void> => {
  const { required, described } = change.evidence
  await sql`${named('update cases')}
    update cases set claim_description = ${change.description}, described_by = ${change.actor}, described = ${described},
      evidence_required = ${[...required]}::text[],
      -- what was asked for is there now
      warnings = case when ${described} then (
        select coalesce(jsonb_agg(warning), '[]') from jsonb_array_elements(warnings) warning
        where warning->>'code' <> 'description_needed'
      ) else warnings end
    where id = ${id}`.execute(trx)
  await trx
    .insertInto('case_events')
    .values({
      case_id: id,
      client_id,
      type: 'description_changed',
      invoice_state,
      outstanding,
      actor: change.actor,
    })
    .execute()
}

/** Sets the status of a locked case and writes the line of its history. */
export const setCaseStatus = async (
  trx: Trx,
  { id, client_id, invoice_state, outstanding }: CaseRow,
  change: { readonly status: CaseStatus; readonly actor: string; readonly reason: string | null },
): Promise<void> => {
  await trx
    .updateTable('cases')
    .set({ status: change.status, withdrawn_reason: change.status === 'withdrawn' ? change.reason : null })
    .where('id', '=', id)
    .execute()
  await trx
    .insertInto('case_events')
    .values({
      case_id: id,
      client_id,
      type: change.status === 'withdrawn' ? 'withdrawn' : 'reinstated',
      invoice_state,
      outstanding,
      actor: change.actor,
      reason: change.reason,
    })
    .execute()
}
