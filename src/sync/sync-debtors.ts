/** The job that stages the customers of a connection, one slice at a time, when the invoices leave room for it. */
import { findConnection } from '../../db/connections/connections.repo.ts'
import type { Connection } from '../../db/core/schema.ts'
import {
  type ClaimedDebtorSync,
  claimDebtorSync,
  debtorFailures,
  finishDebtorSync,
  invoicesWait,
  leaveDebtorsToQueue,
  pauseDebtorSync,
  recordDebtorFailure,
} from '../../db/sync/debtor-syncs.repo.ts'
import { stageDebtorPage } from '../../db/sync/staged-debtors.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import { allowsContacts } from '../zoho/scopes.ts'
import { callBooks, isLimit, type TokenHolder } from './call-books.ts'
import { fillInDebtors } from './fill-in-debtors.ts'
import { mapContact } from './map-contact.ts'
import { observedAt, withOverlap } from './zoho-time.ts'

const sliceMs = 10_000
/** While a run or a command is under way; the end of a run makes the row due at once. */
const afterInvoicesSeconds = 30
/** A million customers; a longer list has no end. */
const maxPages = 5_000

interface DebtorSlice {
  readonly ctx: Ctx
  readonly connection: Connection
  readonly claimed: ClaimedDebtorSync
  readonly tokenHolder: TokenHolder
  readonly signal: AbortSignal | undefined
  /** Whether there is still time in this slice. */
  readonly mayGoOn: () => boolean
}

/** Where a slice ended: at the end of its work, at its time limit, before invoices, or in the hands of another worker. */
type End = 'done' | 'time' | 'invoices' | 'lost'

/**
 * Reads customers page by page (contract 8, 17.2): all of them once a day, else what changed, newest first. Before each page
 * invoices have the precedence; a page is one transaction with the walk's checkpoint. Then fills in what they say.
 *
 * @throws what `callBooks` throws; `debtorSyncFailed` decides what follows.
 */
export const syncDebtors = async (
  ctx: Ctx,
  connectionId: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> => {
  const connection = await findConnection(ctx.db, connectionId)
  if (!connection || (connection.state !== 'active' && connection.state !== 'error')) return
  if (!allowsContacts(connection.granted_scopes)) {
    await recordDebtorFailure(ctx.db, connectionId, { code: null, seconds: null })
    return
  }
  const claimed = await claimDebtorSync(ctx.db, connectionId, { lockSeconds: ctx.config.jobLockSeconds })
  if (!claimed) return
  const started = performance.now()
  const mayGoOn = () => !signal?.aborted && performance.now() - started < sliceMs
  const slice = { ctx, connection, claimed, tokenHolder: {}, signal, mayGoOn }
  const walked = claimed.listed ? 'done' : await walk(slice)
  await end(slice, walked === 'done' ? await fillInDebtors(ctx, connectionId, mayGoOn) : walked)
}

const end = async ({ ctx, claimed }: DebtorSlice, reached: End): Promise<void> => {
  const { connection_id: id } = claimed
  if (reached === 'lost') return
  if (reached === 'invoices') return pauseDebtorSync(ctx.db, claimed, afterInvoicesSeconds)
  if (reached === 'time') {
    await pauseDebtorSync(ctx.db, claimed, 0)
    ctx.nudge({ job: 'sync-debtors', id })
    return
  }
  await finishDebtorSync(ctx.db, claimed, { fullIntervalSeconds: ctx.config.fullSyncIntervalSeconds })
  ctx.log.info({ event: 'debtors.synced', connectionId: id, all: claimed.modified_since === null })
}

const walk = async (slice: DebtorSlice): Promise<End> => {
  for (let page = slice.claimed.next_page; page <= maxPages; page += 1) {
    if (await invoicesWait(slice.ctx.db, slice.connection)) return 'invoices'
    if (!slice.mayGoOn()) return 'time'
    const staged = await stagePage(slice, page)
    if (staged !== 'more') return staged
  }
  throw new AppError('zoho_answer_invalid', { details: { reason: 'the list of customers has no end' } })
}

const fetchPage = async (
  { ctx, connection, tokenHolder, signal }: DebtorSlice,
  { page, since }: { readonly page: number; readonly since: Date | undefined },
) => {
  const { perPage } = ctx.config.zoho
  let requestedAt = new Date(0)
  let started = 0
  const answer = await callBooks(
    ctx,
    connection,
    { priority: 'spare', endpoint: 'contacts', signal, tokenHolder },
    (access, sentAt) => {
      requestedAt = sentAt
      started = performance.now()
      return ctx.zoho.listContacts({
        ...access,
        page,
        ...(perPage === undefined ? {} : { perPage }),
        ...(since ? { modifiedSince: since } : {}),
      })
    },
  )
  const zohoTime = observedAt(answer.facts, { requestedAt, tookMs: performance.now() - started })
  return { ...answer, requestedAt, zohoTime }
}

const stagePage = async (slice: DebtorSlice, page: number): Promise<'more' | 'done' | 'lost'> => {
  const { ctx, connection, claimed } = slice
  const since = claimed.modified_since === null ? undefined : withOverlap(claimed.modified_since)
  const { contacts, unreadable, hasMore, requestedAt, zohoTime } = await fetchPage(slice, { page, since })
  if (unreadable > 0) ctx.log.warn({ event: 'debtors.unreadable', page, count: unreadable })
  if (hasMore && contacts.length === 0 && unreadable === 0)
    throw new AppError('zoho_answer_invalid', {
      details: { reason: 'more pages are announced after an empty one', page },
    })
  // The filter by modified time is not documented; where it is ignored, the order of the list tells the end (contract 8).
  const passed =
    since !== undefined && contacts.some(({ modifiedAt }) => modifiedAt !== null && modifiedAt < since)
  const last = !hasMore || passed
  const written = await stageDebtorPage(ctx.db, {
    connectionId: connection.id,
    leaseToken: claimed.lease_token,
    lockSeconds: ctx.config.jobLockSeconds,
    page,
    last,
    rows: contacts.map(mapContact),
    requestedAt,
    zohoTime,
  })
  if (!written) return 'lost'
  return last ? 'done' : 'more'
}

const minute = 60
const day = 24 * 3_600

/**
 * Arms the row for when it may go on. The invoices do without: that customers cannot be read is said on the connection
 * and troubles it no further.
 */
export const debtorSyncFailed = async (
  ctx: Ctx,
  connectionId: string,
  error: AppError,
  { last }: { readonly last: boolean },
): Promise<void> => {
  const seconds = (at: Date) => Math.max(1, (at.getTime() - ctx.clock.now().getTime()) / 1000)
  if (error.code === 'connection_gone' || error.code === 'reconnect_required')
    return recordDebtorFailure(ctx.db, connectionId, { code: null, seconds: null })
  if (error.retry === 'later' || isLimit(error))
    return recordDebtorFailure(ctx.db, connectionId, {
      code: null,
      seconds: error.retryAt ? seconds(error.retryAt) : minute,
    })
  if (!last) return leaveDebtorsToQueue(ctx.db, connectionId)
  const failures = await debtorFailures(ctx.db, connectionId)
  const pause = error.retry === 'never' ? day : Math.min(3_600, minute * 2 ** Math.min(failures, 10))
  await recordDebtorFailure(ctx.db, connectionId, { code: error.code, seconds: pause })
}
