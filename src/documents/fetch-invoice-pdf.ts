/** The job that fetches the copy of an invoice for its case: once, in what the invoices leave of the request budget. */
import { createHash, randomUUID } from 'node:crypto'
import { lockClient } from '../../db/clients/clients.repo.ts'
import { noteOutageOf } from '../../db/connections/outages.repo.ts'
import {
  deferCopy,
  findPendingCopy,
  giveUpCopy,
  leaveCopyToQueue,
  type PendingCopy,
  postponeCopies,
  storeCopy,
} from '../../db/documents/case-documents.repo.ts'
import { beginFile, deleteUnusedFile } from '../../db/documents/files.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import { callBooks, isLimit } from '../sync/call-books.ts'
import {
  discardContent,
  keepContent,
  type NewContent,
  tryToDeleteLooseObjects,
  writeObject,
} from './keep-content.ts'
import { inPieces, writeContent } from './write-content.ts'

/**
 * Fetches and stores the PDF of a case's invoice, as it is at this moment. A copy that is stored stays, whatever becomes of the
 * invoice.
 *
 * @throws connection_gone when no connection of the client reaches the organization of the case; what `callBooks` and
 * `getInvoicePdf` throw. `invoicePdfFailed` decides what follows.
 */
export const fetchInvoicePdf = async (
  ctx: Ctx,
  documentId: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> => {
  const copy = await findPendingCopy(ctx.db, documentId)
  if (copy === undefined) return
  if (copy.connectionId === null) throw new AppError('connection_gone')
  // A copy that cannot be kept would cost a request of the budget each time.
  await ctx.documentStore?.check()
  const { pdf } = await callBooks(
    ctx,
    copy.connectionId,
    { priority: 'spare', endpoint: 'invoice_pdf', signal },
    (access) => ctx.zoho.getInvoicePdf({ ...access, invoiceId: copy.zohoInvoiceId }),
  )
  await store(ctx, copy, pdf)
  ctx.log.info({ event: 'documents.copy_stored', documentId, bytes: pdf.length })
  nudgeNext(ctx, documentId)
}

const store = async (ctx: Ctx, copy: PendingCopy, pdf: Buffer): Promise<void> => {
  const { clientId } = copy
  const fileId = randomUUID()
  try {
    const sha256 = createHash('sha256').update(pdf).digest('hex')
    const file = { fileId, clientId, sha256, sizeBytes: pdf.length }
    const content = await writeObject(ctx, file, () => inPieces([pdf]))
    if (!(await keep(ctx, copy, { pdf, content }))) await tryToDeleteLooseObjects(ctx)
  } catch (error) {
    await discardContent(ctx, fileId)
    throw error
  }
}

/** @returns false when another worker was faster. */
const keep = (
  ctx: Ctx,
  { id, clientId }: PendingCopy,
  { pdf, content }: { readonly pdf: Buffer; readonly content: NewContent },
): Promise<boolean> =>
  ctx.db.transaction().execute(async (trx) => {
    await lockClient(trx, clientId)
    // In this transaction: a worker that is killed leaves nothing behind.
    await beginFile(trx, content)
    if (!content.inStore) await writeContent(trx, content, [pdf])
    const kept = await keepContent(trx, content)
    const stored = await storeCopy(trx, id, kept)
    if (!stored) await deleteUnusedFile(trx, kept)
    return stored
  })

/** The client's next copy: at most two are in the queue at once. */
const nudgeNext = (ctx: Ctx, documentId: string): void =>
  ctx.nudge({ job: 'fetch-invoice-pdf', id: documentId })

/** After these there is no copy, until a person or a new grant asks again. */
const final = new Set<ErrorCode>([
  'connection_gone',
  'document_too_large',
  'zoho_invoice_gone',
  'zoho_organization_gone',
  'zoho_permission_missing',
])
/** Waits for somebody else, for as long as it takes. */
const waiting = new Set<ErrorCode>([
  'connection_paused',
  'database_full',
  'database_unavailable',
  'document_store_misconfigured',
  'document_store_unavailable',
  'reconnect_required',
  'token_key_missing',
  'zoho_client_misconfigured',
  'zoho_token_throttled',
])
/** Over some 32 hours. */
const mostAttempts = 12
const minute = 60
const longestPause = 6 * 3_600
/** A refusal holds up all copies of the organization; sooner would be a write to each of them for every free slot. */
const shortestWait = 15

/** Arms the row for when it may be asked for again, or gives the copy up; the case says why. */
export const invoicePdfFailed = async (
  ctx: Ctx,
  documentId: string,
  error: AppError,
  { last }: { readonly last: boolean },
): Promise<void> => {
  const copy = await findPendingCopy(ctx.db, documentId)
  if (copy === undefined) return
  const { code } = error
  if (final.has(code)) await giveUp(ctx, copy, code)
  else if (isLimit(error) || waiting.has(code)) {
    const until = error.retryAt ? (error.retryAt.getTime() - ctx.clock.now().getTime()) / 1000 : minute
    await postponeCopies(ctx.db, copy, { code, seconds: Math.max(shortestWait, until) })
  } else if (!last) return leaveCopyToQueue(ctx.db, documentId)
  else await tryLater(ctx, copy, code)
  nudgeNext(ctx, documentId)
}

const giveUp = async (ctx: Ctx, { id }: PendingCopy, code: ErrorCode): Promise<void> => {
  await giveUpCopy(ctx.db, id, code)
  ctx.log.warn({ event: 'documents.copy_given_up', documentId: id, code })
}

const tryLater = async (ctx: Ctx, copy: PendingCopy, code: ErrorCode): Promise<void> => {
  if (copy.attempts + 1 >= mostAttempts) return giveUp(ctx, copy, code)
  const seconds = Math.min(longestPause, minute * 2 ** copy.attempts)
  await deferCopy(ctx.db, copy.id, { code, seconds })
  if (code !== 'zoho_unavailable') return
  if (copy.connectionId !== null) await noteOutageOf(ctx.db, copy.connectionId, 'books')
  // One of them looks every minute.
  await postponeCopies(ctx.db, copy, { code, seconds: minute })
}
