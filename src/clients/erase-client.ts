import {
  clientExists,
  type ErasedRows,
  eraseClientRows,
  openRevocationsOf,
} from '../../db/clients/client-data.repo.ts'
import { audit } from '../audit.ts'
import { disconnect } from '../connections/disconnect.ts'
import type { Ctx } from '../context.ts'
import { tryToDeleteLooseObjects } from '../documents/keep-content.ts'
import { AppError, isAppError, toAppError } from '../errors.ts'
import { revokeToken } from '../tokens/revoke-token.ts'

export interface Erasure extends ErasedRows {
  /** Grants that Zoho has not confirmed as revoked yet; workers go on until it does. */
  readonly grantsStillToRevoke: number
}

/** A client may connect anew while its grant is being revoked. */
const maxRounds = 5

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
 * orders without a case. Cases with their documents and the orders behind them are legal records and stay, without the names of people.
 *
 * @throws AppError not_found when there is no such client; already_connected when it does not stop connecting.
 */
export const eraseClient = async (
  ctx: Ctx,
  { clientId, operator }: { readonly clientId: string; readonly operator: string },
): Promise<Erasure> => {
  if (!(await clientExists(ctx.db, clientId)))
    throw new AppError('not_found', { message: 'There is no such client.' })
  let grantsStillToRevoke = 0
  let erased: ErasedRows | undefined
  for (let at = 0; erased === undefined && at < maxRounds; at += 1) {
    grantsStillToRevoke = await endConnection(ctx, clientId, operator)
    erased = await eraseClientRows(ctx.db, clientId)
  }
  if (erased === undefined)
    throw new AppError('already_connected', {
      message: 'The client connects again and again. Lock it out first.',
    })
  await tryToDeleteLooseObjects(ctx)
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
