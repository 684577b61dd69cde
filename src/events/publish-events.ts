import { publishEvents } from '../../db/events/events.repo.ts'
import type { Ctx } from '../context.ts'

/** Some 10 ms of work, with fifty endpoints. */
const atOnce = 500

/** Numbers all events that have been committed, with their deliveries. @returns how many. */
export const publishAllEvents = async (
  { db }: Pick<Ctx, 'db'>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<number> => {
  let published = 0
  while (!signal?.aborted) {
    const now = await publishEvents(db, atOnce)
    published += now
    if (now < atOnce) break
  }
  return published
}
