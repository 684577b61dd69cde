/** Remembers the answer of a costly read for a moment, so that many readers cost one read. */
export interface KeptBriefly<T> {
  /** The last answer while it is fresh, else a new one; readers at the same time share it. Failures are not kept. */
  readonly read: () => Promise<T>
  /** The next read asks anew. */
  readonly forget: () => void
}

export const keepBriefly = <T>(read: () => Promise<T>, milliseconds: number): KeptBriefly<T> => {
  let kept: { readonly answer: Promise<T>; readonly until: number } | undefined
  const forget = () => {
    kept = undefined
  }
  return {
    forget,
    read: () => {
      if (kept && performance.now() < kept.until) return kept.answer
      const answer = read()
      const mine = { answer, until: performance.now() + milliseconds }
      kept = mine
      answer.catch(() => {
        if (kept === mine) forget()
      })
      return answer
    },
  }
}
