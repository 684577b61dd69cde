import { inspect } from 'node:util'
import { AppError } from '../../../src/errors.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import type { ZohoClient } from '../../../src/zoho/client.ts'
import { createZohoClient } from '../../../src/zoho/create-client.ts'
import { testConfig } from '../../support/context.ts'
import nock from '../../support/nock.ts'

const accounts = 'https://accounts.zoho.eu'
const api = 'https://www.zohoapis.eu'

const now = new Date('2026-06-10T12:00:00Z')
const clientOf = (timeouts?: { readonly tokenMs: number; readonly apiMs: number }) =>
  createZohoClient({
    zoho: testConfig({ zoho: { clientSecrets: { eu: 'secret-of-eu' } } }).zoho,
    log: createLogger({ level: 'silent' }),
    ...(timeouts && { timeouts }),
    now: () => now,
  })
let client: ZohoClient
let call: Parameters<ZohoClient['listInvoices']>[0]

beforeAll(() => {
  nock.disableNetConnect()
  client = clientOf()
  call = {
    dataCenter: client.dataCenter('eu'),
    accessToken: '1000.a.b',
    organizationId: '912345678',
    page: 1,
  }
})
afterEach(() => {
  const pending = nock.pendingMocks()
  nock.cleanAll()
  expect(pending).toEqual([])
})
const caught = async (promise: Promise<unknown>): Promise<AppError> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof AppError)) throw new Error(`not refused: ${String(error)}`)
  return error
}

const invoice = (change: Record<string, unknown> = {}) => ({
  invoice_id: '260000000000101011',
  invoice_number: 'INV-1',
  status: 'sent',
  balance: 690.0,
  last_modified_time: '2026-05-20T13:15:36+0200',
  ...change,
})
const page = (
  context: unknown = { page: 1, per_page: 200, has_more_page: false },
  invoices: unknown = [invoice()],
) => ({
  code: 0,
  message: 'success',
  invoices,
  page_context: context,
})
const answering = (status: number, body?: unknown, headers: Record<string, string> = {}) =>
  nock(api)
    .get('/books/v3/invoices')
    .query(true)
    .reply(status, typeof body === 'string' ? body : JSON.stringify(body), headers)

