import { findFailedItems } from '../../db/cases/case-command-items.repo.ts'
import { findCommand } from '../../db/cases/case-commands.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import { maxIds } from './selection.ts'
import { submitCommand } from './submit-command.ts'

export interface RetryRequest {
  readonly clientId: string
  readonly subject: string
  readonly name?: string | null | undefined
  readonly ip?: string | null | undefined
  readonly requestId?: string | undefined
  readonly commandId: string
}

/**
 * Submits the failed items of a completed command once more. That is a command of its own, so what the first one
 * reported stays as it was; pressing twice gives the same one. The confirmation given with the first command stands
 * for its items.
 *
 * @throws AppError not_found, selection_empty when nothing failed, and what `submitCommand` throws
 */
export const retryCommand = async (
  ctx: Ctx,
  { clientId, subject, name, ip, requestId, commandId }: RetryRequest,
): Promise<{ readonly id: string }> => {
  const command = await findCommand(ctx.db, commandId)
  if (command === undefined || command.client_id !== clientId) throw new AppError('not_found')
  const failed = (await findFailedItems(ctx.db, commandId)).slice(0, maxIds)
  if (command.state !== 'completed' || failed.length === 0) throw new AppError('selection_empty')
  return submitCommand(ctx, {
    clientId,
    subject,
    name,
    ip,
    requestId,
    idempotencyKey: `retry-of:${commandId}`,
    selection: { zohoInvoiceIds: failed.map(({ zohoInvoiceId }) => zohoInvoiceId) },
    confirmUndisputed: true,
    acceptPaymentInProgress: failed
      .filter(({ acceptPaymentInProgress }) => acceptPaymentInProgress)
      .map(({ zohoInvoiceId }) => zohoInvoiceId),
  })
}
