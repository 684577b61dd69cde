import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { forgetRateLimits } from '../../../db/core/rate-limits.repo.ts'
import { buildApp } from '../../../src/portal/app.ts'
import { aClient, aConnection } from '../../support/builders.ts'
import {
  bearer,
  notAboutLoad,
  signToken,
  someAddress,
  startPortal,
  type TestPortal,
} from './portal-fixture.ts'

let portal: TestPortal
/** Two server processes, as far as a limit can tell: they share nothing but the database. */
let servers: readonly FastifyInstance[]
beforeEach(async () => {
  portal = await startPortal()
  const second = await buildApp(portal.ctx, notAboutLoad)
  servers = [portal.app, second]
})
afterEach(async () => {
  await servers[1]?.close()
  await portal.close()
})

const [here, there] = [() => servers[0] as FastifyInstance, () => servers[1] as FastifyInstance]

/** Status codes of so many requests in turn, over both servers. */
const statuses = async (
  count: number,
  ask: (server: FastifyInstance, at: number) => Promise<{ statusCode: number }>,
) => {
  const seen: number[] = []
  for (let at = 0; at < count; at += 1)
    seen.push((await ask(servers[at % 2] as FastifyInstance, at)).statusCode)
  return seen
}
const refusedOf = (seen: readonly number[]) => seen.filter((status) => status === 429).length

it('guesses at a sign-in link are counted over all servers', async () => {
  const remoteAddress = someAddress()
  const seen = await statuses(34, async (server) => server.inject({ url: '/session?token=x', remoteAddress }))
  expect(seen.slice(0, 30)).not.toContain(429)
  expect(seen.slice(30)).toEqual([429, 429, 429, 429])
})

it('who has a network of IPv6 is one caller', async () => {
  const seen = await statuses(34, async (server, at) =>
    server.inject({ url: '/session?token=x', remoteAddress: `2001:db8:7:7::${at + 1}` }),
  )
  expect(refusedOf(seen)).toBe(4)
})

it('an answer over the limit says when to come back, also from the server that counted nothing', async () => {
  const remoteAddress = someAddress()
  for (let at = 0; at < 31; at += 1) await here().inject({ url: '/session?token=x', remoteAddress })
  const answer = await there().inject({ url: '/session?token=x', remoteAddress })
  expect(answer.statusCode).toBe(429)
  expect(answer.json()).toMatchObject({ code: 'too_many_requests' })
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60)
})

it('the writes of a client are counted together, whoever of it sends them and where to; of another client not', async () => {
  await aClient(portal.ctx.db, { id: 'acme' })
  const routes = ['/api/case-commands', '/api/case-commands?x=1', `/api/cases/${randomUUID()}/withdraw`]
  const users = await Promise.all(['u1', 'u2'].map((sub) => bearer({ sub })))
  const write = async (server: FastifyInstance, at: number) =>
    server.inject({
      method: 'POST',
      url: routes[at % 3] as string,
      headers: users[at % 2] as { authorization: string },
      payload: {},
    })
  const seen = await statuses(305, write)
  expect(refusedOf(seen)).toBe(5)
  expect(seen.slice(0, 300)).not.toContain(429)
  const other = await here().inject({
    method: 'POST',
    url: '/api/case-commands',
    headers: await bearer({ client_id: 'other' }),
    payload: {},
  })
  expect(other.statusCode).toBe(400)
  const read = await here().inject({
    url: '/api/case-commands',
    headers: users[0] as { authorization: string },
  })
  expect(read.statusCode).toBe(200)
})

it('a webhook gains nothing by a query string or another spelling of its path', async () => {
  const { webhookToken: token } = await aConnection(portal.ctx)
  const spellings = [token, `${token}?a=`, `%${token.charCodeAt(0).toString(16)}${token.slice(1)}?b=`]
  const remoteAddress = someAddress()
  for (let at = 0; at < 130; at += 1)
    await (servers[at % 2] as FastifyInstance).inject({
      method: 'POST',
      url: `/webhooks/zoho-books/${spellings[at % 3]}${at % 3 === 0 ? '' : at}`,
      payload: '{}',
      remoteAddress,
    })
  // Answered like any other; the log says what was dropped.
  expect(
    portal.logged.filter((line) => line.includes('webhook.dropped') && line.includes('too_many_requests')),
  ).toHaveLength(10)
})

it('when it cannot be counted the request passes, and the log says so', async () => {
  await sql`drop table rate_limits`.execute(portal.ctx.db)
  const token = await signToken()
  const answer = await here().inject({ url: '/session', query: { token }, remoteAddress: someAddress() })
  expect(answer.statusCode).toBe(302)
  expect(portal.logged.join()).toContain('http.rate_limit_not_counted')
})

it('keeps no address and no secret path, and forgets what has ended', async () => {
  await here().inject({
    method: 'POST',
    url: '/webhooks/zoho-books/a-secret-path',
    remoteAddress: '192.0.2.77',
  })
  const rows = await portal.ctx.db.selectFrom('rate_limits').selectAll().execute()
  expect(rows).toHaveLength(1)
  expect(JSON.stringify(rows)).not.toMatch(/192\.0|secret/)
  await forgetRateLimits(portal.ctx.db)
  expect(await portal.ctx.db.selectFrom('rate_limits').selectAll().execute()).toHaveLength(1)
  await portal.ctx.db
    .updateTable('rate_limits')
    .set({ expires_at: sql<Date>`now() - interval '1 second'` })
    .execute()
  await forgetRateLimits(portal.ctx.db)
  expect(await portal.ctx.db.selectFrom('rate_limits').selectAll().execute()).toEqual([])
})
