/** One invoice read again by its id, and its staged row brought up to date. */

import { invoiceFields } from '../../db/core/invoice.ts'
import type { Connection, RowProblem, StagedState } from '../../db/core/schema.ts'
import { resolveRows, setRowsAside } from '../../db/sync/set-aside-rows.repo.ts'
import {
  findStaged,
  holdUnreadable,
  type Look,
  proveStaged,
  removeStaged,
  type StagedInvoice,
  type StagedRow,
  type StagingTarget,
  stageOne,
  tellCaseOfRemoval,
} from '../../db/sync/staged-invoices.repo.ts'
import type { Ctx } from '../context.ts'
import { isAppError } from '../errors.ts'
import { earliestToday } from '../values/day.ts'
import { scaled } from '../values/money.ts'
import type { ZohoInvoice } from '../zoho/schemas.ts'
import { callBooks, type Priority } from './call-books.ts'
import { loadCustomers } from './customer-records.ts'
import { toStagedRow } from './staged-row.ts'
import { unreadable } from './unreadable.ts'
import { observedAt } from './zoho-time.ts'

export interface Restage {
  readonly priority: Priority
  readonly signal?: AbortSignal | undefined
}

/** What Zoho said about the invoice, and when it was last changed there; removed ones do not say. */
export interface Reread {
  readonly state: StagedState
  readonly modifiedAt: Date | null
  /** As Zoho gave it; null when it is removed. */
  readonly invoice: ZohoInvoice | null
}

type RestagedConnection = Pick<
  Connection,
  'id' | 'client_id' | 'data_center' | 'zoho_organization_id' | 'organization_currency_code'
>

/**
 * Re-reads an invoice by id and stages what Zoho says, unless a later answer was staged meanwhile: then the row stays
 * as it is, and is not proven either. Only a 404 with code 1002 removes it (contract 7).
 *
 * @throws what `callBooks` throws; zoho_answer_invalid with `details.problems` when its row cannot be read.
 */
export const restageInvoice = async (
  ctx: Ctx,
  connection: RestagedConnection,
  invoiceId: string,
  options: Restage,
): Promise<StagedState> => (await rereadInvoice(ctx, connection, invoiceId, options)).state

/** As `restageInvoice`, telling also when Zoho last changed the invoice. */
export const rereadInvoice = async (
  ctx: Ctx,
  connection: RestagedConnection,
  invoiceId: string,
  { priority, signal }: Restage,
): Promise<Reread> => {
  const target = {
    connectionId: connection.id,
    clientId: connection.client_id,
    organizationId: connection.zoho_organization_id,
    policyVersion: ctx.policy.version,
    baseCurrency: connection.organization_currency_code,
  }
  let requestedAt = new Date(0)
  let started = 0
  try {
    const { invoice, facts } = await callBooks(
      ctx,
      connection,
      { priority, endpoint: 'invoice', signal },
      (access, sentAt) => {
        requestedAt = sentAt
        started = performance.now()
        return ctx.zoho.getInvoice({ ...access, invoiceId })
      },
    )
    const zohoTime = observedAt(facts, { requestedAt, tookMs: performance.now() - started })
    return await stageDetail(ctx, target, invoice, { requestedAt, zohoTime })
  } catch (error) {
    if (isAppError(error, 'zoho_invoice_gone')) return removed(ctx, target, invoiceId, requestedAt)
    if (isAppError(error, 'zoho_answer_invalid') && error.facts.rowProblems !== undefined)
      await hold(ctx, target, invoiceId, error.facts.rowProblems)
    throw error
  }
}

const removed = async (
  ctx: Ctx,
  target: StagingTarget,
  invoiceId: string,
  requestedAt: Date,
): Promise<Reread> => {
  const did = await ctx.db.transaction().execute(async (trx) => {
    const removedNow = await removeStaged(trx, target.connectionId, invoiceId, requestedAt)
    await tellCaseOfRemoval(trx, target.organizationId, invoiceId, requestedAt)
    await resolveRows(trx, target.connectionId, [invoiceId])
    return removedNow
  })
  if (did) ctx.metrics.syncRows.inc({ verdict: 'removed' })
  return { state: 'removed', modifiedAt: null, invoice: null }
}

const hold = (ctx: Ctx, target: StagingTarget, invoiceId: string, problems: readonly RowProblem[]) =>
  ctx.db.transaction().execute(async (trx) => {
    await setRowsAside(trx, { ...target, runId: null }, [
      { rowKey: `id:${invoiceId}`, zohoInvoiceId: invoiceId, creditorReference: null, problems },
    ])
    await holdUnreadable(trx, target.connectionId, [invoiceId], unreadable)
  })

const stageDetail = async (
  ctx: Ctx,
  target: StagingTarget,
  invoice: ZohoInvoice,
  look: Look,
): Promise<Reread> => {
  const customers = await loadCustomers(ctx.db, target.connectionId, [invoice.customerId])
  const known = await findStaged(ctx.db, target.connectionId, invoice.invoiceId)
  const before = known?.invoice.debtor
  const row = toStagedRow(invoice, ctx.policy, earliestToday(ctx.clock.now()), {
    baseCurrency: target.baseCurrency,
    customer: customers.get(invoice.customerId ?? ''),
    // a detail does not name the company (contract 7)
    assumedType: before?.typeSource === 'company_name' ? before.type : null,
  })
  if (known && isSame(known, row)) await proveStaged(ctx.db, target.connectionId, known, look)
  else await stageOne(ctx.db, target, row, look)
  await resolveRows(ctx.db, target.connectionId, [invoice.invoiceId])
  return { state: row.state, modifiedAt: invoice.modifiedAt, invoice }
}

/**
 * A detail and a list row of the same version differ in places (contract 7: no top-level phone, a country code).
 * What both say alike is compared, and what only a detail says; otherwise list and detail would rewrite the row in turns.
 */
const isSame = (known: StagedInvoice, row: StagedRow): boolean =>
  !known.unreadable &&
  known.state === row.state &&
  known.modifiedAt?.getTime() === row.modifiedAt.getTime() &&
  invoiceFields.every(({ of, type, alike, byIdOnly }) => {
    const [before, now] = [of(known.invoice), of(row.invoice)]
    if (byIdOnly ? now === null : !alike) return true
    // an amount that was never told and one of nothing are the same
    return type === 'numeric' ? scaled(String(before ?? 0)) === scaled(String(now ?? 0)) : before === now
  })
