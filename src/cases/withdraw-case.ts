/** The client takes a case back, or takes it up again. One invoice has one case for ever: its status changes, no more. */
import { lockCase, setCaseStatus } from '../../db/cases/cases.repo.ts'
import { findLiveConnection } from '../../db/connections/connections.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import { rereadInvoice } from '../sync/restage-invoice.ts'

export interface CaseRequest {
  readonly clientId: string
  readonly subject: string
  readonly ip?: string | null | undefined
  readonly caseId: string
}

/** Withdraws a case. A withdrawn one stays as it is, with its first reason. @throws AppError not_found */
export const withdrawCase = (
  ctx: Ctx,
  { clientId, subject, ip, caseId, reason }: CaseRequest & { readonly reason: string },
): Promise<void> =>
  ctx.db.transaction().execute(async (trx) => {
    const found = await lockCase(trx, clientId, caseId)
    if (found === undefined) throw new AppError('not_found')
    if (found.status === 'withdrawn') return
    await setCaseStatus(trx, found, { status: 'withdrawn', actor: subject, reason })
    await audit(trx, {
      clientId,
      actor: subject,
      actorRole: 'client',
      action: 'case.withdrawn',
      subjectType: 'case',
      subjectId: caseId,
      details: { reference: found.reference },
      ip,
    })
  })

/**
 * Takes a withdrawn case up again, after Zoho has said anew that its invoice is unpaid. A case that is not withdrawn
 * stays as it is.
 *
 * @throws AppError not_found; not_connected when no live connection reaches the organization; case_invoice_not_unpaid;
 * what `callBooks` throws
 */
export const reinstateCase = async (
  ctx: Ctx,
  { clientId, subject, ip, caseId }: CaseRequest,
): Promise<void> => {
  const asked = await ctx.db.transaction().execute((trx) => lockCase(trx, clientId, caseId))
  if (asked === undefined) throw new AppError('not_found')
  if (asked.status !== 'withdrawn') return
  const connection = await findLiveConnection(ctx.db, clientId)
  if (connection?.zoho_organization_id !== asked.zoho_organization_id) throw new AppError('not_connected')
  const { state } = await rereadInvoice(ctx, connection, asked.zoho_invoice_id, { priority: 'person' })
  if (state !== 'open') throw new AppError('case_invoice_not_unpaid')
  await ctx.db.transaction().execute(async (trx) => {
    const found = await lockCase(trx, clientId, caseId)
    if (found === undefined) throw new AppError('not_found')
    if (found.status !== 'withdrawn') return
    // What a payment wrote between the answer and now counts: the case follows its invoice.
    if (found.invoice_state !== 'unpaid' && found.invoice_state !== 'partly_paid')
      throw new AppError('case_invoice_not_unpaid')
    await setCaseStatus(trx, found, { status: 'pending_verification', actor: subject, reason: null })
    await audit(trx, {
      clientId,
      actor: subject,
      actorRole: 'client',
      action: 'case.reinstated',
      subjectType: 'case',
      subjectId: caseId,
      details: { reference: found.reference },
      ip,
    })
  })
}
