import { sql } from 'kysely'
import type { TestConfig } from '../../support/context.ts'
import {
  bearer,
  cookieOf,
  signIn,
  signToken,
  someAddress,
  startPortal,
  type TestPortal,
} from './portal-fixture.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startPortal({ config: { sessionIdleMinutes: 30 } })
})
afterAll(() => portal.close())

const now = () => Math.floor(Date.now() / 1000)
let number = 0
const someone = () => ({ client_id: 'sessions', sub: `person-${++number}` })
const get = (url: string, headers: Record<string, string>) => portal.app.inject({ url, headers })
const post = (url: string, cookie: string, form: Record<string, string> = {}) =>
  portal.app.inject({
    method: 'POST',
    url,
    headers: { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(form).toString(),
  })
const lives = async (cookie: string) => (await get('/sessions', { cookie })).statusCode === 200
const trailOf = (actor: string) =>
  portal.ctx.db
    .selectFrom('audit_events')
    .select(['action', 'details', 'subject_type', 'ip_address'])
    .where('actor', '=', actor)
    .orderBy('id')
    .execute()

describe('a sign-in link with its purpose', () => {
  const link = (claims = {}) =>
    signToken({ ...someone(), purpose: 'sign-in', exp: now() + 110, name: `n${number}`, ...claims })
  const open = (token: string, { app } = portal) =>
    app.inject({ url: '/session', query: { token }, remoteAddress: someAddress() })
  const call = (token: string) => get('/api/connection', { authorization: `Bearer ${token}` })

  it('opens a session once, and is no bearer token before or after', async () => {
    const token = await link()
    expect((await call(token)).json().code).toBe('token_invalid')
    expect((await open(token)).statusCode).toBe(302)
    expect((await call(token)).json().code).toBe('token_invalid')
    expect((await open(token)).json().code).toBe('token_invalid')
  })

  it.each<[string, Record<string, unknown>]>([
    ['more than two minutes', { exp: now() + 300 }],
    ['more than two minutes since it was issued', { iat: now() - 60, exp: now() + 90 }],
    ['an unknown time, for it does not say when it was issued', { iat: undefined }],
    ['something else', { purpose: 'reset' }],
  ])('is refused when it is good for %s', async (_what, claims) => {
    expect((await open(await link(claims))).json().code).toBe('token_invalid')
  })

  it('may be the only kind that is taken', async () => {
    const strict = await startPortal({ config: { signInPurposeRequired: true } })
    expect((await open(await signToken(someone()), strict)).json().code).toBe('token_invalid')
    expect((await open(await link(), strict)).statusCode).toBe(302)
    await strict.close()
  })

  it('a token without a purpose is a bearer token too, until it was spent on a session', async () => {
    const token = await signToken({ ...someone(), jti: 'one of its own' })
    expect((await call(token)).statusCode).toBe(200)
    expect((await open(token)).statusCode).toBe(302)
    expect((await call(token)).json().code).toBe('token_invalid')
  })

  it('a token without an id may be the same text as a bearer token of the same second, which stays good', async () => {
    const token = await signToken({ ...someone(), jti: undefined })
    expect((await open(token)).statusCode).toBe(302)
    expect((await call(token)).statusCode).toBe(200)
    expect((await open(token)).json().code).toBe('token_invalid')
  })
})

describe('audience and issuer', () => {
  const config: TestConfig = { portalJwtAudience: 'collector', portalJwtIssuer: 'https://app.example.com' }
  const good = { aud: 'collector', iss: 'https://app.example.com' }

  it.each<[string, Record<string, unknown>, number]>([
    ['both right', good, 200],
    ['one of several audiences', { ...good, aud: ['other', 'collector'] }, 200],
    ['another audience', { ...good, aud: 'other' }, 401],
    ['another issuer', { ...good, iss: 'https://evil.example' }, 401],
    ['no audience', { iss: good.iss }, 401],
    ['no issuer', { aud: good.aud }, 401],
  ])('are checked when they are configured: %s', async (_what, claims, status) => {
    const checking = await startPortal({ config })
    const answer = await checking.app.inject({ url: '/api/connection', headers: await bearer(claims) })
    expect(answer.statusCode).toBe(status)
    await checking.close()
  })
})

describe('a session', () => {
  const idleFor = (sub: string, minutes: number) =>
    portal.ctx.db
      .updateTable('portal_sessions')
      .set({ last_seen_at: sql<Date>`now() - make_interval(mins => ${minutes})` })
      .where('subject', '=', sub)
      .execute()

  it('ends when it was not used for too long', async () => {
    const person = someone()
    const cookie = await signIn(portal, person)
    await idleFor(person.sub, 29)
    expect(await lives(cookie)).toBe(true)
    await idleFor(person.sub, 31)
    expect(await lives(cookie)).toBe(false)
  })

  it('is kept by what its person does, not by what an open page asks by itself', async () => {
    const person = someone()
    const cookie = await signIn(portal, person)
    const seen = async () =>
      (
        await portal.ctx.db
          .selectFrom('portal_sessions')
          .select(sql<boolean>`last_seen_at > now() - interval '1 minute'`.as('just_now'))
          .where('subject', '=', person.sub)
          .executeTakeFirstOrThrow()
      ).just_now
    await idleFor(person.sub, 10)
    expect((await get('/integrations', { cookie, 'x-background': '1' })).statusCode).toBe(200)
    expect(await seen()).toBe(false)
    expect((await get('/integrations', { cookie })).statusCode).toBe(200)
    expect(await seen()).toBe(true)
  })

  it('begins and ends in the audit, with the reason and the address', async () => {
    const person = someone()
    const first = await signIn(portal, person)
    const second = await portal.app.inject({
      url: '/session',
      query: { token: await signToken({ ...person, name: 'again' }) },
      headers: { cookie: first },
      remoteAddress: '198.51.100.9',
    })
    await post('/sign-out', cookieOf(second))
    expect(await trailOf(person.sub)).toMatchObject([
      { action: 'session.started', subject_type: 'session' },
      { action: 'session.ended', details: { reason: 'replaced' }, ip_address: '198.51.100.9' },
      { action: 'session.started', ip_address: '198.51.100.9' },
      { action: 'session.ended', details: { reason: 'signed_out' } },
    ])
  })
})

describe('the list of sign-ins', () => {
  const idsOf = (html: string) => [...html.matchAll(/name="id" value="([^"]+)"/g)].map(([, id = '']) => id)

  it('shows the person’s own sessions without their secrets, and none of anybody else', async () => {
    const person = someone()
    const [mine, elsewhere, other] = [
      await signIn(portal, person),
      await signIn(portal, person),
      await signIn(portal, someone()),
    ]
    const { body } = await get('/sessions', { cookie: mine })
    expect(idsOf(body)).toHaveLength(2)
    expect(body.match(/\(this one\)/g)).toHaveLength(1)
    const hashes = await portal.ctx.db.selectFrom('portal_sessions').select('id_hash').execute()
    for (const secret of [mine, elsewhere, other].map((cookie) => cookie.split('=')[1] ?? ''))
      expect(body).not.toContain(secret)
    for (const { id_hash } of hashes) expect(body).not.toContain(id_hash)
  })

  it('ends one of them, and not one of somebody else', async () => {
    const person = someone()
    const [mine, elsewhere, other] = [
      await signIn(portal, person),
      await signIn(portal, person),
      await signIn(portal, someone()),
    ]
    const [foreign = ''] = idsOf((await get('/sessions', { cookie: other })).body)
    await post('/sessions/end', mine, { id: foreign })
    expect(await lives(other)).toBe(true)
    const { body } = await get('/sessions', { cookie: mine })
    const rows = body.split('<tr').filter((row) => row.includes('name="id"'))
    const [that = ''] = idsOf(rows.find((row) => !row.includes('(this one)')) ?? '')
    expect((await post('/sessions/end', mine, { id: that })).headers.location).toBe('/sessions?done=ended')
    expect([await lives(mine), await lives(elsewhere)]).toEqual([true, false])
  })

  it('signs out everywhere, for this person only, and says so in the audit', async () => {
    const person = someone()
    const [mine, elsewhere, other] = [
      await signIn(portal, person),
      await signIn(portal, person),
      await signIn(portal, someone()),
    ]
    const answer = await post('/sign-out/everywhere', mine)
    expect(answer.headers.location).toBe('/sign-in')
    expect([await lives(mine), await lives(elsewhere), await lives(other)]).toEqual([false, false, true])
    const ends = (await trailOf(person.sub)).filter(({ action }) => action === 'session.ended')
    expect(ends.map(({ details }) => details['reason']).sort()).toEqual([
      'signed_out',
      'signed_out_elsewhere',
    ])
  })

  it('is there for an operator too', async () => {
    const cookie = await signIn(portal, { ...someone(), role: 'operator' })
    expect((await get('/sessions', { cookie })).body).toContain('Sign out everywhere')
  })
})
