/** The invoices of a command, each with exactly one outcome in the end. */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { type Invoice, type InvoiceRow, invoiceColumns, invoiceOf } from '../core/invoice.ts'
import type { Finding, Outcome, StagedState } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'
import { type InvoiceScope, invoiceFilter } from '../invoices/portal-invoices.repo.ts'
import { isProven } from './proof.ts'

export interface ItemOwner {
  readonly commandId: string
  readonly clientId: string
  readonly organizationId: string
}

/** @returns how many. */
export const insertItemsByIds = async (
  trx: Trx,
  { commandId, clientId, organizationId }: ItemOwner,
  zohoInvoiceIds: readonly string[],
  acceptPaymentInProgress: readonly string[],
): Promise<number> => {
  const { numAffectedRows } = await sql`
    insert into case_command_items (command_id, ordinal, client_id, zoho_organization_id, zoho_invoice_id, accept_payment_in_progress)
    select ${commandId}, chosen.ordinal, ${clientId}, ${organizationId}, chosen.id, chosen.id = any(${acceptPaymentInProgress}::text[])
    from unnest(${zohoInvoiceIds}::text[]) with ordinality as chosen (id, ordinal)`.execute(trx)
  return Number(numAffectedRows ?? 0)
}

/** Resolves a filter to items, here and now, by due date. Call it after `limitToClient`. @returns how many. */
export const insertItemsByFilter = async (
  trx: Trx,
  { commandId, clientId, organizationId }: ItemOwner,
  scope: InvoiceScope,
  { limit, acceptPaymentInProgress }: { limit: number; acceptPaymentInProgress: readonly string[] },
): Promise<number> => {
  const chosen = trx
    .selectFrom('portal_invoices as i')
    .select(['i.zoho_invoice_id', 'i.due_key'])
    .where(invoiceFilter(scope))
    .limit(limit)
  const { numAffectedRows } = await sql`
    insert into case_command_items (command_id, ordinal, client_id, zoho_organization_id, zoho_invoice_id, accept_payment_in_progress)
    select ${commandId}, row_number() over (order by chosen.due_key, chosen.zoho_invoice_id), ${clientId}, ${organizationId},
      chosen.zoho_invoice_id, chosen.zoho_invoice_id = any(${acceptPaymentInProgress}::text[])
    from (${chosen}) chosen`.execute(trx)
  return Number(numAffectedRows ?? 0)
}

/** What a case is made from, as the staged row has it. */
export interface StagedForCase {
  readonly invoice: Invoice
  readonly state: StagedState
  readonly contentHash: string
  readonly unreadable: boolean
  /** Whether Zoho's word on it is later than the command, and young enough. */
  readonly proven: boolean
}

/** An item with all that is known of its invoice. */
export interface UndecidedItem {
  readonly ordinal: number
  readonly zohoInvoiceId: string
  readonly acceptPaymentInProgress: boolean
  /** A case that exists already. */
  readonly existing: {
    readonly id: string
    readonly reference: string
    readonly clientId: string
  } | null
  /** Null: not among the staged invoices of the connection. */
  readonly staged: StagedForCase | null
}

/** The next undecided items after `after`, in order. */
export const findUndecided = async (
  db: Db | Trx,
  commandId: string,
  {
    connectionId,
    proofMaxAgeSeconds,
    after,
    limit,
  }: { connectionId: string; proofMaxAgeSeconds: number; after: number; limit: number },
): Promise<readonly UndecidedItem[]> => {
  const { rows } = await sql<
    InvoiceRow & {
      ordinal: number
      item_invoice_id: string
      accept_payment_in_progress: boolean
      case_id: string | null
      case_reference: string
      case_client_id: string
      staged_state: StagedState | null
      content_hash: string
      unreadable: boolean
      proven: boolean
    }
  >`${named('select case_command_items')}
    select t.ordinal, t.zoho_invoice_id as item_invoice_id, t.accept_payment_in_progress,
      c.id as case_id, c.reference as case_reference, c.client_id as case_client_id,
      s.state as staged_state, s.content_hash, s.unreadable, ${isProven(proofMaxAgeSeconds)} as proven, ${invoiceColumns('s')}
    from (
      select * from case_command_items
      where command_id = ${commandId} and outcome is null and ordinal > ${after}
      order by ordinal limit ${limit}
    ) t
    join case_commands m on m.id = t.command_id
    left join cases c on c.zoho_organization_id = t.zoho_organization_id and c.zoho_invoice_id = t.zoho_invoice_id
    left join staged_invoices s on s.connection_id = ${connectionId} and s.zoho_invoice_id = t.zoho_invoice_id
      and s.zoho_organization_id = t.zoho_organization_id
    left join connections n on n.id = s.connection_id
    order by t.ordinal`.execute(db)
  return rows.map((row) => ({
    ordinal: row.ordinal,
    zohoInvoiceId: row.item_invoice_id,
    acceptPaymentInProgress: row.accept_payment_in_progress,
    existing:
      row.case_id === null
        ? null
        : { id: row.case_id, reference: row.case_reference, clientId: row.case_client_id },
    staged:
      row.staged_state === null
        ? null
        : {
            invoice: invoiceOf(row),
            state: row.staged_state,
            contentHash: row.content_hash,
            unreadable: row.unreadable,
            proven: row.proven,
          },
  }))
}

