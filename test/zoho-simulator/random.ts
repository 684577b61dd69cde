/** Draws a number in [0, 1). */
export type Draw = () => number

/** Mixes numbers into one 32-bit seed, so that row 17 of seed 1 is the same row in every run. */
export function mixSeeds(...parts: readonly number[]): number {
  let hash = 0x811c9dc5
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
    hash ^= hash >>> 13
  }
  return hash >>> 0
}

/** A small, fast generator (mulberry32): good enough for believable rows, never for secrets. */
export function createDraw(seed: number): Draw {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One element of a list that is not empty. */
export function pick<T>(draw: Draw, list: readonly [T, ...T[]]): T {
  return list[Math.floor(draw() * list.length)] ?? list[0]
}

/** A whole number from `low` to `high`, both included. */
export function between(draw: Draw, low: number, high: number): number {
  return low + Math.floor(draw() * (high - low + 1))
}

/** Replaces every `#` of a pattern by a digit. */
export function fillDigits(draw: Draw, pattern: string): string {
  let text = ''
  for (const char of pattern) text += char === '#' ? Math.floor(draw() * 10) : char
  return text
}
