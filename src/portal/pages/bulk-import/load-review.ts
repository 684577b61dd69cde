import { randomUUID } from 'node:crypto'
import { asPortalReader } from '../../../../db/core/database.ts'
import { findInvoice } from '../../../../db/invoices/portal-invoices.repo.ts'
import { findPortalConnection } from '../../../../db/portal/portal-connection.repo.ts'
import { previewCommand } from '../../../cases/preview-command.ts'
import type { Selection } from '../../../cases/selection.ts'
import type { Ctx } from '../../../context.ts'
import { presentAmount } from '../../../values/money.ts'
import { exceptionsOf, filterOf, listHref, listParameters, parseIds, parseListQuery } from './list-query.ts'
import type { PaymentInProgressView, ReviewView } from './review-page.tsx'

/** Invoices with a payment under way that the page names one by one. */
const NAMED = 25

export interface Draft {
  readonly selection: Selection
  /** The selection again, as fields of a form. */
  readonly fields: Readonly<Record<string, string>>
  readonly back: string
}

/** What a form or an address of the list selects: ids, or all eligible that match. */
export const draftOf = (given: unknown): Draft => {
  const query = parseListQuery(given)
  const all = query.select === 'all'
  const ids = all ? [] : parseIds((given as { ids?: unknown } | null | undefined)?.ids)
  const except = all ? exceptionsOf(given, query) : []
  return {
    selection: all
      ? { filter: { ...filterOf(query), eligibility: 'eligible', except: [...except] } }
      : { zohoInvoiceIds: ids },
    fields: {
      ...listParameters({
        ...query,
        cursor: undefined,
        at: undefined,
        except: except.join(',') || undefined,
      }),
      ...(all ? {} : { ids: ids.join(',') }),
    },
    back: listHref(query, all ? { select: 'all', except: except.join(',') || undefined } : {}),
  }
}

const named = (ctx: Ctx, clientId: string, ids: readonly string[]): Promise<PaymentInProgressView[]> =>
  asPortalReader(ctx.db, clientId, async (trx) => {
    const connection = await findPortalConnection(trx)
    const found: PaymentInProgressView[] = []
    for (const zohoInvoiceId of connection ? ids.slice(0, NAMED) : []) {
      const row = connection && (await findInvoice(trx, { connectionId: connection.id, zohoInvoiceId }))
      if (row)
        found.push({
          zohoInvoiceId,
          creditorReference: row.creditor_reference,
          debtorName: row.debtor_name,
          amount: presentAmount(row.amount_to_recover, row.currency_code),
          currencyCode: row.currency_code,
        })
    }
    return found
  })

const nothing = (draft: Draft): ReviewView => ({
  selected: 0,
  create: { count: 0, sums: [] },
  duplicates: 0,
  notCreated: [],
  paymentInProgress: [],
  moreInProgress: 0,
  fields: {},
  back: draft.back,
  problem: undefined,
})

/** What the draft would come to, as things stand. The key makes a second press of the button the same draft. */
export const loadReview = async (
  ctx: Ctx,
  clientId: string,
  draft: Draft,
  { problem, key = randomUUID() }: { problem?: string | undefined; key?: string | undefined } = {},
): Promise<ReviewView> => {
  const { selection } = draft
  if ('zohoInvoiceIds' in selection && selection.zohoInvoiceIds.length === 0) return nothing(draft)
  const preview = await previewCommand(ctx, { clientId, selection })
  const held = preview.paymentInProgress
  const paymentInProgress = held.length === 0 ? [] : await named(ctx, clientId, held)
  return {
    selected: preview.counts.total,
    create: { count: preview.counts.created, sums: preview.sums },
    duplicates: preview.counts.duplicate,
    notCreated: preview.reasons.filter(({ code }) => code !== 'already_a_case'),
    paymentInProgress,
    moreInProgress: held.length - paymentInProgress.length,
    fields: { ...draft.fields, idempotencyKey: key },
    back: draft.back,
    problem,
  }
}
