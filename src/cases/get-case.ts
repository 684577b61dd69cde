import {
  type CaseFilter,
  type CaseSort,
  type CaseTotal,
  findCase,
  findCaseEvents,
  findCaseTrail,
  listCases,
  sumCases,
  sumOutstandingValues,
} from '../../db/cases/portal-cases.repo.ts'
import { findLiveConnection } from '../../db/connections/connections.repo.ts'
import { asPortalReader } from '../../db/core/database.ts'
import type { Cursor } from '../../db/core/keyset-page.ts'
import { findPortalConnection } from '../../db/portal/portal-connection.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import { rereadInvoice } from '../sync/restage-invoice.ts'
import { addAmounts, presentAmount } from '../values/money.ts'
import { type Case, presentCase } from './present-case.ts'

export interface TrailEntry {
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly details: Readonly<Record<string, unknown>>
}

export interface CaseDetail extends Case {
  readonly trail: readonly TrailEntry[]
}

export interface CaseList {
  readonly items: readonly Case[]
  readonly next: Cursor | null
  readonly previous: Cursor | null
}

/** A page of the client's cases. */
export const listClientCases = async (
  ctx: Ctx,
  clientId: string,
  query: {
    readonly limit: number
    readonly cursor?: Cursor | undefined
    readonly filter?: CaseFilter | undefined
    readonly sort?: CaseSort | undefined
    readonly ascending?: boolean | undefined
  },
): Promise<CaseList> => {
  const { filter = {}, ...page } = query
  return asPortalReader(ctx.db, clientId, async (trx) => {
    const { rows, next, previous } = await listCases(trx, { cursor: undefined, ...page, filter })
    const events =
      rows.length === 0
        ? []
        : await findCaseEvents(
            trx,
            rows.map(({ id }) => id),
          )
    const present = { zoho: ctx.zoho, now: ctx.clock.now() }
    return {
      items: rows.map((row) =>
        presentCase(
          row,
          events.filter((event) => event.case_id === row.id),
          present,
        ),
      ),
      next,
      previous,
    }
  })
}

/** What the client's cases come to, by state of their invoices and currency; withdrawn ones are left out. */
export const totalClientCases = async (
  ctx: Ctx,
  clientId: string,
  filter: CaseFilter = {},
): Promise<readonly CaseTotal[]> => {
  const totals = await asPortalReader(ctx.db, clientId, (trx) => sumCases(trx, filter))
  return totals.map((total) => ({
    ...total,
    amountToRecover: presentAmount(total.amountToRecover, total.currencyCode),
    outstanding: presentAmount(total.outstanding, total.currencyCode),
  }))
}

/**
 * What is left to pay, all currencies together in the organization's, of one state of the invoice or of all; undefined while
 * nothing is connected that could say which currency that is.
 */
export const outstandingValue = async (
  ctx: Ctx,
  clientId: string,
  filter: CaseFilter,
): Promise<{ readonly amount: string; readonly currencyCode: string } | undefined> =>
  asPortalReader(ctx.db, clientId, async (trx) => {
    const currencyCode = (await findPortalConnection(trx))?.organization_currency_code
    if (!currencyCode) return undefined
    const byState = await sumOutstandingValues(trx, filter)
    const wanted = [...byState].filter(
      ([state]) => filter.invoiceState === undefined || state === filter.invoiceState,
    )
    const amount = wanted.reduce((all, [, value]) => addAmounts(all, value), '0')
    return { amount: presentAmount(amount, currencyCode), currencyCode }
  })

/** A case with its source, its proof and its trail. @throws AppError not_found */
export const getCase = async (
  ctx: Ctx,
  { clientId, caseId }: { readonly clientId: string; readonly caseId: string },
): Promise<CaseDetail> => {
  return asPortalReader(ctx.db, clientId, async (trx) => {
    const row = await findCase(trx, caseId)
    if (row === undefined) throw new AppError('not_found')
    const trail = await findCaseTrail(trx, { caseId, commandId: row.command_id })
    const events = await findCaseEvents(trx, [caseId])
    return {
      ...presentCase(row, events, { zoho: ctx.zoho, now: ctx.clock.now() }),
      trail: trail.map(({ created_at, actor, action, details }) => ({
        at: created_at.toISOString(),
        actor,
        action,
        details,
      })),
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
 * Asks Zoho for the invoice behind a case, within the budget kept for people. What it says is staged, so the case
 * learns of it; its claim does not change.
 *
 * @throws AppError not_found; not_connected when no connection of the client reaches the case's organization;
 * what `callBooks` throws
 */
export const getBalanceNow = async (
  ctx: Ctx,
  { clientId, caseId }: { readonly clientId: string; readonly caseId: string },
): Promise<BalanceNow> => {
  const row = await asPortalReader(ctx.db, clientId, (trx) => findCase(trx, caseId))
  if (row === undefined) throw new AppError('not_found')
  const connection = await findLiveConnection(ctx.db, clientId)
  if (connection?.zoho_organization_id !== row.zoho_organization_id) throw new AppError('not_connected')
  const readAt = ctx.clock.now().toISOString()
  const { invoice } = await rereadInvoice(ctx, connection, row.zoho_invoice_id, { priority: 'person' })
  return invoice === null
    ? { state: 'removed', readAt }
    : {
        state: 'found',
        balance: presentAmount(invoice.balance, invoice.currencyCode),
        currencyCode: invoice.currencyCode,
        zohoStatus: invoice.status,
        readAt,
      }
}
