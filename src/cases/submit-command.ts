import { insertItemsByFilter, insertItemsByIds } from '../../db/cases/case-command-items.repo.ts'
import { acceptCommand, findCommandByKey, insertCommand } from '../../db/cases/case-commands.repo.ts'
import { findLiveConnection } from '../../db/connections/connections.repo.ts'
import type { Trx } from '../../db/core/database.ts'
import { notify } from '../../db/core/notify.ts'
import type { Connection } from '../../db/core/schema.ts'
import { limitToClient } from '../../db/invoices/portal-invoices.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import { filterOn } from '../invoices/invoice-filter.ts'
import { todayIn } from '../values/day.ts'
import {
  maxMatches,
  parseSelection,
  type ResolvedSelection,
  requestHash,
  type Selection,
} from './selection.ts'

export interface CommandRequest {
  readonly clientId: string
  /** Who pressed the button. */
  readonly subject: string
  /** Their name, to show in place of an id. */
  readonly name?: string | null | undefined
  readonly ip?: string | null | undefined
  /** Of the HTTP request, for whoever looks for its log lines. */
  readonly requestId?: string | undefined
  /** At most 255 characters. Same key and same order → same command. */
  readonly idempotencyKey?: string | undefined
  readonly selection: Selection
  /** The person's word that the claims are undisputed. */
  readonly confirmUndisputed: boolean
  /** Invoices that shall become cases although a payment is under way. */
  readonly acceptPaymentInProgress?: readonly string[] | undefined
}

/**
 * Stores a command with its items; the job carries it out. A filter is resolved here and now, in the database.
 * An id that is not staged still becomes an item and ends `ineligible` with reason `unknown_invoice`.
 *
 * @throws AppError confirmation_required, selection_empty, selection_too_large, idempotency_conflict,
 * not_connected, invalid_request
 */
export const submitCommand = async (ctx: Ctx, request: CommandRequest): Promise<{ readonly id: string }> => {
  if (request.confirmUndisputed !== true) throw new AppError('confirmation_required')
  const key = request.idempotencyKey ?? null
  if (key !== null && (key.length === 0 || key.length > 255))
    throw new AppError('invalid_request', { message: 'Idempotency-Key must have 1 to 255 characters.' })
  const selection = parseSelection(request.selection)
  const hash = requestHash(selection, request.acceptPaymentInProgress ?? [])

  const { id, isNew } = await ctx.db.transaction().execute(async (trx) => {
    const before = await findEarlier(trx, request.clientId, key, hash)
    if (before !== undefined) return { id: before, isNew: false }
    const connection = await findLiveConnection(trx, request.clientId)
    if (connection === undefined) throw new AppError('not_connected')
    const inserted = await insertCommand(trx, {
      clientId: request.clientId,
      connectionId: connection.id,
      idempotencyKey: key,
      requestHash: hash,
      requestedBy: request.subject,
      requestedByName: request.name ?? null,
      requestId: request.requestId ?? null,
      selection: 'filter' in selection ? selection : { zohoInvoiceIds: selection.zohoInvoiceIds.length },
    })
    // Two tabs with one key: the other was quicker, and its command is visible by now.
    if (inserted === undefined) {
      const winner = await findEarlier(trx, request.clientId, key, hash)
      if (winner === undefined) throw new AppError('internal_error')
      return { id: winner, isNew: false }
    }
    const total = await insertItems(ctx, trx, { request, selection, connection, commandId: inserted })
    await acceptCommand(trx, inserted, total)
    await audit(trx, {
      clientId: request.clientId,
      actor: request.subject,
      actorRole: 'client',
      action: 'case_command.submitted',
      subjectType: 'case_command',
      subjectId: inserted,
      details: {
        total,
        confirmedUndisputed: true,
        ...(request.acceptPaymentInProgress?.length
          ? { acceptedPaymentInProgress: request.acceptPaymentInProgress.length }
          : {}),
      },
      ip: request.ip,
    })
    await notify(trx, request.clientId, { type: 'command', id: inserted })
    return { id: inserted, isNew: true }
  })
  if (isNew) {
    ctx.log.info({ event: 'cases.command_submitted', commandId: id })
    ctx.nudge({ job: 'create-cases', id })
  }
  return { id }
}

const findEarlier = async (
  trx: Trx,
  clientId: string,
  key: string | null,
  hash: string,
): Promise<string | undefined> => {
  if (key === null) return undefined
  const found = await findCommandByKey(trx, clientId, key)
  if (found !== undefined && found.request_hash !== hash) throw new AppError('idempotency_conflict')
  return found?.id
}

const insertItems = async (
  ctx: Ctx,
  trx: Trx,
  {
    request,
    selection,
    connection,
    commandId,
  }: {
    readonly request: CommandRequest
    readonly selection: ResolvedSelection
    readonly connection: Connection
    readonly commandId: string
  },
): Promise<number> => {
  const owner = {
    commandId,
    clientId: request.clientId,
    organizationId: connection.zoho_organization_id,
  }
  const accepted = request.acceptPaymentInProgress ?? []
  if ('zohoInvoiceIds' in selection) return insertItemsByIds(trx, owner, selection.zohoInvoiceIds, accepted)
  await limitToClient(trx, request.clientId)
  const today = todayIn(connection.organization_time_zone, ctx.clock.now())
  const scope = {
    connectionId: connection.id,
    today,
    filter: filterOn(selection.filter, today, ctx.policy),
  }
  const total = await insertItemsByFilter(trx, owner, scope, {
    limit: maxMatches + 1,
    acceptPaymentInProgress: accepted,
  })
  if (total === 0) throw new AppError('selection_empty', { message: 'No invoice matches any more.' })
  if (total > maxMatches)
    throw new AppError('selection_too_large', {
      message: `At most ${maxMatches.toLocaleString('en')} invoices fit into one command. Narrow the filter.`,
      details: { limit: maxMatches },
    })
  return total
}
