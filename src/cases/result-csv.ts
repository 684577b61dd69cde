/** The result of a command as CSV. */
import type { Readable } from 'node:stream'
import { findPortalCommand } from '../../db/cases/case-commands.repo.ts'
import { type CommandResultRow, listCommandResults } from '../../db/cases/portal-command-results.repo.ts'
import { asPortalReader } from '../../db/core/database.ts'
import type { Ctx } from '../context.ts'
import { inSentences, showFinding } from '../eligibility/finding-texts.ts'
import { AppError } from '../errors.ts'
import { csvOfPages, formulaSafe } from '../values/csv.ts'
import { presentAmount } from '../values/money.ts'

const columns = [
  'zohoInvoiceId',
  'creditorReference',
  'debtorName',
  'amountToRecover',
  'currencyCode',
  'outcome',
  'caseReference',
  'reasons',
] as const

const pageSize = 1_000

/** One line of the file. */
export const csvRecord = (row: CommandResultRow): Record<(typeof columns)[number], string> => ({
  zohoInvoiceId: formulaSafe(row.zoho_invoice_id),
  creditorReference: formulaSafe(row.creditor_reference ?? ''),
  debtorName: formulaSafe(row.debtor_name ?? ''),
  // written by us from a number, so a minus is a minus
  amountToRecover:
    row.amount_to_recover === null ? '' : presentAmount(row.amount_to_recover, row.currency_code),
  currencyCode: formulaSafe(row.currency_code ?? ''),
  outcome: row.outcome ?? '',
  caseReference: row.case_reference ?? '',
  reasons: formulaSafe(inSentences(row.reasons.map(showFinding))),
})

/**
 * Streams the items of a command as CSV with a header line; page by page, so that a large one needs no memory.
 *
 * @throws AppError not_found
 */
export const commandResultCsv = async (
  ctx: Ctx,
  { clientId, commandId }: { readonly clientId: string; readonly commandId: string },
): Promise<Readable> => {
  const known = /^[0-9a-f-]{36}$/i.test(commandId)
  const command = known
    ? await asPortalReader(ctx.db, clientId, (trx) => findPortalCommand(trx, commandId))
    : undefined
  if (command === undefined) throw new AppError('not_found')
  return csvOfPages(
    columns,
    async (after: number | undefined) => {
      const { rows, next } = await asPortalReader(ctx.db, clientId, (trx) =>
        listCommandResults(trx, commandId, { after: after ?? 0, limit: pageSize }),
      )
      return { items: rows, next }
    },
    csvRecord,
  )
}
