import {
  clientExists,
  type ErasedRows,
  eraseClientRows,
  openRevocationsOf,
} from '../../db/clients/client-data.repo.ts'
import { audit } from '../audit.ts'
import { disconnect } from '../connections/disconnect.ts'
import type { Ctx } from '../context.ts'
import { AppError, isAppError, toAppError } from '../errors.ts'
import { revokeToken } from '../tokens/revoke-token.ts'

export interface Erasure extends ErasedRows {
  /** Grants that Zoho has not confirmed as revoked yet; workers go on until it does. */
  readonly grantsStillToRevoke: number
}

/** Ends the connection and revokes its grant at Zoho first: afterwards nobody could. */
const endConnection = async (ctx: Ctx, clientId: string, operator: string): Promise<number> => {
  try {
    await disconnect(ctx, { clientId, subject: operator, ip: null })
  } catch (error) {
    if (!isAppError(error, 'not_connected')) throw error
  }
  let left = 0
  for (const revocationId of await openRevocationsOf(ctx.db, clientId))
    await revokeToken(ctx, revocationId).catch((error: unknown) => {
      left++
      ctx.log.warn({ event: 'client.grant_not_revoked', revocationId, code: toAppError(error).code })
    })
  return left
}

/**
 * Erases what is held about a client: grant (revoked at Zoho first), sessions, staged invoices, runs, connections and
 * orders without a case. Cases and the orders behind them are legal records and stay, without the names of people.
 *
 * @throws AppError not_found when there is no such client.
 */
export const eraseClient = async (
  ctx: Ctx,
  { clientId, operator }: { readonly clientId: string; readonly operator: string },
): Promise<Erasure> => {
  if (!(await clientExists(ctx.db, clientId)))
    throw new AppError('not_found', { message: 'There is no such client.' })
  const grantsStillToRevoke = await endConnection(ctx, clientId, operator)
  const erased = await eraseClientRows(ctx.db, clientId)
  // Without a client_id: the row has to outlive the client's.
  await audit(ctx.db, {
    clientId: null,
    actor: operator,
    actorRole: 'operator',
    action: 'client.erased',
    subjectType: 'client',
    subjectId: clientId,
    details: { ...erased, grantsStillToRevoke },
  })
  ctx.log.info({ event: 'client.erased', clientId, grantsStillToRevoke })
  return { ...erased, grantsStillToRevoke }
}
