import { clientDataParts, type ExportedRow, readClientData } from '../../db/clients/client-data.repo.ts'
import { filesInStore } from '../../db/documents/files.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { openObject } from '../documents/keep-content.ts'
import { inPieces } from '../documents/write-content.ts'
import { showFinding } from '../eligibility/finding-texts.ts'
import { AppError } from '../errors.ts'

/** More than any client may have: 100 a case. */
const mostFiles = 10_000_000

/** Takes the next piece of text; resolves when there is room for more. */
export type Write = (text: string) => Promise<void>

/** The row as one JSON object, its findings with their sentences. */
const withSentences = ({ row, findings }: ExportedRow): string => {
  const shown = Object.entries(findings).map(
    ([column, list]) => `, ${JSON.stringify(column)}: ${JSON.stringify(list.map(showFinding))}`,
  )
  return `${row.slice(0, -1)}${shown.join('')}}`
}

/**
 * Writes one JSON document with everything that is held about a client, as of one moment, piece by piece. Secrets
 * (tokens, session ids, the webhook's address) are left out; money is a string. Bytes that are in the document store are read after
 * that moment; what was deleted by then ends the export with an error.
 *
 * @throws AppError not_found when there is no such client; then nothing was written.
 */
export const exportClient = async (
  ctx: Pick<Ctx, 'db' | 'clock' | 'documentStore' | 'log'>,
  { clientId, operator }: { readonly clientId: string; readonly operator: string },
  write: Write,
): Promise<void> => {
  let open: string | undefined
  let rowsInPart = 0
  const begin = async (part: string) => {
    await write(
      open === undefined
        ? `{\n"exportedAt": ${JSON.stringify(ctx.clock.now().toISOString())},\n${JSON.stringify(part)}: [`
        : `\n],\n${JSON.stringify(part)}: [`,
    )
    open = part
    rowsInPart = 0
  }
  const found = await readClientData(ctx.db, clientId, async (part, rows) => {
    if (part !== open) await begin(part)
    for (const row of rows) await write(`${rowsInPart++ === 0 ? '\n' : ',\n'}${withSentences(row)}`)
  })
  if (!found) throw new AppError('not_found', { message: 'There is no such client.' })
  await begin('documentObjects')
  for (const file of await filesInStore(ctx.db, { clientId, limit: mostFiles })) {
    let ordinal = 0
    for await (const bytes of inPieces(await openObject(ctx, file))) {
      const row = { file_id: file.id, ordinal, client_id: clientId, bytes: bytes.toString('base64') }
      await write(`${rowsInPart++ === 0 ? '\n' : ',\n'}${JSON.stringify(row)}`)
      ordinal += 1
    }
  }
  await write('\n]\n}\n')
  await audit(ctx.db, {
    clientId,
    actor: operator,
    actorRole: 'operator',
    action: 'client.exported',
    subjectType: 'client',
    subjectId: clientId,
    details: { parts: clientDataParts.length },
  })
}
