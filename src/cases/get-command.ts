/** Commands and their results as a client is shown them. */
import { findPortalCommand, listPortalCommands } from '../../db/cases/case-commands.repo.ts'
import {
  type CommandResultRow,
  listCommandResults,
  type ResultPage,
} from '../../db/cases/portal-command-results.repo.ts'
import { asPortalReader } from '../../db/core/database.ts'
import type { Cursor } from '../../db/core/keyset-page.ts'
import type { CommandState, Outcome, PortalCaseCommand } from '../../db/core/schema.ts'
import type { Ctx } from '../context.ts'
import { type ShownFinding, showFinding } from '../eligibility/finding-texts.ts'
import { AppError, isErrorCode, messageOf } from '../errors.ts'
import { presentAmount } from '../values/money.ts'

export interface Command {
  readonly id: string
  readonly state: CommandState
  readonly counts: {
    readonly total: number
    readonly created: number
    readonly duplicate: number
    readonly ineligible: number
    readonly failed: number
  }
  readonly requestedBy: string
  readonly requestedByName: string | null
  readonly createdAt: Date
  readonly completedAt: Date | null
  /** Why it waits at this moment, e.g. Zoho's limit; null while it works. */
  readonly waiting: { readonly code: string; readonly message: string; readonly until: Date | null } | null
}

export interface CommandItem {
  readonly zohoInvoiceId: string
  /** Null: not decided yet. */
  readonly outcome: Outcome | null
  readonly caseId: string | null
  /** Also of a case that is another client's. */
  readonly caseReference: string | null
  readonly reasons: readonly ShownFinding[]
  readonly creditorReference: string | null
  readonly debtorName: string | null
  readonly amountToRecover: string | null
  readonly currencyCode: string | null
}

const waitingOf = ({ state, error_code, next_attempt_at }: PortalCaseCommand): Command['waiting'] => {
  if (error_code === null || state === 'completed') return null
  const code = isErrorCode(error_code) ? error_code : 'internal_error'
  return { code, message: messageOf(code), until: next_attempt_at }
}

const presentCommand = (row: PortalCaseCommand): Command => ({
  id: row.id,
  state: row.state,
  counts: {
    total: row.total,
    created: row.created,
    duplicate: row.duplicate,
    ineligible: row.ineligible,
    failed: row.failed,
  },
  requestedBy: row.requested_by,
  requestedByName: row.requested_by_name,
  createdAt: row.created_at,
  completedAt: row.completed_at,
  waiting: waitingOf(row),
})

const presentItem = (row: CommandResultRow): CommandItem => ({
  zohoInvoiceId: row.zoho_invoice_id,
  outcome: row.outcome,
  caseId: row.case_id,
  caseReference: row.case_reference,
  reasons: row.reasons.map(showFinding),
  creditorReference: row.creditor_reference,
  debtorName: row.debtor_name,
  amountToRecover:
    row.amount_to_recover === null ? null : presentAmount(row.amount_to_recover, row.currency_code),
  currencyCode: row.currency_code,
})

/** The client's commands, newest first. */
export const listCommands = async (
  ctx: Ctx,
  { clientId, limit, cursor }: { clientId: string; limit: number; cursor?: Cursor | undefined },
): Promise<{ items: readonly Command[]; next: Cursor | null; previous: Cursor | null }> => {
  const page = await asPortalReader(ctx.db, clientId, (trx) => listPortalCommands(trx, { limit, cursor }))
  return { items: page.rows.map(presentCommand), next: page.next, previous: page.previous }
}

/** How far a command is; undefined when it is not this client's. */
export const findCommandProgress = async (
  ctx: Ctx,
  clientId: string,
  id: string,
): Promise<Command | undefined> => {
  const row = await asPortalReader(ctx.db, clientId, (trx) => findPortalCommand(trx, id))
  return row && presentCommand(row)
}

export interface CommandResult extends Command {
  readonly items: readonly CommandItem[]
  /** Ordinal after which the next items come. */
  readonly next: number | null
}

/** A command with a page of its items. @throws AppError not_found */
export const getCommandResult = (
  ctx: Ctx,
  clientId: string,
  id: string,
  page: ResultPage,
): Promise<CommandResult> =>
  asPortalReader(ctx.db, clientId, async (trx) => {
    const command = await findPortalCommand(trx, id)
    if (!command) throw new AppError('not_found')
    const { rows, next } = await listCommandResults(trx, id, page)
    return { ...presentCommand(command), items: rows.map(presentItem), next }
  })
