/** One way out to Zoho: no retries, no redirects, no thrown statuses, and errors that carry no request. */
import http from 'node:http'
import https from 'node:https'
import got, { type Got, RequestError } from 'got'
import { AppError } from '../errors.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export interface BinaryAnswer extends Omit<HttpAnswer, 'body'> {
  readonly bytes: Buffer
}

interface Request {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

export type Send = (request: Request) => Promise<HttpAnswer>
export type SendForBytes = (request: Request) => Promise<BinaryAnswer>

export interface SendOptions {
  readonly timeoutMs: number
  readonly keepAlive: boolean
  /** Of one answer's body, after decompression. */
  readonly maxBytes: number
}

/** A sender whose answers are text. */
export const createSend = (options: SendOptions): Send => {
  const send = createSendForBytes(options)
  return async (request) => {
    const { bytes, ...answer } = await send(request)
    return { ...answer, body: bytes.toString('utf8') }
  }
}

/**
 * Builds a sender with one time limit for the whole request and one bound on what is read of its answer: a megabyte of
 * gzip can be a gigabyte of text.
 *
 * @param keepAlive false for the accounts servers: called once an hour, an idle socket would be dead by then, and a
 * reset token call cannot be told from a minted token.
 */
export const createSendForBytes = ({ timeoutMs, keepAlive, maxBytes }: SendOptions): SendForBytes => {
  const client: Got = got.extend({
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    timeout: { request: timeoutMs },
    agent: { http: new http.Agent({ keepAlive }), https: new https.Agent({ keepAlive }) },
    headers: { accept: 'application/json', 'user-agent': 'zoho-books-collector' },
  })
  return async ({ method, url, headers, form, signal }) => {
    try {
      // A stream: what is too long is not even read. A POST without a form has an empty body, or the stream would wait for one.
      const answer = client.stream(url, {
        method,
        ...(headers && { headers }),
        ...(form ? { form } : method === 'POST' && { body: '' }),
        ...(signal && { signal }),
      })
      // Whoever reads hears of errors; got emits one more when the signal is aborted after the end.
      answer.on('error', () => {})
      // Destroyed also after a good end: else it would listen to the signal for as long as that lives.
      const bytes = await readAtMost(answer, maxBytes).finally(() => answer.destroy())
      const { response } = answer
      if (!response) throw new Error('an end without an answer')
      return { status: response.statusCode, headers: response.headers, bytes }
    } catch (error) {
      throw new AppError('zoho_unavailable', { cause: withoutRequest(error) })
    }
  }
}

/** Whoever leaves the loop destroys the stream, and with it the connection. */
const readAtMost = async (answer: AsyncIterable<unknown>, maxBytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer) {
    const piece = chunk as Buffer
    bytes += piece.length
    if (bytes > maxBytes) throw Object.assign(new Error('too long'), { code: answerTooLong })
    chunks.push(piece)
  }
  return Buffer.concat(chunks, bytes)
}

const answerTooLong = 'ERR_ANSWER_TOO_LONG'
/** Whether a sender gave up because more came than it reads. */
export const wasTooLong = ({ cause }: AppError): boolean =>
  (cause as { code?: unknown } | undefined)?.code === answerTooLong

/** got's errors hold the options and so the tokens; only what names the trouble is kept. */
const withoutRequest = (error: unknown): Error => {
  const { code: given } = (error ?? {}) as { code?: unknown }
  const code = error instanceof RequestError ? error.code : given === answerTooLong ? given : 'ERR_UNKNOWN'
  const name = error instanceof Error ? error.name : 'Error'
  return Object.assign(new Error(`${name}: ${code}`), { code })
}