export interface ProofCosts {
  /** Undecided items that need a proof: one call each. */
  readonly stale: number
  /** Open invoices of the connection: a full run lists them all. */
  readonly open: number
}

export const proofCosts = async (
  db: Db | Trx,
  commandId: string,
  {
    connectionId,
    proofMaxAgeSeconds,
    today,
  }: { connectionId: string; proofMaxAgeSeconds: number; today: string },
): Promise<ProofCosts> => {
  const { rows } = await sql<ProofCosts>`${named('select case_command_items')}
    select
      (select count(*)
       from case_command_items t
       join case_commands m on m.id = t.command_id
       -- apart, by "offset 0": together with the conditions below and no statistics yet of a first sync, the planner reads a
       -- whole index of the connection for every item
       cross join lateral (
         select * from staged_invoices where connection_id = ${connectionId} and zoho_invoice_id = t.zoho_invoice_id offset 0
       ) s
       join connections n on n.id = s.connection_id
       where t.command_id = ${commandId} and t.outcome is null and s.state = 'open' and s.case_id is null
         and s.eligible_from <= ${today}::date and not ${isProven(proofMaxAgeSeconds)}) as stale,
      (select count(*) from staged_invoices where connection_id = ${connectionId} and state = 'open') as open`.execute(
    db,
  )
  return rows[0] ?? { stale: 0, open: 0 }
}

export interface Decision {
  readonly ordinal: number
  readonly outcome: Outcome
  readonly caseId?: string | null
  readonly existingCaseReference?: string | null
  readonly reasons?: readonly Finding[]
}

/** Writes outcomes; one that was written before stays. @returns the ordinals that got theirs now. */
export const decideItems = async (
  trx: Trx,
  commandId: string,
  decisions: readonly Decision[],
): Promise<ReadonlySet<number>> => {
  if (decisions.length === 0) return new Set()
  const ordinals = decisions.map(({ ordinal }) => ordinal)
  const { rows } = await sql<{ ordinal: number }>`
    update case_command_items t
    set outcome = d.outcome, case_id = d.case_id, existing_case_reference = d.reference, reasons = d.reasons, decided_at = now()
    from unnest(
      ${ordinals}::int[],
      ${decisions.map(({ outcome }) => outcome)}::text[],
      ${decisions.map(({ caseId }) => caseId ?? null)}::uuid[],
      ${decisions.map(({ existingCaseReference }) => existingCaseReference ?? null)}::text[],
      ${decisions.map(({ reasons }) => JSON.stringify(reasons ?? []))}::jsonb[]
    ) as d (ordinal, outcome, case_id, reference, reasons)
    -- the range keeps a large command from being scanned for every chunk
    where t.command_id = ${commandId} and t.ordinal = d.ordinal and t.outcome is null
      and t.ordinal between ${Math.min(...ordinals)} and ${Math.max(...ordinals)}
    returning t.ordinal`.execute(trx)
  return new Set(rows.map(({ ordinal }) => ordinal))
}

/** Fails all that is still undecided with one reason. @returns how many. */
export const failUndecided = async (trx: Trx, commandId: string, reason: Finding): Promise<number> => {
  const { numUpdatedRows } = await trx
    .updateTable('case_command_items')
    .set({ outcome: 'failed', reasons: JSON.stringify([reason]), decided_at: sql<Date>`now()` })
    .where('command_id', '=', commandId)
    .where('outcome', 'is', null)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** The failed items of a command, to be tried again. */
export const findFailedItems = async (
  db: Db | Trx,
  commandId: string,
): Promise<readonly { readonly zohoInvoiceId: string; readonly acceptPaymentInProgress: boolean }[]> =>
  db
    .selectFrom('case_command_items')
    .select(['zoho_invoice_id as zohoInvoiceId', 'accept_payment_in_progress as acceptPaymentInProgress'])
    .where('command_id', '=', commandId)
    .where('outcome', '=', 'failed')
    .orderBy('ordinal')
    .execute()
