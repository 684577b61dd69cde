/** A page of Zoho's list into the staging table: one statement, plus one more only when a row could not be read. */
import { createHash } from 'node:crypto'
import { resolveRows, type SetAsideRow, setRowsAside } from '../../db/sync/set-aside-rows.repo.ts'
import {
  type EncodedRows,
  encodeRows,
  holdUnreadable,
  type PageToStage,
  type StagedPage,
  type StagedRow,
  stagePageRows,
} from '../../db/sync/staged-invoices.repo.ts'
import type { EligibilityPolicy } from '../eligibility/policy.ts'
import { AppError } from '../errors.ts'
import { earliestToday } from '../values/day.ts'
import type { InvoicePage } from '../zoho/client.ts'
import type { ListedInvoice } from '../zoho/schemas.ts'
import type { KnownCustomers } from './customer-records.ts'
import type { Slice } from './slice.ts'
import { toStagedRow } from './staged-row.ts'
import { unreadable } from './unreadable.ts'

/**
 * A page, mapped and ready to be stored, with the Zoho time at which it was surely no older. It waits for its turn
 * while others are read, so it holds some long texts and not two thousand objects, which would be copied by every
 * garbage collection in between.
 */
export interface ReadyPage {
  readonly page: number
  readonly hasMore: boolean
  readonly total: number | null
  readonly requestedAt: Date
  readonly observedAt: Date | null
  readonly rowsRead: number
  readonly rows: EncodedRows
  readonly setAside: readonly SetAsideRow[]
  /** It shows that the list shrank while it was walked. */
  readonly disturbed: boolean
}

/** Does all that needs no database, so that it is done while the page before is being stored. */
export const readyPage = (
  { ctx, target }: Slice,
  listed: InvoicePage,
  {
    requestedAt,
    observedAt,
    disturbs,
    customers,
  }: {
    customers: KnownCustomers
    requestedAt: Date
    observedAt: Date | null
    disturbs: ((row: StagedRow) => boolean) | undefined
  },
): ReadyPage => {
  const rows = newestRows(listed.rows, customers, {
    policy: ctx.policy,
    day: earliestToday(ctx.clock.now()),
    baseCurrency: target.baseCurrency,
  })
  return {
    page: listed.page,
    hasMore: listed.hasMore,
    total: listed.total,
    requestedAt,
    observedAt,
    rowsRead: listed.rows.length,
    rows: encodeRows(rows),
    setAside: listed.rows.flatMap((row) => (row.ok ? [] : [toSetAside(row)])),
    disturbed: disturbs !== undefined && rows.some(disturbs),
  }
}

/** Each invoice once, as its newest row has it: one listing may hold an invoice twice (contract 6.3). */
const newestRows = (
  rows: readonly ListedInvoice[],
  customers: KnownCustomers,
  { policy, day, baseCurrency }: { policy: EligibilityPolicy; day: string; baseCurrency: string | null },
): readonly StagedRow[] => {
  const newest = new Map<string, StagedRow>()
  for (const listed of rows) {
    if (!listed.ok) continue
    const { customerId, companyName } = listed.invoice
    const row = toStagedRow(listed.invoice, policy, day, {
      baseCurrency,
      customer: customers.records.get(customerId ?? ''),
      assumedType: customers.assumeTypes && companyName !== null ? 'Company' : null,
    })
    const other = newest.get(row.invoice.zohoInvoiceId)
    if (!other || row.modifiedAt >= other.modifiedAt) newest.set(row.invoice.zohoInvoiceId, row)
  }
  return [...newest.values()]
}

const toSetAside = (row: Extract<ListedInvoice, { ok: false }>): SetAsideRow => ({
  rowKey:
    row.invoiceId !== null
      ? `id:${row.invoiceId}`
      : `row:${createHash('md5')
          .update(JSON.stringify([row.invoiceNumber, row.problems]))
          .digest('hex')}`,
  zohoInvoiceId: row.invoiceId,
  creditorReference: row.invoiceNumber,
  problems: row.problems,
})

/**
 * Stores one page of the slice's run.
 *
 * @param number number of the page within the run.
 * @throws AppError lease_lost: another worker has the run, nothing was written.
 */
export const stagePage = async (slice: Slice, page: ReadyPage, number: number): Promise<StagedPage> => {
  const { ctx, run, target } = slice
  const started = performance.now()
  const { setAside } = page
  const toStage: PageToStage = {
    runId: run.id,
    leaseToken: run.lease_token,
    lockSeconds: ctx.config.jobLockSeconds,
    page: number,
    hasMore: page.hasMore,
    rows: page.rows,
    rowsRead: page.rowsRead,
    rowsSetAside: setAside.length,
    requestedAt: page.requestedAt,
    observedAt: page.observedAt,
    total: page.total,
    disturbed: page.disturbed,
    notify: !page.hasMore || slice.notifyNow(),
  }
  const staged = await (setAside.length > 0 || slice.done.setAsideOpen
    ? stageWithSetAside(slice, toStage, setAside)
    : stagePageRows(ctx.db, target, toStage))
  if (!staged) throw new AppError('lease_lost')
  const ms = performance.now() - started
  slice.pace.stored(ms)
  slice.done.pages += 1
  report(slice, toStage, staged, ms)
  return staged
}

const stageWithSetAside = async (
  slice: Slice,
  page: PageToStage,
  setAside: readonly SetAsideRow[],
): Promise<StagedPage | null> => {
  const { ctx, target, run } = slice
  const staged = await ctx.db.transaction().execute(async (trx) => {
    const written = await stagePageRows(trx, target, page)
    if (!written) return null
    await resolveRows(trx, target.connectionId, page.rows.ids)
    await setRowsAside(trx, { ...target, runId: run.id }, setAside)
    await holdUnreadable(
      trx,
      target.connectionId,
      setAside.flatMap((row) => row.zohoInvoiceId ?? []),
      unreadable,
    )
    return written
  })
  if (setAside.length > 0) slice.done.setAsideOpen = true
  return staged
}

const report = ({ ctx, run }: Slice, page: PageToStage, staged: StagedPage, ms: number): void => {
  const { created, changed, closed } = staged
  const verdicts = {
    new: created,
    changed,
    closed,
    set_aside: page.rowsSetAside,
    unchanged: Math.max(0, page.rowsRead - page.rowsSetAside - created - changed - closed),
  }
  for (const [verdict, rows] of Object.entries(verdicts))
    if (rows > 0) ctx.metrics.syncRows.inc({ verdict }, rows)
  ctx.metrics.syncPages.inc({ kind: run.kind })
  ctx.log.debug({
    event: 'sync.page_staged',
    runId: run.id,
    page: page.page,
    rows: page.rowsRead,
    ...verdicts,
    ms: Math.round(ms),
  })
}
