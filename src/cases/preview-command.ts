import { previewSelection } from '../../db/cases/case-preview.repo.ts'
import { asPortalReader } from '../../db/core/database.ts'
import { findPortalConnection } from '../../db/portal/portal-connection.repo.ts'
import type { Ctx } from '../context.ts'
import { showFinding } from '../eligibility/finding-texts.ts'
import { AppError } from '../errors.ts'
import { findingTitle } from '../invoices/finding-title.ts'
import { filterOn } from '../invoices/invoice-filter.ts'
import { todayIn } from '../values/day.ts'
import { addAmounts, presentAmount } from '../values/money.ts'
import { unknownInvoice } from './reasons.ts'
import { parseSelection, type Selection } from './selection.ts'

export interface PreviewSum {
  readonly currencyCode: string | null
  readonly count: number
  readonly amount: string
}

/** What a command would come to as things stand; the proof may still change single outcomes. */
export interface CommandPreview {
  readonly counts: {
    readonly total: number
    readonly created: number
    readonly duplicate: number
    readonly ineligible: number
  }
  /** Of those that would be created, per currency. */
  readonly sums: readonly PreviewSum[]
  /** All of them in the organization's currency; null while that is not known. */
  readonly value: { readonly amount: string; readonly currencyCode: string } | null
  /** Why others would not; an invoice with two reasons counts in both. */
  readonly reasons: readonly { readonly code: string; readonly message: string; readonly count: number }[]
  /** Invoices that only a payment under way holds back; the client may accept them one by one. At most 1,000. */
  readonly paymentInProgress: readonly string[]
}

export interface PreviewRequest {
  readonly clientId: string
  readonly selection: Selection
  readonly acceptPaymentInProgress?: readonly string[] | undefined
}

/** @throws AppError not_connected, selection_empty, selection_too_large, invalid_request */
export const previewCommand = async (
  ctx: Ctx,
  { clientId, selection: given, acceptPaymentInProgress = [] }: PreviewRequest,
): Promise<CommandPreview> => {
  const selection = parseSelection(given)
  const preview = await asPortalReader(ctx.db, clientId, async (trx) => {
    const connection = await findPortalConnection(trx)
    if (connection === undefined) throw new AppError('not_connected')
    const today = todayIn(connection.organization_time_zone, ctx.clock.now())
    const previewed = await previewSelection(trx, {
      connectionId: connection.id,
      today,
      acceptPaymentInProgress,
      selection:
        'filter' in selection ? { filter: filterOn(selection.filter, today, ctx.policy) } : selection,
    })
    return { ...previewed, baseCurrency: connection.organization_currency_code }
  })
  const created = preview.rows.filter((row) => row.verdict === 'create')
  const worth = created.reduce((sum, { value }) => addAmounts(sum, value), '0')
  const count = (verdict: string) =>
    preview.rows.filter((row) => row.verdict === verdict).reduce((sum, row) => sum + row.count, 0)
  const staged = count('create') + count('duplicate') + count('ineligible')
  const total = 'zohoInvoiceIds' in selection ? selection.zohoInvoiceIds.length : staged
  const unknown = total - staged
  return {
    counts: {
      total,
      created: count('create'),
      duplicate: count('duplicate'),
      ineligible: count('ineligible') + unknown,
    },
    sums: created.map((row) => ({
      currencyCode: row.currency_code,
      count: row.count,
      amount: presentAmount(row.amount, row.currency_code),
    })),
    value:
      preview.baseCurrency === null
        ? null
        : { amount: presentAmount(worth, preview.baseCurrency), currencyCode: preview.baseCurrency },
    reasons: [
      ...preview.reasons.map(({ code, count }) => ({ code, message: findingTitle(code), count })),
      ...(unknown > 0 ? [{ ...showFinding(unknownInvoice), count: unknown }] : []),
    ],
    paymentInProgress: preview.paymentInProgress,
  }
}