describe('listing invoices', () => {
  it('asks for a page of unpaid invoices, oldest first, with token and organization', async () => {
    nock(api, { reqheaders: { authorization: 'Zoho-oauthtoken 1000.a.b' } })
      .get('/books/v3/invoices')
      .query({
        organization_id: '912345678',
        filter_by: 'Status.Unpaid',
        sort_column: 'created_time',
        sort_order: 'A',
        page: '3',
        per_page: '200',
        response_option: '1',
      })
      .reply(200, page({ page: 3, has_more_page: true, total: 4711 }), {
        Date: 'Tue, 09 Jun 2026 10:00:00 GMT',
        'X-Rate-Limit-Limit': '1000',
        'X-Rate-Limit-Remaining': '832',
        'X-Rate-Limit-Reset': '38663',
      })
    const answer = await client.listInvoices({ ...call, page: 3, filterBy: 'Status.Unpaid', withTotal: true })
    expect(answer).toMatchObject({ hasMore: true, page: 3, total: 4711 })
    expect(answer.facts).toEqual({
      zohoTime: new Date('2026-06-09T10:00:00Z'),
      dayLimit: 1000,
      dayRemaining: 832,
      dayResetSeconds: 38663,
    })
  })

  it('encodes the plus of the modified time', async () => {
    let path = ''
    nock(api)
      .get('/books/v3/invoices')
      .query(true)
      .reply(function answer(uri) {
        path = uri
        return [200, page()]
      })
    await client.listInvoices({ ...call, modifiedSince: new Date('2026-06-09T13:14:55Z') })
    expect(path).toContain('last_modified_time=2026-06-09T13%3A14%3A55%2B0000')
  })

  it('sets a bad row aside and keeps the others', async () => {
    answering(200, page(undefined, [invoice(), invoice({ balance: 'x' }), null, 'x']))
    const { rows } = await client.listInvoices(call)
    expect(rows.map((row) => row.ok)).toEqual([true, false, false, false])
  })

  it('keeps all digits of big amounts and of ids sent as numbers', async () => {
    answering(
      200,
      '{"code":0,"invoices":[{"invoice_id":260000000000101011,"status":"sent","balance":99999999999999999.99,"last_modified_time":"2026-05-20T13:15:36+0200"}],"page_context":{"page":1,"has_more_page":false}}',
    )
    const { rows } = await client.listInvoices(call)
    expect(rows[0]).toMatchObject({
      ok: true,
      invoice: { invoiceId: '260000000000101011', balance: '99999999999999999.99' },
    })
  })

  it.each([
    ['another page', page({ page: 2, has_more_page: false })],
    ['no page_context', { code: 0, invoices: [] }],
    ['has_more_page as text', page({ page: 1, has_more_page: 'true' })],
    ['page_context as a list', page([{ has_more_page: true }])],
    ['no invoices', { code: 0, page_context: { page: 1, has_more_page: false } }],
    ['invoices that are no list', page(undefined, {})],
    ['a code that is not 0', { ...page(), code: 1000 }],
    ['a code of a limit', { code: 45, message: 'limit' }],
    ['no code', { invoices: [], page_context: { page: 1, has_more_page: false } }],
  ])('does not trust a 200 with %s', async (_, body) => {
    answering(200, body)
    expect(await caught(client.listInvoices(call))).toMatchObject({ code: 'zoho_answer_invalid' })
  })

  it.each([
    [200, ''],
    [200, '<html>Maintenance</html>'],
    [200, '{"code":0,"invoices":[{"invoice_id":"26'],
    [302, ''],
    [400, '<html>Bad Request</html>'],
    [403, '<html>Blocked</html>'],
    [404, '<html>Not Found</html>'],
    [500, { code: 1000, message: 'Internal error' }],
    [502, '<html>Bad Gateway</html>'],
    [503, ''],
  ])('%d %j is no answer', async (status, body) => {
    answering(status, body)
    expect(await caught(client.listInvoices(call))).toMatchObject({ code: 'zoho_unavailable', retry: 'now' })
  })

  it.each([
    [401, { code: 14 }, 'zoho_token_refused'],
    [401, { code: 57 }, 'zoho_token_refused'],
    [401, '', 'zoho_token_refused'],
    [400, { code: 6041 }, 'zoho_organization_gone'],
    [400, { code: 2, message: 'Invalid value passed for page' }, 'zoho_request_invalid'],
    [405, { code: 37 }, 'zoho_request_invalid'],
    [429, { code: 44 }, 'zoho_minute_limit'],
    [429, { code: 45 }, 'zoho_day_limit'],
    [429, { code: 1070 }, 'zoho_concurrency_limit'],
    [429, { code: 4711 }, 'zoho_minute_limit'],
    [429, '<html></html>', 'zoho_minute_limit'],
  ])('%d %j is %s', async (status, body, code) => {
    answering(status, body)
    expect(await caught(client.listInvoices(call))).toMatchObject({ code })
  })

  it('classifies by code, never by a text that names another one', async () => {
    answering(400, { code: 2, message: 'Invalid value passed for 6041 1002 invalid_code 429' })
    expect(await caught(client.listInvoices(call))).toMatchObject({ code: 'zoho_request_invalid' })
  })

  it('hands on Retry-After and the numbers of the day', async () => {
    answering(
      429,
      { code: 45 },
      {
        'Retry-After': '90',
        'X-Rate-Limit-Limit': '1000',
        'X-Rate-Limit-Remaining': '0',
        'X-Rate-Limit-Reset': '38663',
      },
    )
    expect(await caught(client.listInvoices(call))).toMatchObject({
      code: 'zoho_day_limit',
      retryAt: new Date('2026-06-10T12:01:30Z'),
      details: { zohoCode: 45, dayRemaining: 0, dayResetSeconds: 38663, retryAfterSeconds: 90 },
    })
  })

  it.each([
    ['999999999', '1781092800'],
    ['Fri, 01 Jan 2083 00:00:00 GMT', '86401'],
  ])('no header stops an organization for longer than an hour or a day: %s, %s', async (after, reset) => {
    answering(429, { code: 45 }, { 'Retry-After': after, 'X-Rate-Limit-Reset': reset })
    expect(await caught(client.listInvoices(call))).toMatchObject({
      retryAt: new Date('2026-06-10T13:00:00Z'),
      details: { dayResetSeconds: 86_400, retryAfterSeconds: 3_600 },
    })
  })

  it('a hang ends after the time limit, a reset at once; neither shows the token', async () => {
    nock(api).get('/books/v3/invoices').query(true).delay(2000).reply(200, page())
    const hang = await caught(clientOf({ tokenMs: 200, apiMs: 200 }).listInvoices(call))
    nock(api)
      .get('/books/v3/invoices')
      .query(true)
      .replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    const reset = await caught(client.listInvoices(call))
    for (const error of [hang, reset]) {
      expect(error.code).toBe('zoho_unavailable')
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('1000.a.b')
    }
    nock.abortPendingRequests()
  })
})

