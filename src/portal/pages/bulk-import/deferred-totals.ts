import type { Ctx } from '../../../context.ts'
import type { InvoiceFilter } from '../../../invoices/invoice-filter.ts'
import {
  countClientReasons,
  type InvoiceSummary,
  type ReasonCount,
  summariseClientInvoices,
} from '../../../invoices/list-invoices.ts'
import type { SummaryView } from './summary.tsx'

/** How long a page that is otherwise ready waits for its totals; those of a million rows take a second and more. */
const PATIENCE_MS = 8
/** Totals that took long are good for ten times as long, at most so many ms: paging on must not add them up again. */
const KEPT_AT_MOST_MS = 10_000
/** A client whose totals took longer than this gets pages without them, which then ask for them. */
const QUICK_MS = 50

const viewOf = (
  { total, eligible, withCase, sums, value }: InvoiceSummary,
  reasons: readonly ReasonCount[],
): SummaryView => {
  const worth = (tab: 'all' | 'eligible' | 'case' | 'blocked') =>
    value === null ? undefined : { amount: value[tab], currencyCode: value.currencyCode }
  type CurrencySum = InvoiceSummary['sums'][number]
  const of = (count: (sum: CurrencySum) => number, amount: (sum: CurrencySum) => string) =>
    sums
      .filter((sum) => count(sum) > 0)
      .sort((a, b) => count(b) - count(a))
      .map((sum) => ({ amount: amount(sum), currencyCode: sum.currencyCode }))
  return {
    tabs: {
      all: {
        count: total,
        value: worth('all'),
        sums: of(
          (sum) => sum.count,
          (sum) => sum.amount,
        ),
      },
      eligible: {
        count: eligible,
        value: worth('eligible'),
        sums: of(
          (sum) => sum.eligibleCount,
          (sum) => sum.eligibleAmount,
        ),
      },
      case: {
        count: withCase,
        value: worth('case'),
        sums: of(
          (sum) => sum.caseCount,
          (sum) => sum.caseAmount,
        ),
      },
      blocked: {
        count: total - eligible - withCase,
        value: worth('blocked'),
        sums: of(
          (sum) => sum.blockedCount,
          (sum) => sum.blockedAmount,
        ),
      },
    },
    reasons,
    rates: value === null ? undefined : { sources: value.rateSources, asOf: value.referenceAmountsAsOf },
    currencies: sums.flatMap(({ currencyCode }) => (currencyCode === null ? [] : [currencyCode])),
  }
}

/** What is to be added up: over all four lists, and why no case can be made where that is shown. */
export interface TotalsQuery {
  readonly filter: InvoiceFilter
  readonly reasons: boolean
}

const keyOf = (clientId: string, query: TotalsQuery) => JSON.stringify([clientId, query])

export type Summarise = (
  clientId: string,
  query: TotalsQuery,
  rest: Promise<unknown>,
  /** All that match are selected. */
  isAll?: boolean,
) => Promise<SummaryView | undefined>

export interface DeferredTotals {
  /** Counts and sums of all that match. */
  readonly load: (clientId: string, query: TotalsQuery) => Promise<SummaryView>
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

  const addUp = async (clientId: string, query: TotalsQuery): Promise<SummaryView> => {
    // Who tries filter after filter must not hold all connections of the pool with totals that nobody waits for.
    await slow.get(clientId)
    const start = performance.now()
    const totals = await summariseClientInvoices(ctx, clientId, query.filter)
    const reasons = query.reasons ? await countClientReasons(ctx, clientId, query.filter) : []
    const summary = viewOf(totals, reasons)
    const ms = performance.now() - start
    if (ms < QUICK_MS) slow.delete(clientId)
    else if (!slow.has(clientId)) slow.set(clientId, Promise.resolve())
    forgetAfter(keyOf(clientId, query), Math.min(10 * ms, KEPT_AT_MOST_MS))
    return summary
  }

  const load = (clientId: string, query: TotalsQuery): Promise<SummaryView> => {
    const key = keyOf(clientId, query)
    const begun = known.get(key)
    if (begun !== undefined) return begun
    const summary = addUp(clientId, query)
    known.set(key, summary)
    const settled = summary.catch(() => known.delete(key))
    if (slow.has(clientId)) slow.set(clientId, settled)
    return summary
  }

  return {
    load,
    quick: async (clientId, query, rest) => {
      if (slow.has(clientId) && !known.has(keyOf(clientId, query))) return undefined
      const summary = load(clientId, query)
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
