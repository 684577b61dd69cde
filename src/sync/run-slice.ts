/** The phases of a run. Each resumes from the run's row, so any worker can go on where another stopped. */

import type { RunPhase } from '../../db/core/schema.ts'
import { resolveRowsNotMetBy } from '../../db/sync/set-aside-rows.repo.ts'
import type { StagedRow } from '../../db/sync/staged-invoices.repo.ts'
import { enterPhase, type LeasedRun } from '../../db/sync/sync-runs.repo.ts'
import { AppError } from '../errors.ts'
import { checkMissing, countMissing } from './check-missing.ts'
import type { Slice } from './slice.ts'
import { walkList } from './walk-list.ts'
import { withOverlap } from './zoho-time.ts'

/** Up to so many missing invoices are re-read at once; for more, the list of changes is cheaper and tells why. */
const fewMissing = 3

/** @returns true when the run has come to its end, false when the slice did. */
export const runSlice = (slice: Slice): Promise<boolean> =>
  slice.run.kind === 'full' ? runFull(slice) : runIncremental(slice)

/** What was modified since the watermark, all statuses: unpaid rows are staged, others close theirs. */
const runIncremental = async (slice: Slice): Promise<boolean> => {
  const { watermark_from: watermark, next_page: nextPage } = slice.run
  if (watermark === null) throw new AppError('internal_error', { details: { reason: 'no watermark' } })
  const last = await walkList(slice, { modifiedSince: withOverlap(watermark), pagesBefore: 0 }, nextPage)
  return last !== undefined
}

const runFull = async (start: Slice): Promise<boolean> => {
  let slice = start
  if (slice.run.phase === 'listing') {
    // Later runs know the invoices that a gap swallows; a deletion leaves no other trace than the count.
    const firstLoad = slice.run.watermark_from === null
    const last = await walkList(
      slice,
      { filterBy: 'Status.Unpaid', pagesBefore: 0, shrinkingDisturbs: firstLoad },
      slice.run.next_page,
    )
    if (last === undefined) return false
    slice = await enter(slice, 'listing', last)
    slice = await enter(
      slice,
      (await shouldListChanges(slice)) ? 'checking_changes' : 'checking_missing',
      last,
    )
  }
  if (slice.run.phase === 'checking_changes') {
    const last = await listChanges(slice)
    if (last === undefined) return false
    slice = await enter(slice, 'checking_missing', slice.run.listed_pages)
  }
  if (!(await checkMissing(slice, slice.run.next_page))) return false
  await resolveRowsNotMetBy(slice.ctx.db, slice.run.connection_id, slice.run.id)
  return true
}

/**
 * Offset paging over a shrinking list has gaps (contract 11). A list of one page has none; and few missing
 * invoices are asked one by one.
 */
const shouldListChanges = async (slice: Slice): Promise<boolean> =>
  slice.run.listed_pages > 1 || (await countMissing(slice, fewMissing + 1)) > fewMissing

/**
 * What was modified since the last run, all statuses. It closes in bulk what left the list, finds the new invoices
 * that a gap may have swallowed, and shows whether the list shrank during the walk.
 */
const listChanges = (slice: Slice): Promise<number | undefined> => {
  const { run } = slice
  const { zoho_started_at: startedAt, watermark_from: watermark } = run
  const since = watermark ?? startedAt
  if (since === null || startedAt === null) return Promise.resolve(run.next_page - 1)
  const leftDuringWalk = (row: StagedRow) => row.state !== 'open' && row.modifiedAt >= startedAt
  return walkList(
    slice,
    {
      modifiedSince: withOverlap(new Date(Math.min(since.getTime(), startedAt.getTime()))),
      pagesBefore: run.listed_pages,
      ...(run.listed_pages > 1 ? { disturbs: leftDuringWalk } : {}),
    },
    run.next_page,
  )
}

/** The slice with the run as it stands now, in its next phase. */
const enter = async (slice: Slice, phase: RunPhase, listedPages: number): Promise<Slice> => {
  const run = await enterPhase(slice.ctx.db, slice.run, phase, { listedPages })
  if (!run || run.lease_token === null) throw new AppError('lease_lost')
  return { ...slice, run: { ...run, lease_token: run.lease_token } satisfies LeasedRun }
}