describe('one invoice', () => {
  const detail = (status: number, body: unknown) =>
    nock(api)
      .get('/books/v3/invoices/260000000000101011')
      .query({ organization_id: '912345678' })
      .reply(status, typeof body === 'string' ? body : JSON.stringify(body))
  const get = () => client.getInvoice({ ...call, invoiceId: '260000000000101011' })

  it('is read by id', async () => {
    detail(200, { code: 0, invoice: invoice() })
    expect((await get()).invoice).toMatchObject({ invoiceId: '260000000000101011', balance: '690' })
  })

  it.each([
    [404, { code: 1002, message: 'Rechnung existiert nicht.' }, 'zoho_invoice_gone'],
    [404, { code: 5, message: 'Invalid URL Passed' }, 'zoho_request_invalid'],
    [404, '<html>Not Found</html>', 'zoho_unavailable'],
    [404, '', 'zoho_unavailable'],
    [404, { message: 'no code' }, 'zoho_unavailable'],
    [200, { code: 1002, message: 'Invoice does not exist.' }, 'zoho_answer_invalid'],
    [200, { code: 0, invoice: invoice({ invoice_id: '1' }) }, 'zoho_answer_invalid'],
    [200, { code: 0, invoice: invoice({ balance: '' }) }, 'zoho_answer_invalid'],
    [200, { code: 0 }, 'zoho_answer_invalid'],
  ])('%d %j is %s', async (status, body, code) => {
    detail(status, body)
    expect(await caught(get())).toMatchObject({ code })
  })
})

describe('organizations', () => {
  const list = async (organizations: unknown[]) => {
    nock(api).get('/books/v3/organizations').query(true).reply(200, { code: 0, organizations })
    return (await client.listOrganizations(call)).organizations
  }

  it('reads the active flag from wherever it stands, and keeps the order', async () => {
    const base = { currency_code: 'EUR', time_zone: 'Europe/Berlin' }
    const listed = await list([
      { ...base, organization_id: '3', name: 'Nested', org_settings: { is_org_active: false } },
      { ...base, organization_id: '1', name: 'Top', is_org_active: false, is_default_org: true },
      { ...base, organization_id: 2, name: 'Neither' },
      { name: 'no id' },
    ])
    expect(listed).toEqual([
      {
        id: '3',
        name: 'Nested',
        isDefault: false,
        isActive: false,
        currencyCode: 'EUR',
        timeZone: 'Europe/Berlin',
      },
      {
        id: '1',
        name: 'Top',
        isDefault: true,
        isActive: false,
        currencyCode: 'EUR',
        timeZone: 'Europe/Berlin',
      },
      {
        id: '2',
        name: 'Neither',
        isDefault: false,
        isActive: true,
        currencyCode: 'EUR',
        timeZone: 'Europe/Berlin',
      },
    ])
  })

  it('a time zone that nobody knows becomes UTC', async () => {
    const [organization] = await list([{ organization_id: '1', name: 'X', time_zone: 'Mars/Olympus' }])
    expect(organization?.timeZone).toBe('UTC')
  })
})

