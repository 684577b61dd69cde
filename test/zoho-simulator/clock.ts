/** A clock that tests can move and speed up; every time the simulator sends or compares comes from it. */
export interface Clock {
  /** Virtual time in milliseconds since the epoch. */
  now(): number
  /** Moves virtual time by so many milliseconds (forward, or back when negative). */
  advance(ms: number): void
  /** Sets virtual time to this moment (milliseconds since the epoch). */
  set(ms: number): void
  /** How many virtual seconds pass in one real second; 0 stands still. */
  setRate(rate: number): void
  rate(): number
}

/** Creates a clock that starts at `start` (default: the real time) and runs at `rate` (default 1). */
export function createClock({ start = Date.now(), rate = 1 }: { start?: number; rate?: number } = {}): Clock {
  let base = start
  let anchor = Date.now()
  let speed = rate
  const now = () => base + (Date.now() - anchor) * speed
  const rebase = (ms: number) => {
    base = ms
    anchor = Date.now()
  }
  return {
    now,
    advance: (ms) => rebase(now() + ms),
    set: rebase,
    setRate: (next) => {
      rebase(now())
      speed = next
    },
    rate: () => speed,
  }
}
