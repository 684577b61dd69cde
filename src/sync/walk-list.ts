/** Walks a list of Zoho's page by page, from the run's checkpoint, for as long as the slice may. */

import type { StagedRow } from '../../db/staged-invoices.repo.ts'
import { findPageIds } from '../../db/sync-pages.repo.ts'
import { callBooks } from '../budget/call-books.ts'
import { checkPage } from './check-page.ts'
import { prefetchPages } from './prefetch.ts'
import type { Slice } from './slice.ts'
import { type ReadyPage, readyPage, stagePage } from './stage-page.ts'
import { observedAt } from './zoho-time.ts'

export interface List {
  /** Only unpaid invoices, or what was modified since a time of Zoho's. */
  readonly filterBy?: 'Status.Unpaid'
  readonly modifiedSince?: Date
  /** Pages of the run that belong to earlier lists; this one's are numbered on from there. */
  readonly pagesBefore: number
  readonly disturbs?: (row: StagedRow) => boolean
}

const fetchPage = async (slice: Slice, list: List, page: number, signal: AbortSignal): Promise<ReadyPage> => {
  const { ctx, connection } = slice
  let started = 0
  const answer = await callBooks(
    ctx,
    connection,
    { priority: 'background', endpoint: 'invoices', signal, tokenHolder: slice.tokenHolder },
    (access) => {
      started = performance.now()
      return ctx.zoho.listInvoices({
        ...access,
        page,
        perPage: slice.perPage,
        sortColumn: 'created_time',
        ...(list.filterBy ? { filterBy: list.filterBy } : {}),
        ...(list.modifiedSince ? { modifiedSince: list.modifiedSince } : {}),
        ...(page === 1 && list.pagesBefore === 0 ? { withTotal: true } : {}),
      })
    },
  )
  const ms = performance.now() - started
  slice.pace.answered(ms)
  return readyPage(slice, answer, { observedAt: observedAt(answer.facts, ms), disturbs: list.disturbs })
}

const pagesOf = ({ perPage }: Slice, total: number | null): number | undefined =>
  total === null ? undefined : Math.ceil(total / perPage)

/**
 * Stages the pages of a list.
 *
 * @returns the number of the run's last page when the list came to its end, undefined when the slice did.
 */
export const walkList = async (slice: Slice, list: List, nextPage: number): Promise<number | undefined> => {
  const { ctx, run, signal } = slice
  const first = nextPage - list.pagesBefore
  // Zoho says on the first page how many there are, or not at all; then nobody asks far ahead for what may not be.
  let lastExpected = list.pagesBefore === 0 ? pagesOf(slice, run.total) : undefined
  const depth = (next: number) =>
    lastExpected === undefined ? 1 : Math.min(slice.pace.depth(), Math.max(1, lastExpected - next + 1))
  let previous = first > 1 ? await findPageIds(ctx.db, run.id, nextPage - 1) : undefined
  const pages = prefetchPages(
    first,
    (page, pageSignal) => {
      slice.started()
      return fetchPage(slice, list, page, pageSignal)
    },
    { depth, mayStart: slice.mayGoOn, signal },
  )
  for await (const page of pages) {
    checkPage(page.listed, previous)
    if (page.total !== null) lastExpected = pagesOf(slice, page.total)
    previous = page.rows.ids
    const number = list.pagesBefore + page.page
    await stagePage(slice, page, number)
    if (!page.hasMore) return number
  }
  return undefined
}
