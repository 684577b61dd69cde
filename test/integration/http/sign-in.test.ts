import type { FastifyInstance } from 'fastify'
import { bearer, signIn, signToken, someAddress, startPortal, type TestPortal } from './portal-fixture.ts'

/** Stands in for the pages: one form route, and one page that says who is asking. */
const pages = async (app: FastifyInstance) => {
  app.get('/whoami', async ({ identity }) => identity)
  app.get('/token', async (request) => ({ csrf: request.csrfToken() }))
  app.post('/write', async () => ({ written: true }))
}

let portal: TestPortal
beforeAll(async () => {
  portal = await startPortal({ deps: { pages } })
})
afterAll(() => portal.close())

const now = () => Math.floor(Date.now() / 1000)
const rows = (table: 'clients' | 'portal_sessions' | 'used_sign_in_tokens') =>
  portal.ctx.db
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow()
const stored = async () => ({
  clients: await rows('clients'),
  sessions: await rows('portal_sessions'),
  tokens: await rows('used_sign_in_tokens'),
})
const withToken = (token: string) =>
  portal.app.inject({ url: '/whoami', headers: { authorization: `Bearer ${token}` } })

describe('a bearer token', () => {
  it('says who is asking, and a client is created on first sight', async () => {
    const headers = await bearer({ client_id: 'new-client', client_name: 'New Ltd', name: 'Nora' })
    const answer = await portal.app.inject({ url: '/whoami', headers })
    expect(answer.json()).toEqual({ clientId: 'new-client', subject: 'user-1', role: 'client', name: 'Nora' })
    const client = await portal.ctx.db
      .selectFrom('clients')
      .select('name')
      .where('id', '=', 'new-client')
      .executeTakeFirst()
    expect(client?.name).toBe('New Ltd')
  })

  const unsigned = (header: object, claims: object) =>
    `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
  const good = () => ({ sub: 'u', client_id: 'stranger', role: 'client', exp: now() + 60 })
  const bad: readonly [string, string, () => Promise<string>][] = [
    ['missing', 'token_invalid', async () => ''],
    ['not a token', 'token_invalid', async () => 'abc'],
    ['signed with another secret', 'token_invalid', () => signToken(good(), { secret: 'x'.repeat(40) })],
    ['unsigned (alg none)', 'token_invalid', async () => unsigned({ alg: 'none' }, good())],
    ['signed with another algorithm', 'token_invalid', () => signToken(good(), { alg: 'HS512' })],
    ['expired', 'token_expired', () => signToken({ ...good(), exp: now() - 1 })],
    ['without an expiry', 'token_invalid', () => signToken({ ...good(), exp: undefined })],
    ['good for more than a day', 'token_invalid', () => signToken({ ...good(), exp: now() + 25 * 3600 })],
    [
      'good for more than a day since it was issued',
      'token_invalid',
      () => signToken({ ...good(), iat: now() - 30 * 3600, exp: now() + 60 }),
    ],
    ['from the future', 'token_invalid', () => signToken({ ...good(), iat: now() + 3600 })],
    ['without a client', 'token_invalid', () => signToken({ ...good(), client_id: undefined })],
    ['without a user', 'token_invalid', () => signToken({ ...good(), sub: undefined })],
    ['of an unknown role', 'token_invalid', () => signToken({ ...good(), role: 'admin' })],
    ['with a client of the wrong type', 'token_invalid', () => signToken({ ...good(), client_id: 7 })],
    ['with NUL in the client', 'token_invalid', () => signToken({ ...good(), client_id: 'a\0b' })],
    [
      'with a client id beyond all length',
      'token_invalid',
      () => signToken({ ...good(), client_id: 'a'.repeat(201) }),
    ],
  ]
  it.each(bad)('%s is refused as %s and leaves nothing behind', async (_what, code, token) => {
    const before = await stored()
    const answer = await withToken(await token())
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({ status: 401, code, type: `/docs/errors#${code}` })
    expect(await stored()).toEqual(before)
  })

  it('without any credentials the answer is 401 too', async () => {
    const answer = await portal.app.inject('/whoami')
    expect(answer.statusCode).toBe(401)
    expect(answer.json().code).toBe('not_signed_in')
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  it('a bad one is not outvoted by a good session', async () => {
    const cookie = await signIn(portal)
    const answer = await portal.app.inject({
      url: '/whoami',
      headers: { cookie, authorization: 'Bearer x.y.z' },
    })
    expect(answer.statusCode).toBe(401)
  })

  it('of an operator does not open a client’s routes', async () => {
    const answer = await portal.app.inject({ url: '/whoami', headers: await bearer({ role: 'operator' }) })
    expect(answer.statusCode).toBe(403)
    expect(answer.json().code).toBe('forbidden')
  })

  it('needs no CSRF token for a write', async () => {
    const answer = await portal.app.inject({ method: 'POST', url: '/write', headers: await bearer() })
    expect(answer.json()).toEqual({ written: true })
  })
})

