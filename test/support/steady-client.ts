/** A host portal as it should be: what one server does not take, it brings to the next one. */
import type { z } from 'zod'
import { createPortalClient } from '../../scripts/support/portal-client.ts'

export interface SteadyClientOptions {
  /** Servers in the order of preference; asked anew before each attempt, since servers come and go. */
  readonly urls: () => readonly string[]
  readonly jwtSecret: string
  readonly clientId: string
  readonly timeoutMs?: number
}

export interface SteadyClient {
  readonly request: <Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    init?: { method?: string; body?: unknown; headers?: Record<string, string> },
  ) => Promise<z.output<Schema>>
  /** What made it try again, in order: `unreachable`, or status and code of an answer. */
  readonly retried: readonly string[]
}

const retryable = new Set([502, 503, 504])

/**
 * Tries again when a server is not reachable or says "later", and never on anything else: any other answer than 2xx
 * fails the request. Writes need an Idempotency-Key of their own.
 */
export const createSteadyClient = (options: SteadyClientOptions): SteadyClient => {
  const { urls, timeoutMs = 60_000, ...who } = options
  const retried: string[] = []
  return {
    retried,
    request: async (schema, path, init) => {
      const deadline = Date.now() + timeoutMs
      for (let attempt = 0; ; attempt += 1) {
        const known = urls()
        const url = known[attempt % Math.max(1, known.length)]
        const client = url === undefined ? undefined : createPortalClient({ url, ...who })
        // fetch and a body cut short both reject; nothing else does.
        const answer = await client?.call(path, init).catch(() => undefined)
        if (answer && answer.status < 300) return schema.parse(answer.body)
        const code = (answer?.body as { code?: string } | null | undefined)?.code ?? ''
        const reason = answer ? `${answer.status} ${code}` : 'unreachable'
        if (answer && !retryable.has(answer.status))
          throw new Error(`${init?.method ?? 'GET'} ${path}: ${reason}`)
        retried.push(reason)
        if (Date.now() > deadline)
          throw new Error(`${init?.method ?? 'GET'} ${path}: ${reason} for ${timeoutMs} ms`)
        await new Promise((next) => setTimeout(next, attempt < known.length ? 10 : 100))
      }
    },
  }
}
