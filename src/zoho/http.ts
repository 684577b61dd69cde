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

export type Send = (request: {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}) => Promise<HttpAnswer>

/**
 * Builds a sender with one time limit for the whole request.
 *
 * @param keepAlive false for the accounts servers: called once an hour, an idle socket would be dead by then, and a
 * reset token call cannot be told from a minted token.
 */
export const createSend = ({ timeoutMs, keepAlive }: { timeoutMs: number; keepAlive: boolean }): Send => {
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
      const answer = await client(url, {
        method,
        ...(headers && { headers }),
        ...(form && { form }),
        ...(signal && { signal }),
      })
      return { status: answer.statusCode, headers: answer.headers, body: answer.body }
    } catch (error) {
      throw new AppError('zoho_unavailable', { cause: withoutRequest(error) })
    }
  }
}

/** got's errors hold the options and so the tokens; only what names the trouble is kept. */
const withoutRequest = (error: unknown): Error => {
  const code = error instanceof RequestError ? error.code : 'ERR_UNKNOWN'
  const name = error instanceof Error ? error.name : 'Error'
  return Object.assign(new Error(`${name}: ${code}`), { code })
}
