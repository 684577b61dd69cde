/** Values that are read only when someone scrapes: a hundred scrapers cost one read every few seconds. */

export interface Scrape {
  /** Adds a read; it sets gauges. Its failure is counted under this name and leaves the gauges as they were. */
  readonly onScrape: (name: string, read: () => Promise<void> | void) => void
  /** Runs the reads unless they ran just now. Never throws, and never takes longer than the patience. */
  readonly collect: () => Promise<void>
}

export interface ScrapeOptions {
  readonly failed: (name: string) => void
  readonly freshMs?: number
  readonly patienceMs?: number
  readonly now?: () => number
}

export const createScrape = ({
  failed,
  freshMs = 5_000,
  patienceMs = 2_000,
  now = () => performance.now(),
}: ScrapeOptions): Scrape => {
  const reads = new Map<string, () => Promise<void> | void>()
  let last: { readonly at: number; readonly done: Promise<void> } | undefined

  const attempt = async (name: string, read: () => Promise<void> | void): Promise<void> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, fail) => {
      timer = setTimeout(() => fail(new Error('late')), patienceMs)
    })
    try {
      await Promise.race([read(), late])
    } catch {
      failed(name)
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    onScrape: (name, read) => {
      reads.set(name, read)
      last = undefined
    },
    collect: () => {
      if (last && now() - last.at < freshMs) return last.done
      const done = Promise.all([...reads].map(([name, read]) => attempt(name, read))).then(() => undefined)
      last = { at: now(), done }
      return done
    },
  }
}