describe('the hand-over', () => {
  const handOver = (query: Record<string, string>) =>
    portal.app.inject({ url: '/session', query, remoteAddress: someAddress() })

  it('gives a browser session and goes on to the wanted page', async () => {
    const answer = await handOver({ token: await signToken({ name: 'Ann' }), next: '/bulk-import?q=a#top' })
    expect(answer.statusCode).toBe(302)
    expect(answer.headers.location).toBe('/bulk-import?q=a#top')
    const cookie = String(answer.headers['set-cookie'])
    expect(cookie).toMatch(/^portal_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    const who = await portal.app.inject({ url: '/whoami', headers: { cookie: cookie.split(';')[0] ?? '' } })
    expect(who.json()).toMatchObject({ clientId: 'acme', subject: 'user-1', name: 'Ann' })
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('stores neither the token nor the session’s secret', async () => {
    const token = await signToken({ name: 'Secret' })
    const answer = await handOver({ token })
    const secret = String(answer.headers['set-cookie']).split(/[=;]/)[1] ?? ''
    const everything = JSON.stringify([
      await portal.ctx.db.selectFrom('portal_sessions').selectAll().execute(),
      await portal.ctx.db.selectFrom('used_sign_in_tokens').selectAll().execute(),
      portal.logged,
    ])
    expect(everything).not.toContain(token.split('.')[2])
    expect(everything).not.toContain(secret)
  })

  it('works once: a replay is refused, however its signature is spelled', async () => {
    const token = await signToken({ name: 'Once' })
    expect((await handOver({ token })).statusCode).toBe(302)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(token.at(-1) ?? '')
    const respelled = token.slice(0, -1) + alphabet[last ^ 1]
    for (const again of [token, respelled]) {
      const before = await stored()
      const answer = await handOver({ token: again })
      expect(answer.statusCode).toBe(401)
      expect(answer.json().code).toBe('token_invalid')
      expect(answer.headers['set-cookie']).toBeUndefined()
      expect(await stored()).toEqual(before)
    }
  })

  it('two uses at the same time give one session', async () => {
    const token = await signToken({ name: 'Race' })
    const answers = await Promise.all(Array.from({ length: 5 }, () => handOver({ token })))
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([302, 401, 401, 401, 401])
  })

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/..//evil.example',
    '/%2e%2e//evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    'integrations',
  ])('never leads away from this site: %j', async (next) => {
    const before = await stored()
    const answer = await handOver({
      token: await signToken({ name: next.slice(0, 50).replace(/\t/g, '') }),
      next,
    })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid_request' })
    expect(await stored()).toEqual(before)
  })

  it('refuses a missing token as an invalid request, an expired one as expired', async () => {
    expect((await handOver({})).json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'token' }],
    })
    expect((await handOver({ token: await signToken({ exp: now() - 5 }) })).json().code).toBe('token_expired')
  })

  it('is not spent by a HEAD request of a link preview', async () => {
    const token = await signToken({ name: 'Preview' })
    const head = await portal.app.inject({ method: 'HEAD', url: '/session', query: { token } })
    expect(head.statusCode).toBe(405)
    expect((await handOver({ token })).statusCode).toBe(302)
  })

  it('behind https the cookie is bound to the host', async () => {
    const secure = await startPortal({ config: { publicUrl: 'https://portal.test' } })
    const answer = await secure.app.inject({ url: '/session', query: { token: await signToken() } })
    expect(String(answer.headers['set-cookie'])).toMatch(
      /^__Host-portal_session=.*; HttpOnly; Secure; SameSite=Lax$/,
    )
    await secure.close()
  })

  it('ends the session that the browser had before', async () => {
    const cookie = await signIn(portal)
    await portal.app.inject({
      url: '/session',
      query: { token: await signToken({ name: 'Other' }) },
      headers: { cookie },
    })
    expect((await portal.app.inject({ url: '/whoami', headers: { cookie } })).statusCode).toBe(401)
  })
})

