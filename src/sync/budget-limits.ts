import type { BudgetLimits } from '../../db/sync/organization-budgets.repo.ts'
import type { Config } from '../config.ts'

/** Whose request it is: a person who waits for it, the sync of invoices, or what can wait for both. */
export type Priority = 'person' | 'background' | 'spare'

/** Of a lease: the slots of a dead worker are free before another may take its work over. */
const slotShare = 2 / 3
/** Above this no limit of Zoho's is meant; the minute is not counted, and its row stays small. */
const countedUpTo = 2_000

/**
 * What one kind of caller may use of an organization's budget. People keep a reserve in all three: 2 % of the
 * minute, one call in flight, and 5 % of the day (at least 20 requests). What can wait leaves more to the invoices:
 * 10 % of the minute, two calls in flight, and 20 % of the day (at least 50 requests).
 */
export const limitsFor = (
  { zoho: { requestsPerMinute, maxInFlight, minuteMs = 60_000 }, jobLockSeconds }: Config,
  priority: Priority,
): BudgetLimits => {
  const { ofMinute, inFlight, day } = reserves[priority]
  return {
    perMinute:
      requestsPerMinute > countedUpTo ? null : requestsPerMinute - Math.floor(requestsPerMinute * ofMinute),
    minuteMs,
    maxInFlight: Math.max(1, maxInFlight - inFlight),
    slotSeconds: Math.round(jobLockSeconds * slotShare * 1000) / 1000,
    dayReserve: day,
  }
}

const reserves = {
  person: { ofMinute: 0, inFlight: 0, day: { requests: 0, share: 0 } },
  background: { ofMinute: 0.02, inFlight: 1, day: { requests: 20, share: 0.05 } },
  spare: { ofMinute: 0.1, inFlight: 2, day: { requests: 50, share: 0.2 } },
} as const satisfies Readonly<Record<Priority, unknown>>
