/** Open invoices that a full run did not see: each is re-read by id, and only its own answer closes it. */
import { findMissing } from '../../db/sync/staged-invoices.repo.ts'
import { noteChecked } from '../../db/sync/sync-runs.repo.ts'
import { AppError, isAppError } from '../errors.ts'
import { type Reread, rereadInvoice } from './restage-invoice.ts'
import type { Slice } from './slice.ts'

/** How many ids are read from the table at a time. */
const batch = 200

interface Verdict {
  readonly closed: boolean
  readonly setAside: boolean
  readonly disturbed: boolean
}

/**
 * Still unpaid, yet not in the list: it slid over a page boundary. Closed since the run began: others slid. A list
 * of one page has no boundary.
 */
const disturbs = (slice: Slice, { state, modifiedAt }: Reread): boolean => {
  const { listed_pages: pages, zoho_started_at: startedAt } = slice.run
  if (pages < 2 || startedAt === null) return false
  return state === 'open' || (modifiedAt !== null && modifiedAt >= startedAt)
}

const checkOne = async (slice: Slice, id: string): Promise<Verdict> => {
  const { ctx, connection, signal } = slice
  try {
    slice.started()
    const reread = await rereadInvoice(ctx, connection, id, { priority: 'background', signal })
    return { closed: reread.state !== 'open', setAside: false, disturbed: disturbs(slice, reread) }
  } catch (error) {
    // Its row cannot be read; it is set aside and held, and the run goes on.
    if (isAppError(error, 'zoho_answer_invalid') && error.facts.rowProblems !== undefined)
      return { closed: false, setAside: true, disturbed: false }
    throw error
  }
}

/** Re-reads what a few calls in flight can, and notes it under the lease. */
const checkSome = async (slice: Slice, ids: readonly string[], page: number): Promise<void> => {
  const { ctx, run } = slice
  const settled = await Promise.allSettled(ids.map((id) => checkOne(slice, id)))
  const checked = settled.flatMap((result, at) => {
    const id = ids[at]
    return result.status === 'fulfilled' && id !== undefined ? [{ id, ...result.value }] : []
  })
  const kept = await noteChecked(ctx.db, run, {
    page,
    ids: checked.map(({ id }) => id),
    closed: checked.filter(({ closed }) => closed).length,
    setAside: checked.filter(({ setAside }) => setAside).length,
    disturbed: checked.some(({ disturbed }) => disturbed),
    lockSeconds: ctx.config.jobLockSeconds,
    notify: slice.notifyNow(),
  })
  if (!kept) throw new AppError('lease_lost')
  slice.done.pages += checked.length > 0 ? 1 : 0
  const failed = settled.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

/** How many open invoices the run has not seen, counted up to `limit`. */
export const countMissing = async (slice: Slice, limit: number): Promise<number> =>
  (await missing(slice, limit)).length

const missing = async ({ ctx, run }: Slice, limit: number): Promise<readonly string[]> =>
  run.first_request_at === null
    ? []
    : findMissing(ctx.db, {
        connectionId: run.connection_id,
        runId: run.id,
        since: run.first_request_at,
        limit,
      })

/** @returns true when nothing is missing any more, false when the slice came to its end first. */
export const checkMissing = async (slice: Slice, nextPage: number): Promise<boolean> => {
  const atOnce = Math.max(1, slice.ctx.config.zoho.maxInFlight - 1)
  let page = nextPage
  for (;;) {
    const ids = await missing(slice, batch)
    if (ids.length === 0) return true
    for (let at = 0; at < ids.length; at += atOnce) {
      if (!slice.mayGoOn()) return false
      await checkSome(slice, ids.slice(at, at + atOnce), page)
      page += 1
    }
  }
}