describe('a session', () => {
  it('ends on sign-out', async () => {
    const cookie = await signIn(portal)
    const out = await portal.app.inject({
      method: 'POST',
      url: '/sign-out',
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
    })
    expect(out.statusCode).toBe(303)
    expect(String(out.headers['set-cookie'])).toContain('portal_session=;')
    expect((await portal.app.inject({ url: '/whoami', headers: { cookie } })).statusCode).toBe(401)
  })

  it('ends by itself', async () => {
    const cookie = await signIn(portal, { sub: 'sleepy' })
    await portal.ctx.db
      .updateTable('portal_sessions')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where('subject', '=', 'sleepy')
      .execute()
    expect((await portal.app.inject({ url: '/whoami', headers: { cookie } })).json().code).toBe(
      'not_signed_in',
    )
  })
})

describe('a write from a browser session', () => {
  const write = async (headers: Record<string, string>, payload?: Record<string, string>) =>
    portal.app.inject({
      method: 'POST',
      url: '/write',
      headers: {
        ...(payload ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...headers,
      },
      ...(payload ? { payload: new URLSearchParams(payload).toString() } : {}),
    })
  const tokenOf = async (cookie: string) =>
    (await portal.app.inject({ url: '/token', headers: { cookie } })).json().csrf as string

  it('passes with the session’s token, as field or header', async () => {
    const cookie = await signIn(portal)
    const token = await tokenOf(cookie)
    expect((await write({ cookie }, { _csrf: token })).json()).toEqual({ written: true })
    expect((await write({ cookie, 'x-csrf-token': token })).json()).toEqual({ written: true })
  })

  it('passes when the browser says that it comes from this origin', async () => {
    const cookie = await signIn(portal)
    expect((await write({ cookie, 'sec-fetch-site': 'same-origin' })).statusCode).toBe(200)
    expect((await write({ cookie, origin: 'http://portal.test' })).statusCode).toBe(200)
  })

  it.each<[string, Record<string, string>]>([
    ['no proof at all', {}],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sister site', { 'sec-fetch-site': 'same-site', origin: 'http://portal.test' }],
    ['a foreign origin', { origin: 'http://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['a token that is wrong', { 'x-csrf-token': 'wrong', 'sec-fetch-site': 'same-origin' }],
  ])('is refused with %s', async (_what, headers) => {
    const cookie = await signIn(portal)
    const answer = await write({ cookie, ...headers })
    expect(answer.statusCode).toBe(403)
    expect(answer.json().code).toBe('csrf_failed')
  })

  it('is refused with the token of another session', async () => {
    const [mine, theirs] = [await signIn(portal), await signIn(portal)]
    const answer = await write({ cookie: mine }, { _csrf: await tokenOf(theirs) })
    expect(answer.json().code).toBe('csrf_failed')
  })
})

describe('the demo sign-in', () => {
  it('does not exist unless it is configured', async () => {
    const answer = await portal.app.inject({ method: 'POST', url: '/sign-in', payload: { as: 'client' } })
    expect(answer.statusCode).toBe(404)
  })

  it('signs in a client or an operator, not somebody else, and not from another site', async () => {
    const demo = await startPortal({ config: { demoSignIn: true }, deps: { pages } })
    const post = (form: Record<string, string>, headers: Record<string, string> = {}) =>
      demo.app.inject({
        method: 'POST',
        url: '/sign-in',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload: new URLSearchParams(form).toString(),
      })
    expect((await post({ as: 'client' })).headers.location).toBe('/integrations')
    expect((await post({ as: 'client', next: '/cases' })).headers.location).toBe('/cases')
    expect((await post({ as: 'operator' })).headers.location).toBe('/operator')
    expect((await post({ as: 'root' })).json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'as' }],
    })
    expect((await post({ as: 'client', next: '//evil.example' })).json().code).toBe('invalid_request')
    expect((await post({ as: 'client' }, { origin: 'http://evil.example' })).json().code).toBe('csrf_failed')
    const page = await demo.app.inject({ url: '/whoami?x=1', headers: { accept: 'text/html' } })
    expect(page.headers.location).toBe('/sign-in?next=%2Fwhoami%3Fx%3D1')
    await demo.close()
  })

  it('is slowed down', async () => {
    const demo = await startPortal({ config: { demoSignIn: true } })
    const guess = () => demo.app.inject({ method: 'POST', url: '/sign-in', payload: { as: 'x' } })
    const answers = [await guess()]
    while (answers.length < 31) answers.push(await guess())
    const slowed = answers.filter(({ statusCode }) => statusCode === 429)
    expect(slowed).toHaveLength(1)
    expect(slowed[0]?.json()).toMatchObject({ code: 'too_many_requests', retryAfter: expect.any(Number) })
    expect(slowed[0]?.headers['retry-after']).toBeDefined()
    await demo.close()
  })
})
