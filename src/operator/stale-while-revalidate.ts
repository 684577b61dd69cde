/** Remembers the answer of a costly read for a moment, so that many readers cost one read and none waits for it. */
export interface StaleWhileRevalidate<T> {
  /**
   * The last answer while it is fresh; a somewhat older one at once while a new one is fetched behind it; else a new
   * one. Readers at the same time share a read. Failures are not kept.
   */
  readonly read: () => Promise<T>
  /** The next read asks anew and waits. */
  readonly forget: () => void
}

export interface KeepFor {
  readonly freshMs: number
  readonly staleMs: number
}

export const staleWhileRevalidate = <T>(
  ask: () => Promise<T>,
  { freshMs, staleMs }: KeepFor,
  now: () => number = () => performance.now(),
): StaleWhileRevalidate<T> => {
  let kept: { readonly answer: Promise<T>; readonly at: number } | undefined
  let asking: Promise<T> | undefined

  const askAnew = (): Promise<T> => {
    const answer = ask()
    asking = answer
    const end = () => {
      if (asking === answer) asking = undefined
    }
    answer.then(() => {
      // Forgotten while it was on its way: it may be older than the write that made someone forget.
      if (asking === answer) kept = { answer, at: now() }
      end()
    }, end)
    return answer
  }
  return {
    forget: () => {
      kept = undefined
      asking = undefined
    },
    read: () => {
      const age = kept ? now() - kept.at : Number.POSITIVE_INFINITY
      if (kept && age < freshMs) return kept.answer
      const coming = asking ?? askAnew()
      return kept && age < staleMs ? kept.answer : coming
    },
  }
}