describe('the accounts server', () => {
  it('the consent asks for lasting access to exactly three scopes, all of them to read', () => {
    const url = new URL(
      client.authorizationUrl({ state: 's3cr3t', redirectUri: 'https://app.test/callback' }),
    )
    expect(`${url.origin}${url.pathname}`).toBe('https://accounts.zoho.com/oauth/v2/auth')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: '1000.TESTCLIENT',
      redirect_uri: 'https://app.test/callback',
      scope: 'ZohoBooks.invoices.READ,ZohoBooks.settings.READ,ZohoBooks.contacts.READ',
      state: 's3cr3t',
      access_type: 'offline',
      prompt: 'consent',
    })
  })

  const exchange = (accountsServer: string | undefined = accounts) =>
    client.exchangeCode({ code: 'c0de', redirectUri: 'https://app.test/callback', accountsServer })
  const token = {
    access_token: '1000.a.a',
    refresh_token: '1000.r.r',
    api_domain: 'https://www.zohoapis.eu',
    expires_in: 3600,
  }
  const tokenEndpoint = (host = accounts) => nock(host).post('/oauth/v2/token')

  it('sends the code as a form, with the secret of that data centre', async () => {
    nock(accounts)
      .post('/oauth/v2/token', {
        grant_type: 'authorization_code',
        code: 'c0de',
        redirect_uri: 'https://app.test/callback',
        client_id: '1000.TESTCLIENT',
        client_secret: 'secret-of-eu',
      })
      .matchHeader('content-type', 'application/x-www-form-urlencoded')
      .reply(200, token)
    expect(await exchange()).toMatchObject({
      accessToken: '1000.a.a',
      refreshToken: '1000.r.r',
      expiresIn: 3600,
      dataCenter: { code: 'eu' },
    })
  })

  it('without an accounts server the code goes to where the consent started', async () => {
    tokenEndpoint('https://accounts.zoho.com').reply(200, { ...token, api_domain: undefined })
    expect(
      await client.exchangeCode({ code: 'c', redirectUri: 'r', accountsServer: undefined }),
    ).toMatchObject({
      dataCenter: { code: 'us' },
    })
  })

  it.each(['https://evil.example', 'https://api.zoho.com', 'https://www.zohoapis.com'])(
    'never follows the api_domain %s',
    async (api_domain) => {
      tokenEndpoint().reply(200, { ...token, api_domain })
      expect((await exchange()).dataCenter.apiUrl).toBe('https://www.zohoapis.eu')
    },
  )

  it.each([
    [200, { error: 'invalid_code' }, 'connect_failed'],
    [200, { error: 'invalid_client_secret' }, 'zoho_client_misconfigured'],
    [200, { error: 'invalid_redirect_uri' }, 'zoho_client_misconfigured'],
    [400, { error: 'Access Denied', status: 'failure' }, 'zoho_token_throttled'],
    [502, '<html></html>', 'zoho_token_unclear'],
    [200, { ...token, refresh_token: undefined }, 'connect_no_refresh_token'],
  ])('%d %j on the exchange is %s', async (status, body, code) => {
    tokenEndpoint().reply(status, typeof body === 'string' ? body : JSON.stringify(body))
    expect(await caught(exchange())).toMatchObject({ code })
  })

  it('an unknown accounts server gets nothing', async () => {
    expect(await caught(exchange('https://accounts.zoho.eu.evil.example'))).toMatchObject({
      code: 'unknown_data_center',
    })
  })

  it('a refresh never throws: a reset is inconclusive', async () => {
    tokenEndpoint().replyWithError(Object.assign(new Error('x'), { code: 'ECONNRESET' }))
    expect(await client.refresh({ dataCenter: call.dataCenter, refreshToken: '1000.r.r' })).toEqual({
      verdict: 'inconclusive',
      reason: 'ECONNRESET',
      throttled: false,
    })
  })

  it('a redirect of the token endpoint is not followed', async () => {
    tokenEndpoint().reply(302, '', { Location: 'https://evil.example/token' })
    expect(await client.refresh({ dataCenter: call.dataCenter, refreshToken: '1000.r.r' })).toMatchObject({
      verdict: 'inconclusive',
    })
  })

  describe('revoking', () => {
    const revoke = () => client.revoke({ dataCenter: call.dataCenter, refreshToken: '1000.r.r' })
    const older = () => nock(accounts).post('/oauth/v2/token/revoke').query({ token: '1000.r.r' })
    const newer = () =>
      nock(accounts)
        .post('/oauth/v2/revoke/token', { token: '1000.r.r', token_type: 'refresh_token' })
        .basicAuth({ user: '1000.TESTCLIENT', pass: 'secret-of-eu' })

    it('ends with the older form when that works', async () => {
      older().reply(200, { status: 'success' })
      expect(await revoke()).toBe('revoked')
    })

    it('tries the newer form when the older one does not', async () => {
      older().reply(404, '<html></html>')
      newer().reply(200, { status: 'success' })
      expect(await revoke()).toBe('revoked')
    })

    it('takes a 400 of either for already gone', async () => {
      older().reply(400, { error: 'invalid_token' })
      newer().reply(404, '<html></html>')
      expect(await revoke()).toBe('already_gone')
    })

    it('fails when neither answers, without showing the token', async () => {
      older().reply(502, '')
      newer().replyWithError(Object.assign(new Error('x'), { code: 'ECONNRESET' }))
      const error = await caught(revoke())
      expect(error).toMatchObject({ code: 'zoho_unavailable', retry: 'now' })
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('1000.r.r')
    })
  })
})

it('links to the invoice and the customer in the Books of the data centre', () => {
  const place = { dataCenter: client.dataCenter('ca'), organizationId: '912' }
  expect(client.invoiceUrl({ ...place, invoiceId: '26' })).toBe(
    'https://books.zohocloud.ca/app/912#/invoices/26',
  )
  expect(client.customerUrl({ ...place, customerId: '9' })).toBe(
    'https://books.zohocloud.ca/app/912#/contacts/9',
  )
})
