import type { Ctx } from '../../../context.ts'
import type { InvoiceFilter } from '../../../invoices/invoice-filter.ts'
import { type InvoiceSummary, summariseClientInvoices } from '../../../invoices/list-invoices.ts'
import type { SummaryView } from './summary.tsx'

/** How long a page waits for its totals; a million rows take some 0.3 s. */
export const PATIENCE_MS = 25

const viewOf = ({ total, eligible, sums }: InvoiceSummary): SummaryView => ({
  count: total,
  sums: sums.map(({ amount, currencyCode }) => ({ amount, currencyCode })),
  eligible,
  eligibleSums: sums
    .filter(({ eligibleCount }) => eligibleCount > 0)
    .map(({ eligibleAmount, currencyCode }) => ({ amount: eligibleAmount, currencyCode })),
  currencies: sums.flatMap(({ currencyCode }) => (currencyCode === null ? [] : [currencyCode])),
})

/** Totals being added up right now, so that the request that follows a page joins the one that the page began. */
const underWay = new Map<string, Promise<SummaryView>>()

/** Counts and sums of all that match. */
export const loadSummary = (ctx: Ctx, clientId: string, filter: InvoiceFilter): Promise<SummaryView> => {
  const key = JSON.stringify([clientId, filter])
  const begun = underWay.get(key)
  if (begun !== undefined) return begun
  const summary = summariseClientInvoices(ctx, clientId, filter)
    .then(viewOf)
    .finally(() => underWay.delete(key))
  underWay.set(key, summary)
  return summary
}

/** The totals if they are quick; undefined if the page should go ahead without them. */
export const quickSummary = async (
  ctx: Ctx,
  clientId: string,
  filter: InvoiceFilter,
): Promise<SummaryView | undefined> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((done) => {
    timer = setTimeout(() => done(undefined), PATIENCE_MS)
  })
  const summary = loadSummary(ctx, clientId, filter)
  // The page may have gone by the time it fails; whoever asks for the totals then is told.
  summary.catch(() => {})
  try {
    return await Promise.race([summary, late])
  } finally {
    clearTimeout(timer)
  }
}
