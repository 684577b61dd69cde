import { listPortalCommands } from '../../db/cases/case-commands.repo.ts'
import { asPortalReader } from '../../db/core/database.ts'
import type { Cursor } from '../../db/core/keyset-page.ts'
import type { CommandState, PortalCaseCommand } from '../../db/core/schema.ts'
import type { Ctx } from '../context.ts'
import { type ErrorCode, errorCatalogue } from '../errors.ts'

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

/** The client's commands, newest first. */
export const listCommands = async (
  ctx: Ctx,
  { clientId, limit, cursor }: { clientId: string; limit: number; cursor?: Cursor | undefined },
): Promise<{ items: readonly CommandSummary[]; next: Cursor | null; previous: Cursor | null }> => {
  const page = await asPortalReader(ctx.db, clientId, (trx) => listPortalCommands(trx, { limit, cursor }))
  return { items: page.rows.map(presentCommand), next: page.next, previous: page.previous }
}
