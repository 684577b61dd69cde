/** Walks a list of Zoho's page by page, from the run's checkpoint, for as long as the slice may. */

import type { StagedRow } from '../../db/sync/staged-invoices.repo.ts'
import { findPageIds } from '../../db/sync/sync-pages.repo.ts'
import { allowsContacts } from '../zoho/scopes.ts'
import { callBooks } from './call-books.ts'
import { checkPage } from './check-page.ts'
import { type CustomerRecords, loadCustomers } from './customer-records.ts'
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
  /** Whether a list that is shorter at its end than at its start disturbs the run: rows behind a gap are on no page. */
  readonly shrinkingDisturbs?: boolean
}

interface PageToFetch {
  readonly page: number
  readonly withTotal: boolean
  readonly signal: AbortSignal
}

const noRecords: CustomerRecords = new Map()

const fetchPage = async (
  slice: Slice,
  list: List,
  { page, withTotal, signal }: PageToFetch,
): Promise<ReadyPage> => {
  const { ctx, connection } = slice
  let started = 0
  let requestedAt = new Date(0)
  const answer = await callBooks(
    ctx,
    connection,
    { priority: 'background', endpoint: 'invoices', signal, tokenHolder: slice.tokenHolder },
    (access, sentAt) => {
      started = performance.now()
      requestedAt = sentAt
      return ctx.zoho.listInvoices({
        ...access,
        page,
        perPage: slice.perPage,
        sortColumn: 'created_time',
        ...(list.filterBy ? { filterBy: list.filterBy } : {}),
        ...(list.modifiedSince ? { modifiedSince: list.modifiedSince } : {}),
        ...(withTotal ? { withTotal } : {}),
      })
    },
  )
  const tookMs = performance.now() - started
  slice.pace.answered(tookMs)
  const records = slice.customersKnown
    ? await loadCustomers(
        ctx.db,
        connection.id,
        answer.rows.map((row) => (row.ok ? row.invoice.customerId : null)),
      )
    : noRecords
  const customers = { records, assumeTypes: !allowsContacts(connection.granted_scopes) }
  return readyPage(slice, answer, {
    requestedAt,
    observedAt: observedAt(answer.facts, { requestedAt, tookMs }),
    disturbs: list.disturbs,
    customers,
  })
}

const pagesOf = ({ perPage }: Slice, total: number | null): number | undefined =>
  total === null ? undefined : Math.ceil(total / perPage)

/** Whether the list has fewer rows now, or pages, than it had when it was counted. */
const isShorter = (slice: Slice, { page, hasMore, total }: ReadyPage, before: number): boolean =>
  (total !== null && total < before) || (!hasMore && page < (pagesOf(slice, before) ?? 0))

/**
 * Stages the pages of a list.
 *
 * @returns the number of the run's last page when the list came to its end, undefined when the slice did.
 */
export const walkList = async (slice: Slice, list: List, nextPage: number): Promise<number | undefined> => {
  const { ctx, run, signal } = slice
  const first = nextPage - list.pagesBefore
  // Zoho says on the first page how many there are, or not at all; then nobody asks far ahead for what may not be.
  let total = list.pagesBefore === 0 ? run.total : null
  let lastExpected = pagesOf(slice, total)
  const depth = (next: number) =>
    lastExpected === undefined ? 1 : Math.min(slice.pace.depth(), Math.max(1, lastExpected - next + 1))
  let previous = first > 1 ? await findPageIds(ctx.db, run.id, nextPage - 1) : undefined
  const pages = prefetchPages(
    first,
    (page, pageSignal) => {
      slice.started()
      const atTheEnd = list.shrinkingDisturbs === true && lastExpected !== undefined && page >= lastExpected
      const withTotal = list.pagesBefore === 0 && (page === 1 || atTheEnd)
      return fetchPage(slice, list, { page, withTotal, signal: pageSignal })
    },
    { depth, mayStart: slice.mayGoOn, signal },
  )
  for await (const page of pages) {
    checkPage({ ...page, ids: page.rows.ids }, previous)
    const shrunk = list.shrinkingDisturbs === true && total !== null && isShorter(slice, page, total)
    total ??= page.total
    lastExpected ??= pagesOf(slice, total)
    previous = page.rows.ids
    const number = list.pagesBefore + page.page
    await stagePage(slice, shrunk ? { ...page, disturbed: true } : page, number)
    if (!page.hasMore) return number
  }
  return undefined
}
