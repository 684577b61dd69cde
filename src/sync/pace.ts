/** How far ahead pages are fetched: far enough that neither Zoho's answer time nor storing leaves the other idle. */
import type { Config } from '../config.ts'

/** Running averages of one slice, in milliseconds. */
export interface Pace {
  readonly answered: (ms: number) => void
  readonly stored: (ms: number) => void
  /**
   * Pages worth having under way while one is stored. One, as long as answers come within the pace that Zoho allows;
   * more hide the answer time behind that pace or behind storing, with one page answered while another is read.
   * A slot of the budget always stays free.
   */
  readonly depth: () => number
}

const average = () => {
  let value: number | undefined
  return {
    add: (ms: number) => {
      value = value === undefined ? ms : value * 0.7 + ms * 0.3
    },
    value: () => value ?? 0,
  }
}

type Limits = Pick<Config['zoho'], 'requestsPerMinute' | 'maxInFlight' | 'minuteMs'>

export const createPace = ({ requestsPerMinute, maxInFlight, minuteMs = 60_000 }: Limits): Pace => {
  const answer = average()
  const store = average()
  const most = Math.max(1, maxInFlight - 1)
  const perRequest = minuteMs / requestsPerMinute
  return {
    answered: answer.add,
    stored: store.add,
    depth: () => {
      if (answer.value() <= perRequest) return 1
      const inTime = Math.ceil(answer.value() / Math.max(perRequest, store.value(), 1))
      return Math.min(most, Math.max(2, inTime))
    },
  }
}
