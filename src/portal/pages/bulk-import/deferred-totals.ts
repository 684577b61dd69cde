import type { Ctx } from '../../../context.ts'
import type { InvoiceFilter } from '../../../invoices/invoice-filter.ts'
import { type InvoiceSummary, summariseClientInvoices } from '../../../invoices/list-invoices.ts'
import type { SummaryView } from './summary.tsx'

/** How long a page that is otherwise ready waits for its totals; those of a million rows take a second and more. */
const PATIENCE_MS = 8
/** Totals that took long are good for ten times as long, at most so many ms: paging on must not add them up again. */
const KEPT_AT_MOST_MS = 10_000
/** A client whose totals took longer than this gets pages without them, which then ask for them. */
const QUICK_MS = 50

const viewOf = ({ total, eligible, sums }: InvoiceSummary): SummaryView => ({
  count: total,
  sums: sums.map(({ amount, currencyCode }) => ({ amount, currencyCode })),
  eligible,
  eligibleSums: sums
    .filter(({ eligibleCount }) => eligibleCount > 0)
    .map(({ eligibleAmount, currencyCode }) => ({ amount: eligibleAmount, currencyCode })),
  currencies: sums.flatMap(({ currencyCode }) => (currencyCode === null ? [] : [currencyCode])),
})

const keyOf = (clientId: string, filter: InvoiceFilter) => JSON.stringify([clientId, filter])

export type Summarise = (
  clientId: string,
  filter: InvoiceFilter,
  rest: Promise<unknown>,
) => Promise<SummaryView | undefined>

export interface DeferredTotals {
  /** Counts and sums of all that match. */
  readonly load: (clientId: string, filter: InvoiceFilter) => Promise<SummaryView>
  /** The totals if they are there by the time `rest` is; undefined if the page should go ahead without them. */
  readonly quick: Summarise
  /** Forgets everything; no timer is left. */
  readonly close: () => void
}

/** The totals of one server process, so that the request that follows a page joins what the page began. */
export const createDeferredTotals = (ctx: Ctx): DeferredTotals => {
  /** Being added up now, or a moment ago. */
  const known = new Map<string, Promise<SummaryView>>()
  /** Clients with so many rows that their totals are added up only for who asks, one after the other; the last ones. */
  const slow = new Map<string, Promise<unknown>>()
  const timers = new Set<NodeJS.Timeout>()

  const forgetAfter = (key: string, ms: number) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      known.delete(key)
    }, ms)
    timers.add(timer.unref())
  }

  const addUp = async (clientId: string, filter: InvoiceFilter): Promise<SummaryView> => {
    // Who tries filter after filter must not hold all connections of the pool with totals that nobody waits for.
    await slow.get(clientId)
    const start = performance.now()
    const summary = viewOf(await summariseClientInvoices(ctx, clientId, filter))
    const ms = performance.now() - start
    if (ms < QUICK_MS) slow.delete(clientId)
    else if (!slow.has(clientId)) slow.set(clientId, Promise.resolve())
    forgetAfter(keyOf(clientId, filter), Math.min(10 * ms, KEPT_AT_MOST_MS))
    return summary
  }

  const load = (clientId: string, filter: InvoiceFilter): Promise<SummaryView> => {
    const key = keyOf(clientId, filter)
    const begun = known.get(key)
    if (begun !== undefined) return begun
    const summary = addUp(clientId, filter)
    known.set(key, summary)
    const settled = summary.catch(() => known.delete(key))
    if (slow.has(clientId)) slow.set(clientId, settled)
    return summary
  }

  return {
    load,
    quick: async (clientId, filter, rest) => {
      if (slow.has(clientId) && !known.has(keyOf(clientId, filter))) return undefined
      const summary = load(clientId, filter)
      // The page may have gone by the time it fails; whoever asks for the totals then is told.
      summary.catch(() => {})
      return Promise.race([summary, rest.then(patience)])
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      known.clear()
      slow.clear()
    },
  }
}

const patience = () =>
  new Promise<undefined>((done) => {
    setTimeout(() => done(undefined), PATIENCE_MS)
  })
