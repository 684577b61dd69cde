/** Joins concurrent calls with the same key into one. Only saves work: the truth about it is in the rows. */
export const createSingleFlight = () => {
  const underWay = new Map<string, Promise<unknown>>()
  return <T>(key: string, run: () => Promise<T>): Promise<T> => {
    const joined = underWay.get(key) as Promise<T> | undefined
    if (joined !== undefined) return joined
    const started = run().finally(() => underWay.delete(key))
    underWay.set(key, started)
    return started
  }
}

/** Lets at most `limit` calls run at a time; the others wait their turn. */
export const createLimiter = (limit: number) => {
  let running = 0
  const waiting: (() => void)[] = []
  return async <T>(run: () => Promise<T>): Promise<T> => {
    if (running >= limit) await new Promise<void>((turn) => waiting.push(turn))
    else running += 1
    try {
      return await run()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
