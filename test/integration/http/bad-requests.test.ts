import { request as httpRequest } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import { aClient, aConnection, type BuiltConnection } from '../../support/builders.ts'
import { aCommandRow } from '../../support/command-rows.ts'
import { aRun } from '../../support/staged-rows.ts'
import { aCase } from '../events/facts.ts'
import { bearer, signIn, startPortal, type TestPortal } from './portal-fixture.ts'

const pages = async (app: FastifyInstance) => {
  app.get('/integrations', async () => 'page')
  app.get('/broken', async () => {
    throw new Error('password=hunter2')
  })
}

let portal: TestPortal
let headers: { authorization: string }
beforeAll(async () => {
  portal = await startPortal({ deps: { pages } })
  headers = await bearer()
  // A client whose good requests would be carried out.
  await aClient(portal.ctx.db, { id: 'acme' })
  await aConnection(portal.ctx, { clientId: 'acme' })
})
afterAll(() => portal.close())

const problem = (answer: { headers: Record<string, unknown>; json: () => unknown }) => {
  expect(answer.headers['content-type']).toContain('application/problem+json')
  return answer.json() as Record<string, unknown>
}

it('an unknown route is not found, signed in or not', async () => {
  for (const auth of [{}, headers]) {
    const answer = await portal.app.inject({ url: '/api/nothing', headers: auth })
    expect(answer.statusCode).toBe(404)
    expect(problem(answer)).toMatchObject({ code: 'not_found', status: 404 })
  }
})

it('a known route with another method names the methods that it has', async () => {
  const answer = await portal.app.inject({ method: 'PATCH', url: '/api/connection', headers })
  expect(answer.statusCode).toBe(405)
  expect(answer.headers['allow']).toBe('DELETE, GET, HEAD')
  expect(problem(answer)).toMatchObject({ code: 'method_not_allowed' })
})

const post = (url: string, payload: string, contentType = 'application/json') =>
  portal.app.inject({ method: 'POST', url, payload, headers: { ...headers, 'content-type': contentType } })

it.each<[string, string, string, string, number]>([
  ['broken JSON', '{"kind":', 'application/json', 'invalid_json', 400],
  ['JSON with a poisoned prototype', '{"__proto__":{"x":1}}', 'application/json', 'invalid_json', 400],
  ['a wrong type', '{"kind":7}', 'application/json', 'invalid_request', 400],
  ['an unknown value', '{"kind":"some"}', 'application/json', 'invalid_request', 400],
  ['an array for an object', '[]', 'application/json', 'invalid_request', 400],
  ['a NUL character', '{"kind":"full\\u0000"}', 'application/json', 'invalid_request', 400],
  ['a form', 'kind=full', 'application/x-www-form-urlencoded', 'unsupported_media_type', 415],
  ['XML', '<a/>', 'application/xml', 'unsupported_media_type', 415],
  [
    'a body beyond the limit',
    `{"x":"${'x'.repeat(1024 * 1024)}"}`,
    'application/json',
    'payload_too_large',
    413,
  ],
])('%s is refused by code, and nothing is stored', async (_what, payload, type, code, status) => {
  const answer = await post('/api/connection/sync', payload, type)
  expect(answer.statusCode).toBe(status)
  expect(problem(answer)).toMatchObject({ code, status })
  expect(await portal.ctx.db.selectFrom('sync_runs').select('id').execute()).toEqual([])
})

