import type { FastifyInstance } from 'fastify'
import { simulatorForContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import {
  bearer,
  cookieOf,
  signIn,
  signToken,
  someAddress,
  startPortal,
  type TestPortal,
} from './portal-fixture.ts'

const connect = '/integrations/zoho-books/connect'
const origin = 'http://portal.test'
/** What Chromium sends when a page elsewhere, or a mail, opens an address here. */
const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140', accept: 'text/html' }
const fromElsewhere = { ...browser, 'sec-fetch-site': 'cross-site', referer: 'https://evil.example/' }
const fromMail = { ...browser, 'sec-fetch-site': 'none' }
const pressedHere = { ...browser, 'sec-fetch-site': 'same-origin', referer: `${origin}/integrations` }

let simulator: Simulator
let portal: TestPortal
let strict: TestPortal
beforeAll(async () => {
  simulator = await startSimulator({ invoices: 0 })
  const start = (config = {}) => startPortal({ simulator: simulatorForContext(simulator), config })
  portal = await start()
  strict = await start({
    portalOrigins: ['https://app.example.com'],
    portalSignInUrl: 'https://app.example.com/zoho?from=us',
  })
})
afterAll(async () => {
  await portal.close()
  await strict.close()
  await simulator.close()
})

let number = 0
const aClientId = () => `planted-${++number}`
const linkOf = (clientId: string, more = {}) =>
  signToken({ sub: `${clientId}-person`, client_id: clientId, client_name: `${clientId} Ltd`, ...more })
const open = (
  app: FastifyInstance,
  token: string,
  headers: Record<string, string> = {},
  next = '/integrations',
) => app.inject({ url: '/session', query: { token, next }, headers, remoteAddress: someAddress() })
const whose = async (app: FastifyInstance, cookie: string) =>
  (await app.inject({ url: '/sessions', headers: { cookie } })).body
const formOf = (html: string) =>
  Object.fromEntries(
    [...html.matchAll(/name="(token|next|_csrf)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  )
const post = (app: FastifyInstance, form: Record<string, string>, headers: Record<string, string>) =>
  app.inject({
    method: 'POST',
    url: '/session',
    remoteAddress: someAddress(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(form).toString(),
  })

describe('a link of the attacker’s own client, opened in the victim’s browser', () => {
  it.each([
    ['from elsewhere', fromElsewhere],
    ['from a mail', fromMail],
    ['without any such header', {}],
  ])('does not replace the victim’s session (%s): a page names both clients', async (_from, headers) => {
    const victim = aClientId()
    const attacker = aClientId()
    const cookie = await signIn(portal, { client_id: victim, client_name: `${victim} Ltd` })
    const token = await linkOf(attacker)
    const answer = await open(portal.app, token, { ...headers, cookie }, connect)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(answer.body).toContain(`Sign in to ${attacker} Ltd?`)
    expect(answer.body).toContain(`Stay with ${victim} Ltd`)
    expect(await whose(portal.app, cookie)).toContain(`${victim} Ltd`)
  })

  it('replaces it only when the person says so on that page, and Connect is not what comes next', async () => {
    const victim = aClientId()
    const attacker = aClientId()
    const cookie = await signIn(portal, { client_id: victim })
    const page = await open(portal.app, await linkOf(attacker), { ...fromElsewhere, cookie }, connect)
    const form = formOf(page.body)
    expect((await post(portal.app, { ...form, _csrf: '' }, { ...fromElsewhere, cookie })).statusCode).toBe(
      403,
    )
    const answer = await post(portal.app, form, { ...pressedHere, cookie })
    expect(answer.statusCode).toBe(303)
    expect(answer.headers.location).toBe('/integrations')
    expect(await whose(portal.app, cookieOf(answer))).toContain(`${attacker} Ltd`)
    expect((await portal.app.inject({ url: '/sessions', headers: { cookie } })).statusCode).toBe(401)
    expect((await post(portal.app, form, pressedHere)).statusCode).toBe(401)
  })

  it.each([
    connect,
    `${connect}?x=1`,
    `${connect}#x`,
    `${connect}/`,
    '/integrations/zoho-books/%63onnect',
    '/x/../integrations/zoho-books/connect',
    '/integrations/zoho-books/callback?code=1&state=2',
    '/session?token=x',
    '/sign-in/begin',
  ])('never leads on to something that acts: %s', async (next) => {
    const answer = await open(portal.app, await linkOf(aClientId()), {}, next)
    expect(answer.statusCode).toBe(302)
    expect(answer.headers.location).toBe('/integrations')
  })

  it('cannot be confirmed for a person who is not signed in by a form elsewhere', async () => {
    const token = await linkOf(aClientId())
    for (const headers of [fromElsewhere, { origin: 'https://evil.example' }, {}])
      expect((await post(portal.app, { token }, headers)).statusCode).toBe(403)
  })
})

describe('Connect', () => {
  const ask = (headers: Record<string, string>) => portal.app.inject({ url: connect, headers })

  it.each([
    ['from elsewhere', fromElsewhere],
    ['from a mail', fromMail],
    ['from a sister site', { ...browser, 'sec-fetch-site': 'same-site' }],
    ['from elsewhere, by an old browser', { ...browser, referer: 'https://evil.example/' }],
    ['from nowhere, by an old browser', browser],
  ])('asks first and names the client when a browser is sent there %s', async (_from, headers) => {
    const clientId = aClientId()
    const cookie = await signIn(portal, { client_id: clientId, client_name: `${clientId} Ltd` })
    const answer = await ask({ ...headers, cookie })
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toContain(`Connect Zoho Books to ${clientId} Ltd?`)
    const states = await portal.ctx.db.selectFrom('oauth_states').where('client_id', '=', clientId).execute()
    expect(states).toEqual([])
  })

  it('goes to Zoho at once when pressed on a page of ours, which names the client', async () => {
    const clientId = aClientId()
    const cookie = await signIn(portal, { client_id: clientId, client_name: `${clientId} Ltd` })
    const page = await portal.app.inject({ url: '/integrations', headers: { ...browser, cookie } })
    expect(page.body).toContain(`imported for <b>${clientId} Ltd</b>`)
    for (const headers of [pressedHere, { ...browser, referer: `${origin}/integrations` }]) {
      const answer = await ask({ ...headers, cookie })
      expect(answer.statusCode).toBe(302)
      expect(new URL(String(answer.headers.location)).origin).toBe(simulator.url)
    }
  })

  it('goes to Zoho at once for a program, with a session or a bearer token', async () => {
    expect((await ask({ cookie: await signIn(portal) })).statusCode).toBe(302)
    expect((await ask(await bearer())).statusCode).toBe(302)
  })
})

describe('a first hand-over', () => {
  it('signs in at once where nothing is configured', async () => {
    for (const headers of [{}, fromElsewhere, fromMail]) {
      const answer = await open(portal.app, await linkOf(aClientId()), headers)
      expect(answer.statusCode).toBe(302)
      expect(answer.headers.location).toBe('/integrations')
    }
  })

  it('of the same client replaces the session at once', async () => {
    const clientId = aClientId()
    const cookie = await signIn(portal, { client_id: clientId })
    const answer = await open(portal.app, await linkOf(clientId), { cookie })
    expect(answer.statusCode).toBe(302)
    expect(await whose(portal.app, cookieOf(answer))).toContain(`${clientId} Ltd`)
    expect((await portal.app.inject({ url: '/sessions', headers: { cookie } })).statusCode).toBe(401)
  })

  it('signs in at once from the host portal that is configured, and asks from elsewhere', async () => {
    const fromPortal = { ...fromElsewhere, referer: 'https://app.example.com/' }
    expect((await open(strict.app, await linkOf(aClientId()), fromPortal)).statusCode).toBe(302)
    for (const headers of [{}, fromElsewhere, fromMail]) {
      const clientId = aClientId()
      const page = await open(strict.app, await linkOf(clientId), headers)
      expect(page.statusCode).toBe(200)
      expect(page.headers['set-cookie']).toBeUndefined()
      expect(page.body).toContain('did not come from your client portal')
      const answer = await post(strict.app, formOf(page.body), pressedHere)
      expect(await whose(strict.app, cookieOf(answer))).toContain(`${clientId} Ltd`)
    }
  })

  it('signs in at once with the nonce of a sign-in that this browser began, not with another’s', async () => {
    const begin = async () => {
      const answer = await strict.app.inject({ url: '/sign-in/begin', query: { next: '/cases' } })
      const target = new URL(String(answer.headers.location))
      expect(target.origin + target.pathname).toBe('https://app.example.com/zoho')
      expect(target.searchParams.get('next')).toBe('/cases')
      return { cookie: cookieOf(answer), nonce: target.searchParams.get('nonce') }
    }
    const [mine, theirs] = [await begin(), await begin()]
    const token = await linkOf(aClientId(), { sign_in_nonce: mine.nonce })
    expect((await open(strict.app, token, { ...fromMail, cookie: theirs.cookie })).statusCode).toBe(200)
    expect((await open(strict.app, token, { ...fromMail, cookie: mine.cookie })).statusCode).toBe(302)
    const foreign = await linkOf(aClientId(), { sign_in_nonce: theirs.nonce })
    expect((await open(portal.app, foreign, fromMail)).statusCode).toBe(200)
  })
})
