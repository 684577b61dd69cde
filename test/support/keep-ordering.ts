import { order } from './installation.ts'
import type { SteadyClient } from './steady-client.ts'

/** Four a second: within what one client may write a minute, however long it goes on, and the machine has time for the work itself. */
const betweenOrdersMs = 250

const pause = (ms: number) => new Promise((next) => setTimeout(next, ms))

export interface Load {
  /** Ids of the commands that were taken so far. */
  readonly ordered: readonly string[]
  /** Ends it. @returns the ids of all commands. */
  readonly stop: () => Promise<readonly string[]>
}

/** Orders the given invoices one by one until told to stop; what is not taken is brought again. */
export const keepOrdering = (portal: SteadyClient, ids: readonly string[], prefix = 'order'): Load => {
  let stopped = false
  const ordered: string[] = []
  const running = (async () => {
    for (let at = 0; !stopped; at += 1) {
      const chunk = [ids[at % ids.length] ?? '', ids[(at + 1) % ids.length] ?? '']
      ordered.push((await order(portal, chunk, `${prefix}-${at}`)).id)
      await pause(betweenOrdersMs)
    }
  })()
  // Whoever stops it hears of it; until then it is nobody's.
  running.catch(() => undefined)
  return {
    stop: async () => {
      stopped = true
      await running
      return ordered
    },
    ordered,
  }
}
