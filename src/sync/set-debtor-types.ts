/** The client says who is a company and who a private person, where Zoho Books does not. */
import { findLiveConnection } from '../../db/connections/connections.repo.ts'
import { type DebtorTypeAnswer, keepDebtorTypes } from '../../db/sync/debtor-types.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import { fillInCustomers } from './fill-in-debtors.ts'

export type { DebtorTypeAnswer }

/**
 * Remembers the answers and judges the open invoices of these customers by them. What the customer's record in Zoho Books says
 * counts more, once it says something.
 *
 * @throws AppError not_connected
 */
export const setDebtorTypes = async (
  ctx: Ctx,
  {
    clientId,
    subject,
    ip,
  }: { readonly clientId: string; readonly subject: string; readonly ip?: string | null | undefined },
  answers: readonly DebtorTypeAnswer[],
): Promise<void> => {
  const connection = await findLiveConnection(ctx.db, clientId)
  if (connection === undefined) throw new AppError('not_connected')
  if (answers.length === 0) return
  const { id: connectionId, zoho_organization_id: organizationId } = connection
  await ctx.db.transaction().execute(async (trx) => {
    await keepDebtorTypes(trx, { clientId, organizationId, setBy: subject }, answers)
    await audit(trx, {
      clientId,
      actor: subject,
      actorRole: 'client',
      action: 'debtor.types_set',
      subjectType: 'debtor',
      subjectId: organizationId,
      details: {
        answers: Object.fromEntries(answers.map(({ zohoCustomerId, type }) => [zohoCustomerId, type])),
      },
      ip,
    })
  })
  await fillInCustomers(
    ctx,
    connectionId,
    answers.map(({ zohoCustomerId }) => zohoCustomerId),
  )
}
