/** The operator's page of endpoints: what its forms do, and that a secret stands in one answer only. */
import { sql } from 'kysely'
import { Webhook } from 'standardwebhooks'
import { waitFor } from '../../support/wait-for.ts'
import { aCase } from '../events/facts.ts'
import { failing, ok, type Receiver, startReceiver } from '../events/receiver.ts'
import { type OperatorPortal, signIn, startOperatorPortal } from './operator-fixture.ts'

let portal: OperatorPortal
let receiver: Receiver
let taken = true
beforeAll(async () => {
  portal = await startOperatorPortal('postgres', 7)
  receiver = await startReceiver(() => (taken ? ok : failing))
  await sql`insert into clients (id, name) values ('acme', 'Acme')`.execute(portal.database.db)
}, 20_000)
afterAll(async () => {
  await receiver.close()
  await portal.close()
}, 20_000)

const secretIn = (html: string) => /whsec_[A-Za-z0-9+/=]+/.exec(html)?.[0]
const list = '/operator/webhooks'
const lastBody = () => JSON.parse(receiver.got.at(-1)?.body ?? '{}')

it('an endpoint is made, tested, fed by a worker, rotated, replayed, disabled, enabled and deleted', async () => {
  expect((await portal.get(list)).body).toContain('No endpoint yet')
  const fields = { description: 'The host', types: 'case.created', clientIds: ' acme ' }
  const made = await portal.submit(list, list, { url: `${receiver.url}/a`, ...fields })
  expect(made.statusCode).toBe(200)
  expect(made.headers['cache-control']).toBe('no-store')
  const secret = secretIn(made.body) ?? ''
  const { id } = await portal.database.db
    .selectFrom('webhook_endpoints')
    .select('id')
    .where('types', '=', sql<string[]>`array['case.created']`)
    .where('client_ids', '=', sql<string[]>`array['acme']`)
    .executeTakeFirstOrThrow()
  const page = `${list}/${id}`
  for (const shown of [await portal.get(list), await portal.get(page)]) {
    expect(shown.statusCode).toBe(200)
    expect(shown.body).toContain('The host')
    expect(secretIn(shown.body)).toBeUndefined()
  }

  portal.work()
  const press = (action: string, more?: Record<string, string>) =>
    portal.submit(page, `${page}/${action}`, more)
  expect((await press('test')).headers['location']).toBe(`${page}?done=tested`)
  await waitFor('the test', () => receiver.got.length === 1)
  expect(lastBody().type).toBe('webhook.test')

  await aCase(portal.database.db, { clientId: 'acme' })
  await waitFor('the event', () => receiver.got.length === 2)
  const [first] = receiver.got.slice(-1)
  new Webhook(secret).verify(first?.body ?? '', first?.headers as Record<string, string>)

  const rotated = await press('rotate')
  expect(secretIn(rotated.body)).not.toBe(secret)
  const html = await waitFor('both to be noted', async () => {
    const { body } = await portal.get(page)
    return body.split('Taken, 204').length === 3 && body
  })
  const replay = new RegExp(`${page}/deliveries/[0-9a-f-]+/replay`).exec(html)?.[0] ?? ''
  expect((await portal.submit(page, replay)).headers['location']).toBe(`${page}?done=replayed&count=1`)
  await waitFor('the replay', () => receiver.got.length === 3)
  const today = { from: '2000-01-01T00:00', to: '2999-01-01T00:00' }
  await waitFor(
    'the replay to be noted',
    async () => (await portal.get(page)).body.split('Taken, 204').length === 4,
  )
  expect((await press('replay', today)).headers['location']).toBe(`${page}?done=replayed&count=1`)
  await waitFor('the period', () => receiver.got.length === 4)

  taken = false
  await aCase(portal.database.db, { clientId: 'acme' })
  await waitFor('the failure', async () => (await portal.get(page)).body.includes('Not a status of success'))
  await press('disable')
  expect((await portal.get(page)).body).toContain('Switched off by hand')
  taken = true
  const before = receiver.got.length
  await press('enable')
  await waitFor('what waited', () => receiver.got.length > before)
  expect((await press('delete')).headers['location']).toBe(`${list}?done=deleted`)
  expect((await portal.get(page)).statusCode).toBe(404)
  expect(portal.logged.join('')).not.toMatch(/whsec_|v1,/)
  const deeds = (await portal.audited()).map(({ action }) => action.replace('webhook_endpoint.', ''))
  expect(deeds).toEqual([
    ...['created', 'tested', 'secret_rotated', 'replayed', 'replayed', 'changed', 'changed', 'deleted'],
  ])
}, 30_000)

it('the pages and their forms are for operators, and a form without its token does nothing', async () => {
  const client = await signIn(portal.app, 'client', 'acme')
  expect((await portal.app.inject({ url: list, headers: { cookie: client } })).statusCode).toBe(403)
  const forged = await portal.app.inject({
    method: 'POST',
    url: list,
    headers: { cookie: portal.cookie, 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'url=https%3A%2F%2Fx.test&description=&types=&clientIds=',
  })
  expect(forged.statusCode).toBe(403)
  const refused = await portal.submit(list, list, {
    url: 'http://169.254.169.254/',
    description: '',
    types: '',
    clientIds: '',
  })
  expect(refused.statusCode).toBe(400)
  expect(refused.body).toContain('in a network that events are not delivered to')
  expect((await portal.get(list)).body).toContain('No endpoint yet')
})
