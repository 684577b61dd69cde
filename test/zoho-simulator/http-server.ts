import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { answerAccounts } from './accounts-server.ts'
import { type Answer, booksError, type Call, htmlAnswer, jsonAnswer } from './answer.ts'
import { answerBooks } from './books-api.ts'
import { type FailureAction, type ListTwist, matches } from './failure-rules.ts'
import { patchJson } from './json-text.ts'
import { oddDateText } from './odd-times.ts'
import { type RequestEntry, withoutSecrets } from './request-log.ts'
import type { WebApp } from './web-app.ts'
import type { DataCenter, World } from './world.ts'

/** Answers `/__control/…`; kept apart from the log, the rules and the limits. */
export type ControlHandler = (
  method: string,
  name: string,
  query: URLSearchParams,
  body: Buffer,
) => Promise<Answer>

/** What is served beside Zoho's APIs. */
export interface Handlers {
  readonly control: ControlHandler
  /** Undefined: the pages are not served. */
  readonly webApp: WebApp | undefined
}

const BODY_LIMIT = 1_000_000
const badGateway =
  '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>'
const notFound =
  '<html><head><title>Page not found</title></head><body><h1>The page cannot be found</h1></body></html>'
const twists = new Set<FailureAction>(['hasMoreOnEmptyPage', 'samePageTwice', 'endlessPages'])
const isTwist = (action: FailureAction | undefined): action is ListTwist =>
  action !== undefined && twists.has(action)

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > BODY_LIMIT) throw new Error('body too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function grantTypeOf(path: string, query: URLSearchParams, body: Buffer): string | undefined {
  if (path !== '/oauth/v2/token') return undefined
  return query.get('grant_type') ?? /grant_type(?:=|"\r\n\r\n)(\w+)/.exec(body.toString('latin1'))?.[1]
}

function noteOutcome(entry: RequestEntry, { status, body }: Answer): void {
  entry.status = status
  if (typeof body !== 'string' || body.length > 2000 || !body.startsWith('{')) return
  try {
    const { code, error, status: verdict } = JSON.parse(body) as Record<string, unknown>
    const note = code ?? (verdict === 'failure' && entry.path === '/oauth/v2/token' ? 'throttled' : error)
    if (typeof note === 'number' || typeof note === 'string') entry.code = note
  } catch {
    // A body that a rule made malformed has no code.
  }
}

/** The answer a rule puts in the place of the true one, if it does. */
function replacement(action: FailureAction | undefined): Answer | undefined {
  if (action === 'empty')
    return { status: 200, headers: { 'Content-Type': 'application/json;charset=UTF-8' }, body: '' }
  if (action === 'html502') return htmlAnswer(502, badGateway)
  if (action === 'html404') return htmlAnswer(404, notFound)
  if (typeof action !== 'object') return undefined
  if ('code' in action) return booksError(200, action.code, action.message ?? 'Something went wrong')
  if (!('status' in action)) return undefined
  const { status, body = '', headers = {} } = action
  return typeof body === 'string' ? { status, headers, body } : jsonAnswer(status, body, headers)
}

function patchAnswer(answer: Answer, patch: Readonly<Record<string, unknown>>): Answer {
  const body = answer.body.toString()
  return body.startsWith('{') ? { ...answer, body: patchJson(body, patch) } : answer
}

function padAnswer(answer: Answer, bytes: number): Answer {
  const body = Buffer.from(answer.body)
  return body.length < bytes
    ? { ...answer, body: Buffer.concat([body, Buffer.alloc(bytes - body.length, ' ')]) }
    : answer
}

function bend(answer: Answer, action: FailureAction | undefined): Answer {
  if (typeof action !== 'object') return answer
  if ('patch' in action) return patchAnswer(answer, action.patch)
  return 'padTo' in action ? padAnswer(answer, action.padTo) : answer
}

/** The `Date` header; undefined: none. A rule can make it odd for Zoho's own answers. */
function dateHeader({ oddDate, clock }: World, entry: RequestEntry | undefined): string | undefined {
  const now = clock.now()
  return entry && oddDate && matches(oddDate.match, entry)
    ? oddDateText(oddDate.date, now)
    : new Date(now).toUTCString()
}

function send(
  world: World,
  response: ServerResponse,
  answer: Answer,
  truncate: boolean,
  entry?: RequestEntry,
): void {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body
  const date = dateHeader(world, entry)
  // Node would put in a true one.
  response.sendDate = date !== undefined
  response.writeHead(answer.status, {
    ...(date === undefined ? {} : { Date: date }),
    Server: 'ZGS',
    'Cache-Control': 'no-store, no-cache, must-revalidate, private',
    Vary: 'accept-encoding',
    ...answer.headers,
    'Content-Length': body.length,
  })
  if (truncate)
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy())
  else response.end(body)
}

