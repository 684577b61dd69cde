import { consent, simulatorForContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { signIn, signToken, startPortal, type TestPortal } from './portal-fixture.ts'

const root = '/integrations/zoho-books'
const host = 'https://host.example'

let simulator: Simulator
let portal: TestPortal
let shiftMs = 0
beforeAll(async () => {
  simulator = await startSimulator({ invoices: 0 })
  portal = await startPortal({
    simulator: simulatorForContext(simulator),
    config: { publicUrl: 'https://portal.test', frameAncestors: [host] },
    clock: { now: () => new Date(Date.now() + shiftMs) },
  })
})
afterEach(() => {
  shiftMs = 0
})
afterAll(async () => {
  await portal.close()
  await simulator.close()
})

let number = 0
const inAFrame = async () => {
  number += 1
  return {
    cookie: await signIn(portal, { client_id: `framed-${number}` }),
    'sec-fetch-dest': 'iframe',
    'sec-fetch-site': 'same-origin',
  }
}

const linkOutOf = async (headers: Record<string, string>): Promise<string> => {
  const connect = await portal.app.inject({ url: `${root}/connect`, headers })
  expect(connect.headers.location).toBe(`${root}/consent`)
  const page = await portal.app.inject({ url: `${root}/consent`, headers })
  expect(page.body).toMatch(/target="_top"/)
  return /href="([^"]*consent\/start[^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
}

const startOutside = (url: string, site = 'same-origin') =>
  portal.app.inject({ url, headers: { 'sec-fetch-site': site, accept: 'text/html' } })

const cookieOf = (answer: Awaited<ReturnType<typeof startOutside>>) =>
  String(answer.headers['set-cookie']).split(';', 1)[0] ?? ''

it('connects without the session, which only the frame has, and returns to the page of the host', async () => {
  const link = await linkOutOf(await inAFrame())
  const started = await startOutside(`${link}&return=${encodeURIComponent(`${host}/collections?tab=2`)}`)
  expect(started.statusCode).toBe(302)
  expect(String(started.headers['set-cookie'])).toMatch(
    /^__Host-zoho_consent=.*; Max-Age=600;.*HttpOnly; Secure; SameSite=Lax$/,
  )
  const query = await consent(String(started.headers.location))
  const ended = await portal.app.inject({
    url: `${root}/callback`,
    query,
    headers: { cookie: cookieOf(started) },
  })
  expect(ended.headers.location).toBe(`${host}/collections?tab=2&zoho_books=connected`)
  expect(String(ended.headers['set-cookie'])).toMatch(/^__Host-zoho_consent=; .*Expires=Thu, 01 Jan 1970/)
  const [connected] = await portal.ctx.db
    .selectFrom('connections')
    .select('client_id')
    .where('client_id', '=', `framed-${number}`)
    .execute()
  expect(connected).toBeDefined()
})

it.each(['https://evil.example/', 'http://host.example/', 'javascript:alert(1)', 'https://u@host.example/'])(
  'never returns to %s',
  async (page) => {
    const link = await linkOutOf(await inAFrame())
    const started = await startOutside(`${link}&return=${encodeURIComponent(page)}`)
    const query = await consent(String(started.headers.location))
    const headers = { cookie: cookieOf(started) }
    const ended = await portal.app.inject({ url: `${root}/callback`, query, headers })
    expect(ended.headers.location).toBe(`${host}/?zoho_books=connected`)
  },
)

it.each(['cross-site', 'same-site', 'none'])('refuses a link that is followed from %s', async (site) => {
  const refused = await startOutside(await linkOutOf(await inAFrame()), site)
  expect(refused.statusCode).toBe(403)
  expect(refused.headers['set-cookie']).toBeUndefined()
})

it('refuses a link whose browser does not say where it comes from', async () => {
  const link = await linkOutOf(await inAFrame())
  expect((await portal.app.inject({ url: link })).statusCode).toBe(403)
})

it('refuses a ticket that is changed, too old, a sign-in token, or meant for the callback', async () => {
  const link = await linkOutOf(await inAFrame())
  const ticket = new URL(link, host).searchParams.get('ticket') ?? ''
  const started = await startOutside(link)
  const other = cookieOf(started).split('=')[1] ?? ''
  for (const wrong of [`${ticket.slice(0, -4)}AAAA`, await signToken(), other, 'x']) {
    const refused = await startOutside(`${root}/consent/start?ticket=${wrong}`)
    expect(refused.statusCode).toBe(400)
    expect(refused.headers['set-cookie']).toBeUndefined()
  }
  shiftMs = 601_000
  expect((await startOutside(link)).statusCode).toBe(400)
})

it('a ticket dies with its session', async () => {
  const headers = await inAFrame()
  const link = await linkOutOf(headers)
  const started = await startOutside(link)
  await portal.app.inject({ method: 'POST', url: '/sign-out', headers })
  expect((await startOutside(link)).statusCode).toBe(400)
  const query = await consent(String(started.headers.location))
  const ended = await portal.app.inject({
    url: `${root}/callback`,
    query,
    headers: { cookie: cookieOf(started) },
  })
  expect(ended.statusCode).toBe(400)
})

it('a ticket is no sign-in, and without one the callback asks for a session', async () => {
  const link = await linkOutOf(await inAFrame())
  const ticket = new URL(link, host).searchParams.get('ticket') ?? ''
  expect((await portal.app.inject({ url: '/session', query: { token: ticket } })).statusCode).toBe(401)
  const cookie = cookieOf(await startOutside(link))
  expect((await portal.app.inject({ url: '/api/connection', headers: { cookie } })).statusCode).toBe(401)
  expect((await portal.app.inject({ url: `${root}/callback` })).statusCode).toBe(401)
})

it('outside of a frame the page of Zoho comes at once, and a consent that was given up in a frame is forgotten', async () => {
  const headers = await inAFrame()
  const started = await startOutside(await linkOutOf(headers))
  const { cookie } = headers
  const direct = await portal.app.inject({
    url: `${root}/connect`,
    headers: { cookie: `${cookie}; ${cookieOf(started)}` },
  })
  expect(new URL(String(direct.headers.location)).origin).toBe(simulator.url)
  expect(String(direct.headers['set-cookie'])).toMatch(/^__Host-zoho_consent=; /)
})

it('says how it ended where no host is known', async () => {
  const done = await portal.app.inject({ url: `${root}/consent/done?outcome=connected` })
  expect(done.body).toContain('Zoho Books is connected.')
  const failed = await portal.app.inject({ url: `${root}/consent/done?outcome=<script>` })
  expect(failed.statusCode).toBe(200)
  expect(failed.body).not.toContain('<script>')
})
