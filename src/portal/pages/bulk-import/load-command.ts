import { z } from 'zod'
import { type CommandItem, getCommandResult } from '../../../cases/get-command.ts'
import type { Ctx } from '../../../context.ts'
import { AppError } from '../../../errors.ts'
import { loadConnection } from '../integrations/load-connection.ts'
import type { CommandItemView, CommandView } from './command-page.tsx'

const ROWS = 50

const asked = z.object({
  outcome: z.enum(['created', 'duplicate', 'ineligible', 'failed']).optional().catch(undefined),
  after: z.coerce.number().int().min(1).max(2_147_483_647).optional().catch(undefined),
})

const itemView = ({ amountToRecover: amount, outcome, ...item }: CommandItem): CommandItemView => ({
  ...item,
  amount,
  outcome: outcome ?? 'waiting',
})

/** A command with a page of its results. @throws AppError not_found */
export const loadCommand = async (
  ctx: Ctx,
  clientId: string,
  id: string,
  query: unknown,
): Promise<CommandView> => {
  if (!z.uuid().safeParse(id).success) throw new AppError('not_found')
  const { outcome, after } = asked.parse(query)
  const [result, connection] = await Promise.all([
    getCommandResult(ctx, clientId, id, { outcome, after, limit: ROWS }),
    loadConnection(ctx, clientId),
  ])
  const path = `/bulk-import/commands/${id}`
  const href = (parameters: Record<string, string>) => {
    const search = new URLSearchParams({ ...(outcome ? { outcome } : {}), ...parameters }).toString()
    return search === '' ? path : `${path}?${search}`
  }
  return {
    id,
    state: result.state,
    createdAt: result.createdAt,
    who: result.requestedByName ?? result.requestedBy,
    needsReconnect: connection.state === 'reconnect_required',
    mayConfirm: ctx.policy.severity.payment_in_progress === 'warning',
    counts: result.counts,
    items: result.items.map(itemView),
    outcome,
    // Results are paged forwards only: the way back is the browser's, or the beginning.
    pager: {
      previous: after === undefined ? null : href({}),
      next: result.next === null ? null : href({ after: String(result.next) }),
    },
    csvHref: `/api/case-commands/${id}/result.csv`,
    waiting: result.waiting?.message,
  }
}
