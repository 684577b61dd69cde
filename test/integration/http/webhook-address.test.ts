import { rotateWebhookToken } from '../../../src/connections/webhook-token.ts'
import { receiveWebhook } from '../../../src/sync/webhook.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestContext, testConfig } from '../../support/context.ts'
import { consent, simulatorForContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { bearer, signIn, startPortal, type TestPortal } from './portal-fixture.ts'

const connect = '/integrations/zoho-books/connect'
const page = '/integrations/zoho-books/webhook'

let simulator: Simulator
let portal: TestPortal
beforeAll(async () => {
  simulator = await startSimulator({ invoices: 0 })
  portal = await startPortal({ simulator: simulatorForContext(simulator) })
})
afterAll(async () => {
  await portal.close()
  await simulator.close()
})

let number = 0
const connected = async () => {
  const clientId = `hooked-${++number}`
  const headers = await bearer({ client_id: clientId })
  const { headers: start } = await portal.app.inject({ url: connect, headers })
  const query = await consent(String(start.location))
  await portal.app.inject({ url: '/integrations/zoho-books/callback', query, headers })
  return { clientId, headers }
}
const addressOf = async (headers: Record<string, string>) =>
  (await portal.app.inject({ url: '/api/connection/webhook', headers })).json().url as string
const tokenOf = (url: string) => url.slice(url.lastIndexOf('/') + 1)
const dueSoon = async (clientId: string) => {
  const { next_sync_trigger } = await portal.ctx.db
    .selectFrom('connections')
    .select('next_sync_trigger')
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow()
  return next_sync_trigger === 'webhook'
}
const nudge = (url: string) =>
  receiveWebhook(portal.ctx, {
    token: tokenOf(url),
    contentType: 'application/json',
    body: Buffer.from('{}'),
  })
const quiet = (clientId: string) =>
  portal.ctx.db
    .updateTable('connections')
    .set({
      next_sync_at: new Date(Date.now() + 900_000),
      next_sync_kind: 'incremental',
      next_sync_trigger: 'schedule',
    })
    .where('client_id', '=', clientId)
    .execute()

it('the address is shown whenever the client asks, and the rows of connections hold nothing that would open it', async () => {
  const { clientId, headers } = await connected()
  const url = await addressOf(headers)
  expect(url).toMatch(/^http:\/\/portal\.test\/webhooks\/zoho-books\/[\w-]{43}$/)
  expect(await addressOf(headers)).toBe(url)
  const shown = await portal.app.inject({
    url: page,
    headers: { cookie: await signIn(portal, { client_id: clientId }) },
  })
  expect(shown.body).toContain(url)
  const rows = await portal.ctx.db.selectFrom('connections').selectAll().execute()
  expect(JSON.stringify(rows)).not.toContain(tokenOf(url))
  await quiet(clientId)
  await nudge(url)
  expect(await dueSoon(clientId)).toBe(true)
})

it('after a rotation only the new address counts, and the audit says who did it', async () => {
  const { clientId, headers } = await connected()
  const old = await addressOf(headers)
  const answer = await portal.app.inject({ method: 'POST', url: '/api/connection/webhook/rotate', headers })
  const { url } = answer.json()
  expect(url).not.toBe(old)
  expect(await addressOf(headers)).toBe(url)
  await quiet(clientId)
  await nudge(old)
  expect(await dueSoon(clientId)).toBe(false)
  await nudge(url)
  expect(await dueSoon(clientId)).toBe(true)
  const trail = await portal.ctx.db
    .selectFrom('audit_events')
    .selectAll()
    .where('client_id', '=', clientId)
    .where('action', '=', 'connection.webhook_rotated')
    .execute()
  expect(trail).toMatchObject([{ actor: 'user-1', actor_role: 'client', subject_type: 'connection' }])
  expect(JSON.stringify(trail)).not.toContain(tokenOf(url))
})

it('is rotated on the page, which then shows the new one', async () => {
  const { clientId, headers } = await connected()
  const old = await addressOf(headers)
  const cookie = await signIn(portal, { client_id: clientId })
  const post = (extra: Record<string, string>) =>
    portal.app.inject({ method: 'POST', url: `${page}/rotate`, headers: { cookie, ...extra } })
  expect((await post({ 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403)
  expect(await addressOf(headers)).toBe(old)
  const { headers: away } = await post({ 'sec-fetch-site': 'same-origin' })
  expect(away.location).toBe(`${page}?done=rotated`)
  const shown = await portal.app.inject({ url: String(away.location), headers: { cookie } })
  expect(shown.body).toContain(await addressOf(headers))
  expect(shown.body).not.toContain(old)
  expect(shown.body).toContain('This is the new address.')
})

it('an address made under another secret is not shown, goes on to work, and can be replaced', async () => {
  const ctx = createTestContext({
    db: portal.ctx.db,
    config: testConfig({ portalJwtSecret: 'the secret of the time before, long enough' }),
  })
  const { client_id: clientId } = await aConnection(ctx)
  const webhookToken = tokenOf(await rotateWebhookToken(ctx, { clientId, subject: 'somebody', ip: null }))
  const headers = await bearer({ client_id: clientId })
  expect(await addressOf(headers)).toBeNull()
  const cookie = await signIn(portal, { client_id: clientId })
  const shown = await portal.app.inject({ url: page, headers: { cookie } })
  expect(shown.body).toContain('cannot be shown any more')
  await quiet(clientId)
  await nudge(webhookToken)
  expect(await dueSoon(clientId)).toBe(true)
  await portal.app.inject({ method: 'POST', url: '/api/connection/webhook/rotate', headers })
  expect(await addressOf(headers)).toMatch(/^http/)
})

it('without a connection there is no address to see or to rotate', async () => {
  const headers = await bearer({ client_id: 'nothing-connected' })
  const get = await portal.app.inject({ url: '/api/connection/webhook', headers })
  const post = await portal.app.inject({ method: 'POST', url: '/api/connection/webhook/rotate', headers })
  expect([get.json().code, post.json().code]).toEqual(['not_connected', 'not_connected'])
})
