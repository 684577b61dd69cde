import { waitFor } from '../../support/wait-for.ts'
import { type FailureAction, type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { type Books, openBooks, type Row, refresh, request } from './client.ts'

describe('the failure rules of the simulator', () => {
  let zoho: Simulator
  let books: Books

  beforeEach(async () => {
    zoho = await startSimulator({ invoices: 45 })
    books = openBooks(zoho)
  })
  afterEach(() => zoho.close())

  const ask = (query: Record<string, string> = {}) =>
    books.get('/invoices', { per_page: '20', sort_order: 'A', ...query })
  const failOnce = (action: FailureAction) => zoho.control.fail({ match: { path: '/invoices' }, action })
  const ids = ({ json }: { json: Record<string, unknown> }) =>
    (json['invoices'] as Row[]).map((row) => row['invoice_id'])

  test('fail m matches after n, and only what matches', async () => {
    zoho.control.fail({
      match: { path: '/invoices$', query: { page: '2' } },
      after: 1,
      times: 2,
      action: { status: 503 },
    })
    const statuses: number[] = []
    for (const page of ['2', '1', '2', '2', '2']) statuses.push((await ask({ page })).status)
    expect(statuses).toEqual([200, 200, 503, 503, 200])
  })

  test('fail for ever with times 0, until removed', async () => {
    const rule = zoho.control.fail({
      times: 0,
      action: { status: 500, body: { code: 1000, message: 'Internal error' } },
    })
    expect((await ask()).json).toEqual({ code: 1000, message: 'Internal error' })
    expect((await ask()).status).toBe(500)
    expect(zoho.control.removeRule(rule)).toBe(true)
    expect((await ask()).status).toBe(200)
  })

  test.each([
    ['html502', 502, 'text/html'],
    ['html404', 404, 'text/html'],
    ['empty', 200, 'application/json'],
  ] as const)('answer %s', async (action, status, type) => {
    failOnce(action)
    const reply = await ask()
    expect([reply.status, reply.headers.get('content-type')]).toEqual([status, expect.stringContaining(type)])
    if (action === 'empty') expect(reply.text).toBe('')
  })

  test('answer 200 with a code that is not 0', async () => {
    failOnce({ code: 9999, message: 'strange' })
    const { status, json } = await ask()
    expect([status, json]).toEqual([200, { code: 9999, message: 'strange' }])
  })

  test.each(['reset', 'truncate'] as const)('cut the connection: %s', async (action) => {
    failOnce(action)
    await expect(ask()).rejects.toThrow()
    expect((await ask()).status).toBe(200)
  })

  test('hang until the caller gives up', async () => {
    failOnce('hang')
    const headers = { authorization: `Zoho-oauthtoken ${books.token}` }
    const leaving = new AbortController()
    const given = expect(books.get('/invoices', {}, { headers, signal: leaving.signal })).rejects.toThrow(
      /aborted/,
    )
    await waitFor('the request', () => zoho.control.requests().length === 1).finally(() => leaving.abort())
    await given
    const [hung] = zoho.control.requests({ path: '/invoices' })
    expect(hung).toMatchObject({ status: 0, fault: 'hang' })
  })

  test('do not keep close() from ending', async () => {
    failOnce('hang')
    const hanging = ask().catch((error: Error) => error.message)
    await waitFor('the request', () => zoho.control.requests().length === 1)
    await zoho.close()
    expect(await hanging).toBe('fetch failed')
  })

  test('delay an answer', async () => {
    failOnce({ delayMs: 40 })
    const start = performance.now()
    await ask()
    expect(performance.now() - start).toBeGreaterThan(35)
  })

  test('merge a patch into the true answer and leave the rest as it was', async () => {
    failOnce({ patch: { message: 'hi', page_context: { has_more_page: { $absent: true } } } })
    const { json, text } = await ask()
    expect(json).toMatchObject({ code: 0, message: 'hi', page_context: { page: 1 } })
    expect(json['page_context']).not.toHaveProperty('has_more_page')
    expect(text).toMatch(/"balance":\d+\.\d\d,/)
  })

  test('bend paging: more after an empty page, the same page twice, pages without end', async () => {
    failOnce('hasMoreOnEmptyPage')
    expect((await ask()).json).toMatchObject({ invoices: [], page_context: { has_more_page: true } })
    const first = ids(await ask())
    failOnce('samePageTwice')
    expect(ids(await ask({ page: '2' }))).toEqual(first)
    zoho.control.fail({ times: 0, action: 'endlessPages' })
    const last = ids(await ask({ page: '40' }))
    expect(last.length).toBeGreaterThan(0)
    expect((await ask({ page: '41' })).json).toMatchObject({
      page_context: { page: 41, has_more_page: true },
    })
    expect(ids(await ask({ page: '42' }))).toEqual(last)
  })

  test('reach the token endpoint too, by grant', async () => {
    const { refreshToken } = zoho.control.grant()
    zoho.control.fail({ match: { path: '/oauth/v2/token$', grantType: 'refresh_token' }, action: 'html502' })
    expect((await refresh(zoho.url, refreshToken)).status).toBe(502)
    expect((await refresh(zoho.url, refreshToken)).json).toHaveProperty('access_token')
  })

  test('the log names faults and never a secret', async () => {
    const { refreshToken } = zoho.control.grant()
    await request(`${zoho.url}/oauth/v2/token/revoke?token=${refreshToken}`, { method: 'POST' })
    failOnce('html502')
    await ask()
    const log = zoho.control.requests()
    expect(log).toHaveLength(2)
    expect(log[1]).toMatchObject({ fault: 'html502', status: 502, organizationId: books.organizationId })
    expect(JSON.stringify(log)).not.toContain(refreshToken)
    expect(zoho.control.counters()).toMatchObject({ total: 2, byStatus: { 200: 1, 502: 1 } })
  })
})
