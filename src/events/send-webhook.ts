/** One request to an endpoint: signed, without redirects, and with an end. */
import http from 'node:http'
import https from 'node:https'
import { Webhook } from 'standardwebhooks'
import { type GuardedAgents, RefusedAddressError } from './guarded-agent.ts'

/** For connecting, answering and the beginning of the answer's body together. */
const answerWithinMs = 10_000
/** Bytes of an answer that are read and stored. */
const mostKept = 1024

export interface WebhookRequest {
  readonly url: string
  /** The id of the event: whoever gets it twice knows it by that. */
  readonly id: string
  readonly body: string
  /** Newest first; more than one while a secret is being rotated. */
  readonly secrets: readonly string[]
  readonly now: Date
}

/** Why there was no answer, or a bad one. */
export type AttemptError = 'address_refused' | 'timeout' | 'connection_failed' | 'redirect' | 'status'

export interface AttemptResult {
  readonly ms: number
  readonly status: number | null
  /** Null: it was taken. */
  readonly error: AttemptError | null
  /** The beginning of what was answered. */
  readonly answer: string
}

/** Headers of the Standard Webhooks specification: a signature by each secret. */
export const signedHeaders = ({ id, body, secrets, now }: Omit<WebhookRequest, 'url'>) => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
  'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
})

const errorOfStatus = (status: number): AttemptError | null => {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400 ? 'redirect' : 'status'
}

const errorOf = (error: unknown, signal: AbortSignal): AttemptError => {
  if (error instanceof RefusedAddressError) return 'address_refused'
  return signal.aborted ? 'timeout' : 'connection_failed'
}

/** Text that PostgreSQL takes, of at most so many bytes. */
const kept = (parts: readonly Buffer[]): string => {
  let text = Buffer.concat(parts).subarray(0, mostKept).toString('utf8').replaceAll('\0', '\uFFFD')
  while (Buffer.byteLength(text) > mostKept) text = text.slice(0, -1)
  return text
}

/** The beginning of an answer; what comes after it is not read. Once the status is there, a slow body changes nothing. */
const readBeginning = async (answer: http.IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const part of answer) {
      parts.push(part as Buffer)
      bytes += (part as Buffer).length
      if (bytes >= mostKept) break
    }
  } catch {
    // It ended early, or took too long.
  }
  return kept(parts)
}

/** Posts an event. Never throws for what the endpoint does. */
export const sendWebhook = async (
  agents: GuardedAgents,
  request: WebhookRequest,
  { timeoutMs = answerWithinMs }: { readonly timeoutMs?: number } = {},
): Promise<AttemptResult> => {
  const started = performance.now()
  const signal = AbortSignal.timeout(timeoutMs)
  const ms = () => Math.round(performance.now() - started)
  try {
    const isPlain = request.url.startsWith('http:')
    const answer = await new Promise<http.IncomingMessage>((done, fail) => {
      const sent = (isPlain ? http : https).request(
        request.url,
        {
          method: 'POST',
          agent: isPlain ? agents.http : agents.https,
          signal,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(request.body),
            'user-agent': 'zoho-books-collector',
            ...signedHeaders(request),
          },
        },
        done,
      )
      sent.on('error', fail)
      sent.end(request.body)
    })
    const status = answer.statusCode ?? 0
    return { status, error: errorOfStatus(status), answer: await readBeginning(answer), ms: ms() }
  } catch (error) {
    return { status: null, error: errorOf(error, signal), answer: '', ms: ms() }
  }
}
