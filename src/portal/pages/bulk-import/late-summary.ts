import type { Ctx } from '../../../context.ts'
import type { InvoiceFilter } from '../../../invoices/invoice-filter.ts'
import { type InvoiceSummary, summariseClientInvoices } from '../../../invoices/list-invoices.ts'
import type { SummaryView } from './summary.tsx'

/** How long a page that is otherwise ready waits for its totals; those of a million rows take some 0.3 s. */
const PATIENCE_MS = 8
/** Totals that took long are good for ten times as long, at most so many ms: paging on must not add them up again. */
const KEPT_AT_MOST_MS = 10_000

const viewOf = ({ total, eligible, sums }: InvoiceSummary): SummaryView => ({
  count: total,
  sums: sums.map(({ amount, currencyCode }) => ({ amount, currencyCode })),
  eligible,
  eligibleSums: sums
    .filter(({ eligibleCount }) => eligibleCount > 0)
    .map(({ eligibleAmount, currencyCode }) => ({ amount: eligibleAmount, currencyCode })),
  currencies: sums.flatMap(({ currencyCode }) => (currencyCode === null ? [] : [currencyCode])),
})

/** Totals being added up now or a moment ago, so that the request that follows a page joins what the page began. */
const known = new Map<string, Promise<SummaryView>>()

const forget = (key: string, afterMs: number) => {
  setTimeout(() => known.delete(key), Math.min(afterMs, KEPT_AT_MOST_MS)).unref()
}

/** Counts and sums of all that match. */
export const loadSummary = (ctx: Ctx, clientId: string, filter: InvoiceFilter): Promise<SummaryView> => {
  const key = JSON.stringify([clientId, filter])
  const begun = known.get(key)
  if (begun !== undefined) return begun
  const start = performance.now()
  const summary = summariseClientInvoices(ctx, clientId, filter).then(viewOf)
  known.set(key, summary)
  summary.then(
    () => forget(key, 10 * (performance.now() - start)),
    () => known.delete(key),
  )
  return summary
}

const patience = () =>
  new Promise<undefined>((done) => {
    setTimeout(() => done(undefined), PATIENCE_MS)
  })

/** The totals if they are there by the time `rest` is; undefined if the page should go ahead without them. */
export const quickSummary = async (
  ctx: Ctx,
  clientId: string,
  filter: InvoiceFilter,
  rest: Promise<unknown>,
): Promise<SummaryView | undefined> => {
  const summary = loadSummary(ctx, clientId, filter)
  // The page may have gone by the time it fails; whoever asks for the totals then is told.
  summary.catch(() => {})
  return Promise.race([summary, rest.then(patience)])
}
