import { indexBacklog } from '../../db/invoices/invoice-search.repo.ts'
import type { Ctx } from '../context.ts'

/** Pages of 200 invoices a transaction: some 0.2 s of work. */
const pagesAtOnce = 25

/**
 * Makes newly staged and changed invoices searchable until the backlog is empty or `signal` aborts.
 *
 * @returns how many pages were indexed.
 */
export const indexInvoiceSearch = async (
  ctx: Ctx,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<number> => {
  let done = 0
  while (!signal?.aborted) {
    const pages = await indexBacklog(ctx.db, pagesAtOnce)
    done += pages
    if (pages < pagesAtOnce) break
  }
  if (done > 0) ctx.log.debug({ event: 'search.indexed', pages: done })
  return done
}
