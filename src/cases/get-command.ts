import { listPortalItems } from '../../db/case-command-items.repo.ts'
import { findPortalCommand, listPortalCommands } from '../../db/case-commands.repo.ts'
import { asPortalReader, type Trx } from '../../db/database.ts'
import type { Cursor } from '../../db/keyset-page.ts'
import type {
  CommandState,
  Finding,
  Outcome,
  PortalCaseCommand,
  PortalCaseCommandItem,
} from '../../db/schema.ts'
import type { Ctx } from '../context.ts'
import { AppError, type ErrorCode, errorCatalogue } from '../errors.ts'

export interface CommandItem {
  readonly zohoInvoiceId: string
  /** Null while it is undecided. */
  readonly outcome: Outcome | null
  /** The client's own case, new or existing. */
  readonly caseId?: string
  readonly caseReference?: string
  readonly reasons?: readonly Finding[]
}

export interface CommandSummary {
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
  readonly createdAt: string
  readonly completedAt: string | null
  /** Why it waits at this moment, e.g. Zoho's limit; null while it works. */
  readonly waiting: { readonly code: string; readonly message: string; readonly until: string | null } | null
}

export interface Command extends CommandSummary {
  readonly items: readonly CommandItem[]
  /** Opaque; null on the last page. */
  readonly next: string | null
}

const presentItem = (row: PortalCaseCommandItem): CommandItem => ({
  zohoInvoiceId: row.zoho_invoice_id,
  outcome: row.outcome,
  ...(row.case_id === null ? {} : { caseId: row.case_id }),
  ...(row.existing_case_reference === null ? {} : { caseReference: row.existing_case_reference }),
  ...(row.reasons.length === 0 ? {} : { reasons: row.reasons }),
})

const presentCommand = (row: PortalCaseCommand): CommandSummary => ({
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
  createdAt: row.created_at.toISOString(),
  completedAt: row.completed_at?.toISOString() ?? null,
  waiting:
    row.error_code === null || row.state === 'completed'
      ? null
      : {
          code: row.error_code,
          message: errorCatalogue[row.error_code as ErrorCode]?.message ?? '',
          until: row.next_attempt_at?.toISOString() ?? null,
        },
})

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const load = async (trx: Trx, commandId: string): Promise<PortalCaseCommand> => {
  const row = uuid.test(commandId) ? await findPortalCommand(trx, commandId) : undefined
  if (row === undefined) throw new AppError('not_found')
  return row
}

export interface CommandQuery {
  readonly clientId: string
  readonly commandId: string
  readonly outcome?: Outcome | undefined
  readonly cursor?: string | undefined
  /** Default 100, at most 1,000. */
  readonly limit?: number | undefined
}

const decode = (cursor: string | undefined): number => {
  if (cursor === undefined || cursor === '') return 0
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!/^\d{1,9}$/.test(text))
    throw new AppError('invalid_request', {
      message: 'The cursor does not belong to this list.',
      details: { field: 'cursor' },
    })
  return Number(text)
}

/** A command with one page of its items, in the order of the selection. @throws AppError not_found, invalid_request */
export const getCommand = (
  ctx: Ctx,
  { clientId, commandId, outcome, cursor, limit = 100 }: CommandQuery,
): Promise<Command> => {
  const after = decode(cursor)
  return asPortalReader(ctx.db, clientId, async (trx) => {
    const row = await load(trx, commandId)
    const { items, next } = await listPortalItems(trx, commandId, { outcome, after, limit })
    return {
      ...presentCommand(row),
      items: items.map(presentItem),
      next: next === null ? null : Buffer.from(String(next)).toString('base64url'),
    }
  })
}

/** The client's commands, newest first. */
export const listCommands = async (
  ctx: Ctx,
  { clientId, limit, cursor }: { clientId: string; limit: number; cursor?: Cursor | undefined },
): Promise<{ items: readonly CommandSummary[]; next: Cursor | null; previous: Cursor | null }> => {
  const page = await asPortalReader(ctx.db, clientId, (trx) => listPortalCommands(trx, { limit, cursor }))
  return { items: page.rows.map(presentCommand), next: page.next, previous: page.previous }
}
