const minute = 60
const hour = 60 * minute

/** Seconds from one attempt to the next: three days in all. */
const pauses = [
  5,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  18 * hour,
  22 * hour + 24 * minute,
]

/**
 * Seconds until the next attempt after so many that failed, at random a fifth of it earlier or later: what failed
 * together does not come back together. Null: it was the last one.
 */
export const pauseAfter = (attempts: number, random = Math.random()): number | null => {
  const pause = pauses[attempts - 1]
  return pause === undefined ? null : pause * (0.8 + 0.4 * random)
}
