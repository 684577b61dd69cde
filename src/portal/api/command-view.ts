/** A case command and its results as the API, the live events, the CSV and the pages give them. */
import { z } from 'zod'
import { findPortalCommand } from '../../../db/cases/case-commands.repo.ts'
import {
  type CommandResultRow,
  listCommandResults,
  type ResultPage,
} from '../../../db/cases/portal-command-results.repo.ts'
import { asPortalReader } from '../../../db/core/database.ts'
import type { PortalCaseCommand } from '../../../db/core/schema.ts'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { presentAmount } from '../../values/money.ts'
import { problemOf } from './connection-problem.ts'
import { money } from './debtor-view.ts'
import { findingView } from './finding-view.ts'
import { isoTime, optionalTime, time } from './values.ts'

export const outcomeName = z.enum(['created', 'duplicate', 'ineligible', 'failed'])

export const commandView = z
  .object({
    id: z.uuid(),
    state: z.enum(['pending', 'running', 'completed']),
    counts: z.object({
      total: z.number().int(),
      created: z.number().int(),
      duplicate: z.number().int(),
      ineligible: z.number().int(),
      failed: z.number().int(),
    }),
    requestedBy: z.string(),
    createdAt: isoTime,
    completedAt: isoTime.nullable(),
    waiting: z
      .object({ code: z.string(), message: z.string(), until: isoTime.nullable() })
      .nullable()
      .describe('Why it is not going on right now'),
  })
  .meta({
    id: 'CaseCommand',
    example: {
      id: '0f8fad5b-d9cb-469f-a165-70867728950e',
      state: 'completed',
      counts: { total: 12, created: 9, duplicate: 1, ineligible: 2, failed: 0 },
      requestedBy: 'user-1',
      createdAt: '2026-06-10T12:00:00.000Z',
      completedAt: '2026-06-10T12:00:02.000Z',
      waiting: null,
    },
  })

export const commandItemView = z
  .object({
    zohoInvoiceId: z.string(),
    outcome: outcomeName.nullable().describe('null: not decided yet'),
    caseId: z.string().optional(),
    caseReference: z.string().optional().describe('Also of a case that is another client’s'),
    reasons: z.array(findingView).optional(),
    creditorReference: z.string().nullable(),
    debtorName: z.string().nullable(),
    amountToRecover: money.nullable(),
    currencyCode: z.string().nullable(),
  })
  .meta({ id: 'CaseCommandItem' })

export type CommandView = z.infer<typeof commandView>
export type CommandItemView = z.infer<typeof commandItemView>

const sentenceOf = (stored: string) => {
  const { code, message } = problemOf(stored)
  return { code, message }
}

const presentCommand = (row: PortalCaseCommand): CommandView => ({
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
  createdAt: time(row.created_at),
  completedAt: optionalTime(row.completed_at),
  waiting:
    row.error_code === null || row.state === 'completed'
      ? null
      : { ...sentenceOf(row.error_code), until: optionalTime(row.next_attempt_at) },
})

export const presentCommandItem = (row: CommandResultRow): CommandItemView => ({
  zohoInvoiceId: row.zoho_invoice_id,
  outcome: row.outcome,
  ...(row.case_id === null ? {} : { caseId: row.case_id }),
  ...(row.case_reference === null ? {} : { caseReference: row.case_reference }),
  ...(row.reasons.length === 0 ? {} : { reasons: row.reasons }),
  creditorReference: row.creditor_reference,
  debtorName: row.debtor_name,
  amountToRecover:
    row.amount_to_recover === null ? null : presentAmount(row.amount_to_recover, row.currency_code),
  currencyCode: row.currency_code,
})

/** How far a command is; undefined when it is not this client's. */
export const commandProgress = async (
  ctx: Ctx,
  clientId: string,
  id: string,
): Promise<CommandView | undefined> => {
  const row = await asPortalReader(ctx.db, clientId, (trx) => findPortalCommand(trx, id))
  return row && presentCommand(row)
}

export interface CommandResult extends CommandView {
  readonly items: CommandItemView[]
  /** Cursor of the next items. */
  readonly next: string | null
}

/** A command with a page of its items. @throws AppError not_found */
export const commandResult = (
  ctx: Ctx,
  clientId: string,
  id: string,
  page: ResultPage,
): Promise<CommandResult> =>
  asPortalReader(ctx.db, clientId, async (trx) => {
    const command = await findPortalCommand(trx, id)
    if (!command) throw new AppError('not_found')
    const { rows, next } = await listCommandResults(trx, id, page)
    return {
      ...presentCommand(command),
      items: rows.map(presentCommandItem),
      next: next === null ? null : String(next),
    }
  })
