/** The job that keeps a connection's staging table true, one slice at a time. */

import { delaySync } from '../../db/connections/sync-schedule.repo.ts'
import { hasUnresolvedRows } from '../../db/sync/set-aside-rows.repo.ts'
import { hasDebtors } from '../../db/sync/staged-debtors.repo.ts'
import { forgetEarlierPages } from '../../db/sync/sync-pages.repo.ts'
import {
  type ClaimedSlice,
  claimSlice,
  finishRun,
  noteRunError,
  recordSyncFailure,
  releaseLease,
  renewLease,
  yieldSlice,
} from '../../db/sync/sync-runs.repo.ts'
import type { Ctx } from '../context.ts'
import { type AppError, toAppError } from '../errors.ts'
import { allowsContacts } from '../zoho/scopes.ts'
import { isLimit, type LimitError } from './call-books.ts'
import { keepingLease } from './keep-lease.ts'
import { runSlice } from './run-slice.ts'
import { createSlice, type Slice } from './slice.ts'

export interface SyncOptions {
  /** Aborted when the worker shuts down: the slice stops after the page in hand. */
  readonly signal?: AbortSignal | undefined
}

/** First full runs have no watermark to fall back on, so they may be repeated more often. */
const rearms = { first: 3, later: 1 }
/** Zoho asks to wait this long before the client is told that things are delayed. */
const worthTellingMs = 5_000

/**
 * Does one slice of the connection's run, starting a run when one is due. It ends by arming the row: for the next
 * slice, for the time a limit allows, or for the next run.
 *
 * @throws AppError what stopped the slice; the lease is given back, `syncFailed` decides what follows.
 */
export const syncConnection = async (
  ctx: Ctx,
  connectionId: string,
  { signal }: SyncOptions = {},
): Promise<void> => {
  const claimed = await claimSlice(ctx.db, connectionId, { lockSeconds: ctx.config.jobLockSeconds })
  if (!claimed) return
  const log = ctx.log.child({ runId: claimed.run.id, kind: claimed.run.kind })
  const slice = createSlice({ ...ctx, log }, claimed, {
    setAsideOpen: await hasUnresolvedRows(ctx.db, connectionId),
    customersKnown: await hasDebtors(ctx.db, connectionId),
    signal,
  })
  try {
    const { jobLockSeconds: lockSeconds } = ctx.config
    const renew = () => renewLease(ctx.db, claimed.run, { lockSeconds })
    if (await keepingLease(ctx, renew, () => runSlice(slice))) await finish(slice)
    else await goOn(slice)
  } catch (error) {
    await stopped(slice, claimed, toAppError(error))
  }
}

const goOn = async ({ ctx, run, done }: Slice): Promise<void> => {
  await yieldSlice(ctx.db, run, { at: null, delayedCode: null, progressed: done.pages > 0 })
  ctx.nudge({ job: 'sync-connection', id: run.connection_id })
}

const finish = async ({ ctx, run, connection }: Slice): Promise<void> => {
  const finished = await finishRun(ctx.db, run, {
    readsDebtors: allowsContacts(connection.granted_scopes),
    intervalSeconds: ctx.config.syncIntervalSeconds,
    fullIntervalSeconds: ctx.config.fullSyncIntervalSeconds,
    maxRearms: run.watermark_from === null ? rearms.first : rearms.later,
  })
  if (!finished) return
  ctx.metrics.syncRuns.inc({ kind: run.kind, state: 'completed' })
  const { rows_read, rows_new, rows_changed, rows_unchanged, rows_closed, rows_set_aside, disturbed } =
    finished.run
  ctx.log.info({
    event: 'sync.run_completed',
    rowsRead: rows_read,
    rowsNew: rows_new,
    rowsChanged: rows_changed,
    rowsUnchanged: rows_unchanged,
    rowsClosed: rows_closed,
    rowsSetAside: rows_set_aside,
    disturbed,
  })
  await forgetEarlierPages(ctx.db, { connectionId: run.connection_id, runId: run.id })
  if (finished.dueNow) ctx.nudge({ job: 'sync-connection', id: run.connection_id })
  else if (finished.debtorsDue) ctx.nudge({ job: 'sync-debtors', id: run.connection_id })
}

/** The work went to somebody else, or there is none any more. */
const nothingToDo = new Set(['lease_lost', 'connection_gone'])

const stopped = async (slice: Slice, { run }: ClaimedSlice, error: AppError): Promise<void> => {
  const { ctx, signal } = slice
  if (isLimit(error) && error.retryAt) return delay(slice, error, error.retryAt)
  if (signal?.aborted) return goOn(slice)
  // Rows are more important than the reason; when even this fails, the lease runs out by itself.
  await releaseLease(ctx.db, run).catch((failure: unknown) => {
    ctx.log.warn({ event: 'sync.lease_not_released', err: failure })
  })
  if (nothingToDo.has(error.code)) {
    ctx.log.info({ event: 'sync.slice_dropped', code: error.code })
    return
  }
  throw error
}

const delay = async ({ ctx, run, done }: Slice, error: LimitError, until: Date): Promise<void> => {
  // Our own pace is no news; that Zoho shut the door, or that the day's quota is used up, is.
  const fromZoho = error.code === 'zoho_day_limit' || error.facts.blockedByZoho
  const long = until.getTime() - ctx.clock.now().getTime() > worthTellingMs
  await yieldSlice(ctx.db, run, {
    at: until,
    delayedCode: fromZoho && long ? error.code : null,
    progressed: done.pages > 0,
  })
  ctx.log.info({ event: 'sync.delayed', code: error.code, until })
}

/** 30 s, 1 min, 2 min … 1 h. What only a person can fix is still looked at every hour: a role may be given back. */
const backoff = { baseSeconds: 30, maxSeconds: 3_600 }
const patience = { maxFailures: 5, maxRunSeconds: 6 * 3_600 }

/**
 * Notes that a sync failed: the connection says why, and when it tries again by itself.
 *
 * @param last false while the queue still retries this job.
 */
export const syncFailed = async (
  ctx: Ctx,
  connectionId: string,
  error: AppError,
  { last }: { last: boolean },
): Promise<void> => {
  if (nothingToDo.has(error.code)) return
  if (!last) return noteRunError(ctx.db, connectionId, error.code)
  const { retryAt } = error
  if (error.retry === 'later' && retryAt)
    return ctx.db.transaction().execute((trx) =>
      delaySync(trx, connectionId, {
        code: error.code,
        until: retryAt,
        waitsFor: error.code === 'zoho_token_unclear' ? 'accounts' : null,
      }),
    )
  const hopeless = error.retry === 'never'
  await recordSyncFailure(ctx.db, connectionId, {
    code: error.code,
    giveUpRun: hopeless,
    baseSeconds: hopeless ? backoff.maxSeconds : backoff.baseSeconds,
    maxSeconds: backoff.maxSeconds,
    ...patience,
    waitsFor: error.code === 'zoho_unavailable' ? 'books' : null,
  })
  ctx.metrics.syncRuns.inc({ kind: 'any', state: 'failed' })
}
