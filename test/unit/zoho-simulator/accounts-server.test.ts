import {
  SIMULATOR_CLIENT_ID,
  SIMULATOR_CLIENT_SECRET,
  type Simulator,
  startSimulator,
} from '../../zoho-simulator/index.ts'
import { callToken, consentUrl, decide, redeem, redirectUri, refresh, request } from './client.ts'

describe('the accounts server of the simulator', () => {
  let zoho: Simulator

  beforeEach(async () => {
    zoho = await startSimulator({ invoices: 3, dataCenters: ['us', 'eu', 'ca'], homeDataCenter: 'eu' })
  })
  afterEach(() => zoho.close())

  const us = () => zoho.origins['us'] ?? ''
  const eu = () => zoho.origins['eu'] ?? ''

  const connect = async (change: Record<string, string | undefined> = {}) => {
    const { json } = await redeem(eu(), await decide(us(), 'accept', change))
    return json
  }

  describe('consent', () => {
    test('shows who is asked for what, and two buttons', async () => {
      const { text, status } = await request(consentUrl(us()))
      expect(status).toBe(200)
      expect(text).toContain('Jane Roe')
      expect(text).toContain('Nordwind Handels GmbH, Harbor &amp; Pine, Inc.')
      expect(text).toContain('Read invoices')
      expect(text).toMatch(/<button id="accept"/)
      expect(text).toMatch(/<button id="reject"/)
    })

    test('escapes what the caller sent', async () => {
      const { text } = await request(consentUrl(us(), { state: '"><script>alert(1)</script>' }))
      expect(text).not.toContain('<script>')
    })

    test("sends the user back with a code and the accounts server of the user's own data centre", async () => {
      const callback = await decide(us(), 'accept')
      expect(callback.href).toContain('http://app.example/oauth/zoho?from=zoho&')
      expect(Object.fromEntries(callback.searchParams)).toMatchObject({
        state: 's3cr3t',
        code: expect.stringMatching(/^1000\.[0-9a-f]{32}\.[0-9a-f]{32}$/),
        location: 'eu',
        'accounts-server': eu(),
      })
    })

    test('can leave the location out, or name a hostile accounts server', async () => {
      zoho.control.setSwitches({ accountsServer: 'https://accounts.zoho.evil.example' })
      expect((await decide(us(), 'accept')).searchParams.get('accounts-server')).toContain('evil')
      zoho.control.setSwitches({ locationParameters: false })
      const { searchParams } = await decide(us(), 'accept')
      expect([searchParams.has('location'), searchParams.has('accounts-server')]).toEqual([false, false])
    })

    test('reports a refusal with state, or without when switched', async () => {
      expect((await decide(us(), 'reject')).search).toBe('?from=zoho&error=access_denied&state=s3cr3t')
      zoho.control.setSwitches({ denyState: false })
      expect((await decide(us(), 'reject')).search).toBe('?from=zoho&error=access_denied')
    })

    test.each([
      ['Invalid Client', { client_id: '1000.OTHER' }],
      ['Invalid OAuth scope', { scope: 'ZohoBooks.invoice.READ' }],
      ['Invalid response type', { response_type: 'token' }],
      ['Invalid Redirect Uri', { redirect_uri: 'javascript:alert(1)' }],
    ])('shows "%s" on its own page and does not redirect', async (problem, change) => {
      const { status, text } = await request(consentUrl(us(), change))
      expect(status).toBe(400)
      expect(text).toContain(problem)
    })

    test('matches registered redirect URIs exactly', async () => {
      const strict = await startSimulator({ invoices: 0, redirectUris: [redirectUri] })
      try {
        expect((await request(consentUrl(strict.url))).status).toBe(200)
        expect((await request(consentUrl(strict.url, { redirect_uri: `${redirectUri}/` }))).status).toBe(400)
      } finally {
        await strict.close()
      }
    })

    test('lets the person choose among several users', async () => {
      zoho.control.addUser({ userId: 'ca-user', name: 'Élise', dataCenter: 'ca' })
      const { text } = await request(consentUrl(us()))
      expect(text).toContain('value="ca-user"')
      const form = new URLSearchParams([
        ...new URL(consentUrl(us())).searchParams,
        ['user', 'ca-user'],
        ['decision', 'accept'],
      ])
      const answer = await request(`${us()}/oauth/v2/auth`, { method: 'POST', body: form })
      expect(new URL(answer.headers.get('location') ?? '').searchParams.get('location')).toBe('ca')
    })

    test('skips the page for a user who has agreed before, unless prompt=consent', async () => {
      await connect()
      expect((await request(consentUrl(us(), { prompt: undefined }))).status).toBe(302)
      expect((await request(consentUrl(us()))).status).toBe(200)
    })

    test('refuses an eleventh code within ten minutes when that throttle is on', async () => {
      zoho.control.setSwitches({ throttleCodes: true })
      for (let time = 0; time < 10; time += 1)
        expect((await decide(us(), 'accept')).searchParams.has('code')).toBe(true)
      expect((await decide(us(), 'accept')).searchParams.get('error')).toBe('access_denied')
    })
  })

  describe('the token endpoint', () => {
    test('exchanges a code for tokens in the documented shape', async () => {
      expect(await connect()).toEqual({
        access_token: expect.stringMatching(/^1000\./),
        refresh_token: expect.stringMatching(/^1000\./),
        scope: 'ZohoBooks.invoices.READ ZohoBooks.settings.READ',
        api_domain: eu(),
        token_type: 'Bearer',
        expires_in: 3600,
      })
    })

    test('takes a code once, within two minutes, at its own data centre', async () => {
      const once = await decide(us(), 'accept')
      expect((await redeem(us(), once)).json).toEqual({ error: 'invalid_code' })
      expect((await redeem(eu(), once)).json).toHaveProperty('access_token')
      const again = await redeem(eu(), once)
      expect([again.status, again.json]).toEqual([200, { error: 'invalid_code' }])
      const late = await decide(us(), 'accept')
      zoho.control.advanceClock(121_000)
      expect((await redeem(eu(), late)).json).toEqual({ error: 'invalid_code' })
    })

    test('gives a refresh token only offline, and again only with prompt=consent', async () => {
      expect(await connect({ access_type: undefined })).not.toHaveProperty('refresh_token')
      zoho.control.revoke()
      expect(await connect({ prompt: undefined })).toHaveProperty('refresh_token')
      expect(await connect({ prompt: undefined })).not.toHaveProperty('refresh_token')
      expect(await connect()).toHaveProperty('refresh_token')
    })

    test('refreshes without a refresh token in the answer', async () => {
      const { refresh_token } = await connect()
      const { json } = await refresh(eu(), refresh_token)
      expect(Object.keys(json)).toEqual(['access_token', 'scope', 'api_domain', 'token_type', 'expires_in'])
    })

    test('can leave out scope and api_domain, or name a host that serves no Books', async () => {
      zoho.control.setSwitches({ scopeKey: false, apiDomain: 'absent' })
      expect(Object.keys(await connect())).toEqual([
        'access_token',
        'refresh_token',
        'token_type',
        'expires_in',
      ])
      zoho.control.setSwitches({ apiDomain: 'generic' })
      expect(await connect()).toMatchObject({ api_domain: 'https://api.zoho.com' })
    })

    test('says no with HTTP 200', async () => {
      const { refresh_token } = await connect()
      const wrong = async (change: Record<string, string>) => {
        const { status, json } = await refresh(eu(), refresh_token, change)
        return [status, json['error']]
      }
      expect(await wrong({ refresh_token: '1000.x.y' })).toEqual([200, 'invalid_code'])
      expect(await wrong({ client_secret: 'no' })).toEqual([200, 'invalid_client_secret'])
      expect(await wrong({ client_id: '1000.no' })).toEqual([200, 'invalid_client'])
      expect(await wrong({ grant_type: 'password' })).toEqual([200, 'invalid_client'])
      const callback = await decide(us(), 'accept')
      const { json } = await redeem(eu(), callback, { redirect_uri: 'http://other.example/' })
      expect(json).toEqual({ error: 'invalid_redirect_uri' })
    })

    test('reads query, form, multipart and Basic, but no JSON', async () => {
      const { refresh_token } = await connect()
      const fields = { grant_type: 'refresh_token', refresh_token: String(refresh_token) }
      const client = { client_id: SIMULATOR_CLIENT_ID, client_secret: SIMULATOR_CLIENT_SECRET }
      const url = `${eu()}/oauth/v2/token`
      const multipart = new FormData()
      for (const [name, value] of Object.entries({ ...fields, ...client })) multipart.set(name, value)
      const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')
      const asJson = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fields),
      }
      const answers = await Promise.all([
        request(`${url}?${new URLSearchParams({ ...fields, ...client })}`, { method: 'POST' }),
        request(url, { method: 'POST', body: multipart }),
        request(url, {
          method: 'POST',
          body: new URLSearchParams(fields),
          headers: { authorization: `Basic ${basic}` },
        }),
      ])
      for (const { json } of answers) expect(json).toHaveProperty('access_token')
      expect((await request(url, asJson)).json).toEqual({ error: 'invalid_client' })
      expect((await request(url)).status).toBe(400)
      expect((await callToken(eu(), {})).status).toBe(400)
    })

    test('lets a data centre have a secret of its own', async () => {
      const split = await startSimulator({
        invoices: 0,
        dataCenters: ['us', 'eu'],
        clientSecrets: { eu: 'eu-only' },
      })
      try {
        expect((await refresh(split.origins['eu'] ?? '', 'x')).json).toEqual({
          error: 'invalid_client_secret',
        })
        expect((await refresh(split.origins['eu'] ?? '', 'x', { client_secret: 'eu-only' })).json).toEqual({
          error: 'invalid_code',
        })
      } finally {
        await split.close()
      }
    })

    test('throttles the eleventh access token of ten minutes, in any language, with 400 or 200', async () => {
      const { refresh_token } = await connect()
      for (let minted = 1; minted < 10; minted += 1) await refresh(eu(), refresh_token)
      const refused = await refresh(eu(), refresh_token)
      expect([refused.status, refused.json]).toEqual([
        400,
        {
          error_description:
            'You have made too many requests continuously. Please try again after some time.',
          error: 'Access Denied',
          status: 'failure',
        },
      ])
      zoho.control.setSwitches({ throttleText: 'localised', throttleStatus: 200 })
      const localised = await refresh(eu(), refresh_token)
      expect([localised.status, localised.json['status']]).toEqual([200, 'failure'])
      expect(localised.json['error']).not.toBe('Access Denied')
      expect(zoho.control.counters()).toMatchObject({
        tokensThrottled: 2,
        tokenCallsByGrant: { authorization_code: 1, refresh_token: 11 },
      })
      zoho.control.advanceClock(600_001)
      expect((await refresh(eu(), refresh_token)).json).toHaveProperty('access_token')
    })

    test('kills the oldest of sixteen live access tokens', async () => {
      const first = await connect()
      const alive = async () => {
        const headers = { authorization: `Zoho-oauthtoken ${first['access_token']}` }
        return (await request(`${eu()}/books/v3/organizations`, { headers })).status
      }
      for (let minted = 1; minted < 15; minted += 1) {
        if (minted === 9) zoho.control.advanceClock(600_001)
        await refresh(eu(), first['refresh_token'])
      }
      expect(await alive()).toBe(200)
      await refresh(eu(), first['refresh_token'])
      expect(await alive()).toBe(401)
    })

    test('keeps twenty refresh tokens and silently drops the oldest', async () => {
      const tokens: unknown[] = []
      for (let grant = 0; grant < 21; grant += 1) tokens.push((await connect())['refresh_token'])
      expect((await refresh(eu(), tokens[0])).json).toEqual({ error: 'invalid_code' })
      expect((await refresh(eu(), tokens[1])).json).toHaveProperty('access_token')
    })
  })

  describe('revocation', () => {
    test.each(['query', 'form'])('kills the grant and its access tokens by the %s route', async (route) => {
      const { refresh_token, access_token } = await connect()
      const basic = Buffer.from(`${SIMULATOR_CLIENT_ID}:${SIMULATOR_CLIENT_SECRET}`).toString('base64')
      const revoke = () =>
        route === 'query'
          ? request(`${eu()}/oauth/v2/token/revoke?token=${refresh_token}`, { method: 'POST' })
          : request(`${eu()}/oauth/v2/revoke/token`, {
              method: 'POST',
              headers: { authorization: `Basic ${basic}` },
              body: new URLSearchParams({ token: String(refresh_token) }),
            })
      expect((await revoke()).json).toEqual({ status: 'success' })
      expect((await revoke()).status).toBe(400)
      expect((await refresh(eu(), refresh_token)).json).toEqual({ error: 'invalid_code' })
      const headers = { authorization: `Zoho-oauthtoken ${access_token}` }
      expect((await request(`${eu()}/books/v3/organizations`, { headers })).json).toMatchObject({ code: 57 })
    })

    test('the user can take the app away', async () => {
      const { refresh_token } = await connect()
      expect(zoho.control.revoke()).toBe(1)
      expect((await refresh(eu(), refresh_token)).json).toEqual({ error: 'invalid_code' })
    })
  })

  test('/oauth/serverinfo lists the data centres', async () => {
    const { json } = await request(`${us()}/oauth/serverinfo`)
    expect(json).toEqual({ result: 'success', locations: zoho.origins })
  })
})
