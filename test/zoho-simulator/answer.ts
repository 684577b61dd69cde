import type { IncomingHttpHeaders } from 'node:http'
import type { ListTwist } from './failure-rules.ts'
import type { RequestEntry } from './request-log.ts'
import type { DataCenter } from './world.ts'

/** A request as the simulated servers see it. */
export interface Call {
  readonly dataCenter: DataCenter
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly entry: RequestEntry
  /** How a failure rule bends the listing, if one does. */
  readonly twist: ListTwist | undefined
  /** Waits for the set latency; called while the request holds its slot of the concurrency limit. */
  readonly pause: () => Promise<void>
  /** Runs when the answer is out or the caller has gone. */
  readonly onEnd: (release: () => void) => void
}

/** What is written back. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

const jsonHeaders = { 'Content-Type': 'application/json;charset=UTF-8' }
const htmlHeaders = { 'Content-Type': 'text/html;charset=UTF-8' }

/** A JSON answer with the headers Zoho sends. */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers: { ...jsonHeaders, ...headers }, body: JSON.stringify(body) }
}

/** A JSON answer whose text is already written, so that decimals stay as they are. */
export function jsonTextAnswer(
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status: 200, headers: { ...jsonHeaders, ...headers }, body }
}

/** An HTML page. */
export function htmlAnswer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers: { ...htmlHeaders, ...headers }, body }
}

/** The envelope of every Books error: `{"code":…,"message":…}` (contract 10.2). */
export function booksError(
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return jsonAnswer(status, { code, message }, headers)
}
