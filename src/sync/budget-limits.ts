import type { BudgetLimits } from '../../db/sync/organization-budgets.repo.ts'
import type { Config } from '../config.ts'

/** Whose request it is: a person who waits for it, or the sync. */
export type Priority = 'person' | 'background'

/** Of a lease: the slots of a dead worker are free before another may take its work over. */
const slotShare = 2 / 3
/** Above this no limit of Zoho's is meant; the minute is not counted, and its row stays small. */
const countedUpTo = 2_000

/**
 * What one kind of caller may use of an organization's budget. People keep a reserve in all three: 2 % of the
 * minute, one call in flight, and 5 % of the day (at least 20 requests).
 */
export const limitsFor = (
  { zoho: { requestsPerMinute, maxInFlight, minuteMs = 60_000 }, jobLockSeconds }: Config,
  priority: Priority,
): BudgetLimits => {
  const forPeople = priority === 'person'
  const reserve = forPeople ? 0 : Math.floor(requestsPerMinute * 0.02)
  return {
    perMinute: requestsPerMinute > countedUpTo ? null : requestsPerMinute - reserve,
    minuteMs,
    maxInFlight: forPeople ? maxInFlight : Math.max(1, maxInFlight - 1),
    slotSeconds: Math.round(jobLockSeconds * slotShare * 1000) / 1000,
    dayReserve: forPeople ? { requests: 0, share: 0 } : { requests: 20, share: 0.05 },
  }
}
