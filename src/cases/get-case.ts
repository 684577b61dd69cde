import { type CaseFilter, findCase, findCaseTrail, listCases } from '../../db/cases/portal-cases.repo.ts'
import { asPortalReader } from '../../db/core/database.ts'
import type { Cursor } from '../../db/core/keyset-page.ts'
import type { StagedState } from '../../db/core/schema.ts'
import { findInvoice } from '../../db/invoices/portal-invoices.repo.ts'
import { findPortalConnection } from '../../db/portal/portal-connection.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError, isAppError } from '../errors.ts'
import { callBooks } from '../sync/call-books.ts'
import { presentAmount } from '../values/money.ts'
import { type Case, presentCase } from './present-case.ts'

export interface TrailEntry {
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly details: Readonly<Record<string, unknown>>
}

export interface CaseDetail extends Case {
  readonly trail: readonly TrailEntry[]
  /** The invoice as last synced: shown beside the case, never written into it. Null when it is no longer staged. */
  readonly now: {
    readonly amountToRecover: string
    readonly zohoStatus: string
    readonly state: StagedState
    readonly changedAt: string
  } | null
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export interface CaseList {
  readonly items: readonly Case[]
  readonly next: Cursor | null
  readonly previous: Cursor | null
}

/** The client's cases, newest first. */
export const listClientCases = async (
  ctx: Ctx,
  clientId: string,
  query: {
    readonly limit: number
    readonly cursor?: Cursor | undefined
    readonly filter?: CaseFilter | undefined
  },
): Promise<CaseList> => {
  const page = await asPortalReader(ctx.db, clientId, (trx) =>
    listCases(trx, { limit: query.limit, cursor: query.cursor, filter: query.filter ?? {} }),
  )
  const present = { zoho: ctx.zoho, now: ctx.clock.now() }
  return {
    items: page.rows.map((row) => presentCase(row, present)),
    next: page.next,
    previous: page.previous,
  }
}

/** A case with its source, its proof and its trail. @throws AppError not_found */
export const getCase = async (
  ctx: Ctx,
  { clientId, caseId }: { readonly clientId: string; readonly caseId: string },
): Promise<CaseDetail> => {
  if (!uuid.test(caseId)) throw new AppError('not_found')
  return asPortalReader(ctx.db, clientId, async (trx) => {
    const row = await findCase(trx, caseId)
    if (row === undefined) throw new AppError('not_found')
    const trail = await findCaseTrail(trx, row.command_id)
    const staged =
      row.connection_id === null
        ? undefined
        : await findInvoice(trx, {
            connectionId: row.connection_id,
            zohoInvoiceId: row.zoho_invoice_id,
          })
    return {
      ...presentCase(row, { zoho: ctx.zoho, now: ctx.clock.now() }),
      trail: trail.map(({ created_at, actor, action, details }) => ({
        at: created_at.toISOString(),
        actor,
        action,
        details,
      })),
      now:
        staged === undefined
          ? null
          : {
              amountToRecover: presentAmount(staged.amount_to_recover, staged.currency_code),
              zohoStatus: staged.zoho_status,
              state: staged.state,
              changedAt: staged.changed_at.toISOString(),
            },
    }
  })
}

/** What Zoho says at this moment. */
export type BalanceNow =
  | {
      readonly state: 'found'
      readonly balance: string
      readonly currencyCode: string | null
      readonly zohoStatus: string
      readonly readAt: string
    }
  | { readonly state: 'removed'; readonly readAt: string }

/**
 * Asks Zoho for the invoice behind a case, within the budget kept for people. The case does not change.
 *
 * @throws AppError not_found; not_connected when no connection of the client reaches the case's organization;
 * what `callBooks` throws
 */
export const getBalanceNow = async (
  ctx: Ctx,
  { clientId, caseId }: { readonly clientId: string; readonly caseId: string },
): Promise<BalanceNow> => {
  if (!uuid.test(caseId)) throw new AppError('not_found')
  const { row, connection } = await asPortalReader(ctx.db, clientId, async (trx) => ({
    row: await findCase(trx, caseId),
    connection: await findPortalConnection(trx),
  }))
  if (row === undefined) throw new AppError('not_found')
  if (connection?.zoho_organization_id !== row.zoho_organization_id) throw new AppError('not_connected')
  const readAt = ctx.clock.now().toISOString()
  try {
    const { invoice } = await callBooks(
      ctx,
      connection.id,
      { priority: 'person', endpoint: 'invoice' },
      (access) => ctx.zoho.getInvoice({ ...access, invoiceId: row.zoho_invoice_id }),
    )
    return {
      state: 'found',
      balance: presentAmount(invoice.balance, invoice.currencyCode),
      currencyCode: invoice.currencyCode,
      zohoStatus: invoice.status,
      readAt,
    }
  } catch (error) {
    if (isAppError(error, 'zoho_invoice_gone')) return { state: 'removed', readAt }
    throw error
  }
}
