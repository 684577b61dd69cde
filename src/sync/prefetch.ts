/** Pages in order, the next ones already under way while one is being stored. */

export interface Prefetch {
  /** How many pages, from `next` on, may be under way while one is stored. */
  readonly depth: (next: number) => number
  /** Whether another page may still be asked for. */
  readonly mayStart: (page: number) => boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Yields pages from `first` on until one says that it is the last, or `mayStart` says stop. What is under way when
 * the reader leaves is aborted and waited for: it holds slots of the budget.
 */
export async function* prefetchPages<Page extends { readonly hasMore: boolean }>(
  first: number,
  fetch: (page: number, signal: AbortSignal) => Promise<Page>,
  { depth, mayStart, signal }: Prefetch,
): AsyncGenerator<Page, void, void> {
  const leaving = new AbortController()
  const combined = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal
  const underWay: Promise<Page>[] = []
  let next = first
  const start = () => {
    const fetching = fetch(next, combined)
    // A failure is thrown when its turn comes; until then nobody listens.
    fetching.catch(() => undefined)
    underWay.push(fetching)
    next += 1
  }
  try {
    if (mayStart(next)) start()
    for (let fetching = underWay.shift(); fetching; fetching = underWay.shift()) {
      const page = await fetching
      while (page.hasMore && underWay.length < depth(next - underWay.length) && mayStart(next)) start()
      yield page
      if (!page.hasMore) return
      if (underWay.length === 0 && mayStart(next)) start()
    }
  } finally {
    leaving.abort()
    await Promise.allSettled(underWay)
  }
}