async function trueAnswer(world: World, call: Call): Promise<Answer> {
  if (call.path.startsWith('/oauth/')) return answerAccounts(world, call)
  if (call.path.startsWith('/books/')) return answerBooks(world, call)
  return htmlAnswer(404, notFound)
}

async function serve(
  world: World,
  dataCenter: DataCenter,
  { control, webApp }: Handlers,
  closing: AbortSignal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const receivedAt = Date.now()
  const method = request.method ?? 'GET'
  const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://simulator')
  const body = await readBody(request)
  if (path.startsWith('/__control/')) {
    return send(world, response, await control(method, path.slice('/__control/'.length), query, body), false)
  }
  if (webApp && /^\/(app(\/.*)?)?$/.test(path)) {
    const answer =
      path === '/'
        ? { status: 302, headers: { Location: '/app' }, body: '' }
        : webApp(method, path, query, body)
    return send(world, response, answer, false)
  }

  const grantType = grantTypeOf(path, query, body)
  const organizationId = query.get('organization_id')
  const entry = world.log.begin({
    at: world.clock.now(),
    receivedAt,
    dataCenter: dataCenter.code,
    method,
    path,
    query: withoutSecrets(query),
    ...(grantType === undefined ? {} : { grantType }),
    ...(organizationId === null ? {} : { organizationId }),
  })
  response.on('close', () => world.log.end(entry))

  const action = world.rules.take(entry)
  if (action !== undefined) entry.fault = typeof action === 'string' ? action : (Object.keys(action)[0] ?? '')
  if (action === 'hang') return
  if (action === 'reset') return void request.socket.resetAndDestroy()

  const delay = world.latencyMs + (typeof action === 'object' && 'delayMs' in action ? action.delayMs : 0)
  const pause = async () => {
    if (delay > 0) await wait(delay, undefined, { signal: closing })
  }
  const replaced = replacement(action)
  if (replaced) await pause()
  const answer =
    replaced ??
    (await trueAnswer(world, {
      dataCenter,
      method,
      path,
      query,
      headers: request.headers,
      body,
      entry,
      twist: isTwist(action) ? action : undefined,
      pause,
      onEnd: (release) => void (response.closed ? release() : response.on('close', release)),
    }))
  const bent = bend(answer, action)
  noteOutcome(entry, bent)
  send(world, response, bent, action === 'truncate', entry)
}

/** The HTTP server of one data centre: accounts server, Books API, its web application and control API on one origin. */
export function createSimulatorServer(
  world: World,
  dataCenter: DataCenter,
  handlers: Handlers,
  closing: AbortSignal,
): Server {
  const server = createServer((request, response) => {
    serve(world, dataCenter, handlers, closing, request, response).catch((error: unknown) => {
      if (closing.aborted || response.destroyed) return void response.destroy()
      // A fault of the simulator itself must be loud, or a test would take it for Zoho's.
      console.error('simulator failed to answer', request.method, request.url?.split('?')[0], error)
      if (response.headersSent) response.destroy()
      else send(world, response, booksError(500, 1000, 'Internal error'), false)
    })
  })
  server.keepAliveTimeout = 60_000
  return server
}
