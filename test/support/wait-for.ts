/**
 * Waits until `probe` gives something truthy and returns it. Tests wait for a state, never for a time.
 *
 * @throws with `what` and the last value when the state has not come within `timeoutMs`.
 */
export const waitFor = async <T>(
  what: string,
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  { timeoutMs = 15_000, everyMs = 25 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> => {
  const deadline = Date.now() + timeoutMs
  let last: unknown
  for (;;) {
    const value = await probe()
    if (value) return value
    last = value
    if (Date.now() > deadline)
      throw new Error(`Waited ${timeoutMs} ms for: ${what}. Last value: ${String(last)}`)
    await new Promise((next) => setTimeout(next, everyMs))
  }
}