it.each([
  ['arrays', '['.repeat(200_000)],
  ['objects', '{"a":'.repeat(200_000)],
  ['closed ones', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
])('JSON of 200,000 levels is refused: %s', async (_what, payload) => {
  for (const url of ['/sign-out', '/api/connection/sync', '/api/case-commands']) {
    const answer = await post(url, payload)
    expect(answer.statusCode).toBe(400)
    expect(problem(answer)).toMatchObject({ code: 'invalid_json', status: 400 })
  }
})

it('brackets within a text are not counted', async () => {
  const answer = await post('/api/connection/sync', `{"kind":"${'[{\\"'.repeat(100)}"}`)
  expect(problem(answer)).toMatchObject({ code: 'invalid_request' })
})

it('all bad fields are named at once', async () => {
  const answer = await portal.app.inject({ url: '/api/invoices?limit=0&sort=price&order=up', headers })
  expect(problem(answer)['errors']).toEqual([
    { path: 'limit', message: expect.any(String) },
    { path: 'sort', message: expect.any(String) },
    { path: 'order', message: expect.any(String) },
  ])
})

it.each([
  '/api/invoices?cursor=abc',
  '/api/invoices?limit=1e9',
  '/api/invoices?eligibility=maybe',
  '/api/invoices?q=%00',
  '/api/invoices/%00',
  '/api/invoices?limit=1&limit=2',
  '/api/sync-runs?cursor=abc',
  '/api/sync-runs?cursor=n.not-a-uuid',
  '/api/cases/not-a-uuid',
  '/api/case-commands/not-a-uuid',
  '/api/set-aside-rows?limit=-1',
  '/api/invoices/%E0%A4%A',
])('%s is an invalid request', async (url) => {
  const answer = await portal.app.inject({ url, headers })
  expect(answer.statusCode).toBe(400)
  expect(problem(answer)).toMatchObject({ code: 'invalid_request' })
})

const invoiceCursor = (sort: string, k: unknown, more: object = {}) =>
  `sort=${sort}&cursor=${Buffer.from(JSON.stringify({ s: sort, o: 'asc', d: 'next', k, i: '1', ...more })).toString('base64url')}`

it.each([
  ['an amount beyond its column', invoiceCursor('amount', '9'.repeat(19))],
  ['an amount below its column', invoiceCursor('amount', `-${'9'.repeat(19)}`)],
  ['a day that is none', invoiceCursor('dueDate', '2026-02-30')],
  ['the year 0', invoiceCursor('dueDate', '0000-01-01')],
  ['a key of another type', invoiceCursor('amount', 7)],
  ['an object for an id', invoiceCursor('customer', 'a', { i: {} })],
  ['one more field', invoiceCursor('customer', 'a', { x: 1 })],
  ['a NUL character', invoiceCursor('customer', 'a\u0000')],
  ['depth', `cursor=${Buffer.from('['.repeat(10_000)).toString('base64url')}`],
])('a cursor that was tampered with is an invalid request: %s', async (_what, query) => {
  const answer = await portal.app.inject({ url: `/api/invoices?${query}`, headers })
  expect(answer.statusCode).toBe(400)
  expect(problem(answer)).toMatchObject({ code: 'invalid_request' })
})

it('whatever is done to a cursor, the answer is a page or an invalid request', async () => {
  const cursors = ['dueDate', 'amount', 'customer', 'invoiceNumber'].map((sort) =>
    invoiceCursor(sort, '2026-01-01'),
  )
  for (const cursor of [...cursors, invoiceCursor('amount', '12'), invoiceCursor('customer', '\ud800')])
    for (let at = cursor.indexOf('cursor=') + 7; at < cursor.length; at += 3)
      for (const sign of ['A', 'z', '_', '%ff']) {
        const url = `/api/invoices?${cursor.slice(0, at)}${sign}${cursor.slice(at + 1)}`
        expect([200, 400]).toContain((await portal.app.inject({ url, headers })).statusCode)
      }
  for (const list of ['sync-runs', 'cases', 'case-commands', 'set-aside-rows'])
    for (const cursor of ['n.', 'p.00000000-0000-0000-0000-000000000000', 'x.1', 'n.1;drop', '%ff', 'n.{}'])
      expect([200, 400]).toContain(
        (await portal.app.inject({ url: `/api/${list}?cursor=${cursor}`, headers })).statusCode,
      )
})

/** A row of another client in each list. @returns its id. */
const rowsOfOthers: Readonly<Record<string, (other: BuiltConnection) => Promise<string>>> = {
  'sync-runs': (other) => aRun(portal.ctx.db, other),
  cases: (other) => aCase(portal.ctx.db, { clientId: other.client_id }),
  'case-commands': (other) =>
    aCommandRow(portal.ctx.db, other.id, { errorCode: 'zoho_unavailable', nextAttemptAt: new Date() }),
}

it.each(Object.entries(rowsOfOthers))(
  'a cursor of %s that names a row of nobody, or of somebody else, is an invalid request',
  async (list, aRow) => {
    const foreign = await aRow(await aConnection(portal.ctx))
    for (const id of ['00000000-0000-0000-0000-000000000000', foreign]) {
      const answer = await portal.app.inject({ url: `/api/${list}?cursor=n.${id}`, headers })
      expect(answer.statusCode).toBe(400)
      expect(problem(answer)).toMatchObject({ code: 'invalid_request', errors: [{ path: 'cursor' }] })
    }
  },
)

it('every error carries an id that the log knows, and no query string gets into the log', async () => {
  const answer = await portal.app.inject({ url: '/api/nothing?secret=s3cr3t', headers })
  const { errorId } = problem(answer)
  expect(answer.headers['x-request-id']).toBe(errorId)
  expect(portal.logged.some((line) => line.includes(String(errorId)))).toBe(true)
  expect(portal.logged.join()).not.toContain('s3cr3t')
})

it('our own fault says nothing of its cause', async () => {
  const answer = await portal.app.inject({ url: '/broken', headers })
  expect(answer.statusCode).toBe(500)
  expect(problem(answer)).toMatchObject({ code: 'internal_error' })
  expect(answer.body).not.toContain('hunter2')
})

it('a browser gets a readable page instead, also without a sign-in page to go to', async () => {
  const accept = 'text/html,application/xhtml+xml'
  const unknown = await portal.app.inject({ url: '/nothing', headers: { accept } })
  expect(unknown.statusCode).toBe(404)
  expect(unknown.headers['content-type']).toContain('text/html')
  const signedOut = await portal.app.inject({ url: '/integrations', headers: { accept } })
  expect(signedOut.statusCode).toBe(401)
  expect(signedOut.body).toContain('Please sign in again.')
})

it('the pages may render their own error page; when that fails, a plain one is shown', async () => {
  const rendered = await startPortal({
    deps: {
      pages: async (app) => {
        app.htmlErrorPage.render = ({ code }) => {
          if (code === 'not_signed_in') throw new Error('no page')
          return `<p>Sorry: ${code}</p>`
        }
        app.get('/integrations', async () => 'page')
      },
    },
  })
  const accept = { accept: 'text/html' }
  expect((await rendered.app.inject({ url: '/nothing', headers: accept })).body).toBe(
    '<p>Sorry: not_found</p>',
  )
  expect((await rendered.app.inject({ url: '/integrations', headers: accept })).body).toContain(
    'Please sign in again.',
  )
  await rendered.close()
})

it.each<[string, string, number]>([
  ['a page', '/integrations', 200],
  ['the API', '/api/connection', 200],
  ['what is not there', '/api/nothing', 404],
  ['our own fault', '/broken', 500],
  ['the health check', '/healthz', 200],
])('an answer carries strict headers: %s', async (_what, url, status) => {
  const answer = await portal.app.inject({ url, headers })
  expect(answer.statusCode).toBe(status)
  expect(answer.headers).toMatchObject({
    'content-security-policy': expect.stringContaining("script-src 'self';"),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
  })
  expect(answer.headers['content-security-policy']).not.toContain('unsafe')
  expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'")
})

it('a host portal may be allowed to frame the pages', async () => {
  const framed = await startPortal({ config: { frameAncestors: ["'self'", 'https://host.example'] } })
  const answer = await framed.app.inject('/healthz')
  expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'self' https://host.example")
  expect(answer.headers['x-frame-options']).toBeUndefined()
  await framed.close()
})

it('a database that is away is said to be away, and the server is not ready', async () => {
  const broken = await startPortal()
  const auth = await bearer()
  expect((await broken.app.inject({ url: '/api/connection', headers: auth })).statusCode).toBe(200)
  await broken.database.drop()
  const ready = await broken.app.inject('/readyz')
  expect(ready.statusCode).toBe(503)
  expect(ready.json()).toMatchObject({ status: 'not_ready', checks: { database: { ok: false } } })
  expect(
    (await broken.app.inject({ url: '/api/connection', headers: auth })).statusCode,
  ).toBeGreaterThanOrEqual(500)
  expect((await broken.app.inject('/healthz')).statusCode).toBe(200)
  await broken.app.close()
})

it('the operator’s pages are for operators', async () => {
  const guarded = await startPortal({
    deps: { dashboard: async (app) => void app.get('/queues', async () => 'queues') },
  })
  const as = async (role: string) =>
    (await guarded.app.inject({ url: '/operator/queues', headers: await bearer({ role }) })).statusCode
  expect(await as('operator')).toBe(200)
  expect(await as('client')).toBe(403)
  expect((await guarded.app.inject('/operator/queues')).statusCode).toBe(401)
  await guarded.close()
})

it('a webhook is always accepted, whatever comes', async () => {
  for (const [payload, type] of [
    ['', undefined],
    ['{', 'application/json'],
    ['x'.repeat(2 * 1024 * 1024), 'text/plain'],
    ['JSONString=%7B%7D', 'application/x-www-form-urlencoded'],
  ] as const) {
    const answer = await portal.app.inject({
      method: 'POST',
      url: '/webhooks/zoho-books/not-a-token-of-anyone',
      payload,
      headers: type ? { 'content-type': type } : {},
    })
    expect(answer.statusCode).toBe(202)
  }
  expect(portal.logged.join()).not.toContain('not-a-token-of-anyone')
})

it('many requests of one client that would call Zoho are slowed down', async () => {
  const cookie = await signIn(portal, { client_id: 'busy' })
  const ask = () => portal.app.inject({ url: '/api/connection/organizations', headers: { cookie } })
  const statuses = []
  for (let i = 0; i < 61; i += 1) statuses.push((await ask()).statusCode)
  expect(statuses.at(-1)).toBe(429)
  expect(statuses.slice(0, 60)).not.toContain(429)
})

it('an address that cannot be decoded, and something that is not HTTP at all, are answered with 400', async () => {
  await portal.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = portal.app.server.address() as AddressInfo
  const noise = connect(port, '127.0.0.1', () => noise.end('nothing of the kind\r\n\r\n'))
  expect(await text(noise)).toMatch(/^HTTP\/1\.1 400 /)
  const status = await new Promise<number | undefined>((done, fail) => {
    const request = httpRequest({ port, host: '127.0.0.1', path: '/api/%', headers }, (answer) => {
      answer.resume()
      done(answer.statusCode)
    })
    request.once('error', fail)
    request.end()
  })
  expect(status).toBe(400)
})
