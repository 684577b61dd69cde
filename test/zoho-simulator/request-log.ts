import type { RequestMatch } from './failure-rules.ts'
import { matches } from './failure-rules.ts'

/** One request as the log keeps it. Codes, tokens and secrets are left out. */
export interface RequestEntry {
  readonly id: number
  /** Virtual time in milliseconds. */
  readonly at: number
  /** Real time at which the request came in, in milliseconds since the epoch. */
  readonly receivedAt: number
  readonly dataCenter: string
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  organizationId?: string
  grantType?: string
  /** HTTP status, 0 while running or when no answer was sent. */
  status: number
  /** Books code or token error of the answer. */
  code?: number | string
  /** Name of the failure rule's action that hit it. */
  fault?: string
}

export interface Counters {
  total: number
  inFlight: number
  maxInFlight: number
  /** Most requests in flight at once, per organization. */
  maxInFlightByOrganization: Record<string, number>
  byStatus: Record<string, number>
  /** `GET /books/v3/invoices/:id` → number. */
  byRoute: Record<string, number>
  /** Calls of the token endpoint by grant type. */
  tokenCallsByGrant: Record<string, number>
  /** 429 answers by Books code. */
  throttledByCode: Record<string, number>
  tokensThrottled: number
}

export interface RequestLog {
  begin(entry: Omit<RequestEntry, 'id' | 'status'>): RequestEntry
  end(entry: RequestEntry): void
  /** The last 10,000 requests that match, oldest first. */
  requests(match?: RequestMatch): RequestEntry[]
  counters: Counters
  clear(): void
}

const KEPT = 10_000
const secret = /^(code|token|client_secret|refresh_token|access_token)$/

/** Query parameters with the secret ones blanked. */
export function withoutSecrets(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...query].map(([key, value]) => [key, secret.test(key) ? '[secret]' : value]))
}

const emptyCounters = (): Counters => ({
  total: 0,
  inFlight: 0,
  maxInFlight: 0,
  maxInFlightByOrganization: {},
  byStatus: {},
  byRoute: {},
  tokenCallsByGrant: {},
  throttledByCode: {},
  tokensThrottled: 0,
})

const bump = (counts: Record<string, number>, key: string) => {
  counts[key] = (counts[key] ?? 0) + 1
}

/** Creates a log that keeps the last 10,000 requests and counts all of them. */
export function createRequestLog(): RequestLog {
  let ring: RequestEntry[] = []
  let next = 0
  const counters = emptyCounters()

  return {
    counters,
    begin: (fields) => {
      const entry: RequestEntry = { ...fields, id: next + 1, status: 0 }
      ring[next % KEPT] = entry
      next += 1
      counters.total += 1
      counters.inFlight += 1
      counters.maxInFlight = Math.max(counters.maxInFlight, counters.inFlight)
      return entry
    },
    end: (entry) => {
      counters.inFlight -= 1
      bump(counters.byStatus, String(entry.status))
      bump(counters.byRoute, `${entry.method} ${entry.path.replace(/\/\d{6,}/g, '/:id')}`)
      if (entry.grantType !== undefined) bump(counters.tokenCallsByGrant, entry.grantType)
      if (entry.status === 429) bump(counters.throttledByCode, String(entry.code))
      if (entry.code === 'throttled') counters.tokensThrottled += 1
    },
    requests: (match = {}) => {
      const start = next % KEPT
      const inOrder = next > KEPT ? [...ring.slice(start), ...ring.slice(0, start)] : ring
      return inOrder.filter((entry) => matches(match, entry))
    },
    clear: () => {
      ring = []
      next = 0
      const { inFlight } = counters
      Object.assign(counters, emptyCounters(), { inFlight, maxInFlight: inFlight })
    },
  }
}
