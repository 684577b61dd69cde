import { z } from 'zod'
import type { Ctx } from '../../../context.ts'
import { AppError } from '../../../errors.ts'
import { commandResult, type CommandItemView as Item } from '../../api/command-view.ts'
import type { CommandItemView, CommandView } from './command-page.tsx'

const ROWS = 50

const asked = z.object({
  outcome: z.enum(['created', 'duplicate', 'ineligible', 'failed']).optional().catch(undefined),
  after: z.coerce.number().int().min(1).max(2_147_483_647).optional().catch(undefined),
})

const itemView = (item: Item): CommandItemView => ({
  zohoInvoiceId: item.zohoInvoiceId,
  creditorReference: item.creditorReference,
  debtorName: item.debtorName,
  amount: item.amountToRecover,
  currencyCode: item.currencyCode,
  outcome: item.outcome ?? 'waiting',
  caseId: item.caseId ?? null,
  caseReference: item.caseReference ?? null,
  reasons: item.reasons ?? [],
})

/** An order with a page of its results. @throws AppError not_found */
export const loadCommand = async (
  ctx: Ctx,
  clientId: string,
  id: string,
  query: unknown,
): Promise<CommandView> => {
  if (!z.uuid().safeParse(id).success) throw new AppError('not_found')
  const { outcome, after } = asked.parse(query)
  const result = await commandResult(ctx, clientId, id, { outcome, after, limit: ROWS })
  const path = `/bulk-import/commands/${id}`
  const href = (parameters: Record<string, string>) => {
    const search = new URLSearchParams({ ...(outcome ? { outcome } : {}), ...parameters }).toString()
    return search === '' ? path : `${path}?${search}`
  }
  return {
    id,
    state: result.state,
    createdAt: new Date(result.createdAt),
    counts: result.counts,
    items: result.items.map(itemView),
    outcome,
    // Results are paged forwards only: the way back is the browser's, or the beginning.
    pager: {
      previous: after === undefined ? null : href({}),
      next: result.next === null ? null : href({ after: result.next }),
    },
    csvHref: `/api/case-commands/${id}/result.csv`,
    waiting: result.waiting?.message,
  }
}
