import { type AddressInfo, connect } from 'node:net'
import type { PortalEvent } from '../../../src/portal/api/portal-event.ts'
import { aClient, aConnection } from '../../support/builders.ts'
import { waitFor } from '../../support/wait-for.ts'
import { bearer, signIn, startPortal, type TestPortal } from './portal-fixture.ts'

const subscribers = new Map<string, Set<(event: PortalEvent) => void>>()
const subscribe = (clientId: string, onEvent: (event: PortalEvent) => void) => {
  const own = subscribers.get(clientId) ?? new Set()
  subscribers.set(clientId, own.add(onEvent))
  return () => void own.delete(onEvent)
}
const publish = (clientId: string, event: PortalEvent) => {
  for (const notify of subscribers.get(clientId) ?? []) notify(event)
}

let portal: TestPortal
let origin: string
beforeAll(async () => {
  portal = await startPortal({ deps: { subscribe, heartbeatMs: 50 } })
  await portal.app.listen({ port: 0, host: '127.0.0.1' })
  origin = `http://127.0.0.1:${(portal.app.server.address() as AddressInfo).port}`
})
afterAll(() => portal.close())

interface Received {
  readonly event: string
  readonly data: Record<string, unknown>
}

const open = async (headers: Record<string, string>) => {
  const leaving = new AbortController()
  const answer = await fetch(`${origin}/api/events`, { headers, signal: leaving.signal })
  const seen: Received[] = []
  const state = { text: '', ended: false }
  const read = async () => {
    const decoder = new TextDecoder()
    for await (const chunk of answer.body ?? []) {
      state.text += decoder.decode(chunk as Uint8Array, { stream: true })
      const messages = state.text.split('\n\n')
      seen.length = 0
      for (const message of messages.slice(0, -1)) {
        const [, event = '', data = '{}'] = /^event: (.+)\ndata: (.+)$/.exec(message) ?? []
        if (event) seen.push({ event, data: JSON.parse(data) })
      }
    }
    state.ended = true
  }
  const reading = read().catch(() => {
    state.ended = true
  })
  return { answer, seen, state, reading, leave: () => leaving.abort() }
}

const runningConnection = async (clientId: string) => {
  await aClient(portal.ctx.db, { id: clientId })
  const connection = await aConnection(portal.ctx, { clientId })
  const run = await portal.ctx.db
    .insertInto('sync_runs')
    .values({
      connection_id: connection.id,
      client_id: clientId,
      zoho_organization_id: connection.zoho_organization_id,
      kind: 'full',
      trigger: 'manual',
      next_page: 8,
      rows_read: 1400,
      total: 2310,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { connection, runId: run.id }
}

it('tells the state after opening, and again when something changed', async () => {
  const headers = await bearer({ client_id: 'watcher' })
  const stream = await open(headers)
  expect(stream.answer.headers.get('content-type')).toContain('text/event-stream')
  await waitFor('the first state', () => stream.seen.find(({ event }) => event === 'connection'))
  expect(stream.seen[0]?.data).toMatchObject({ state: 'not_connected' })

  const { runId } = await runningConnection('watcher')
  publish('watcher', { type: 'run', id: runId })
  const run = await waitFor('the run', () => stream.seen.find(({ event }) => event === 'run'))
  expect(run.data).toMatchObject({ id: runId, kind: 'full', pages: 7 })
  const connection = await waitFor('the progress', () =>
    stream.seen.find(({ data }) => data['state'] === 'syncing'),
  )
  expect(connection.data['progress']).toMatchObject({ runId, page: 7, rowsRead: 1400, total: 2310 })
  stream.leave()
  await stream.reading
  await waitFor('the end of the subscription', () => subscribers.get('watcher')?.size === 0)
})

it('gathers a storm of changes into few messages', async () => {
  await runningConnection('stormy')
  const stream = await open(await bearer({ client_id: 'stormy' }))
  await waitFor('the first state', () => stream.seen.length === 1)
  for (let i = 0; i < 1000; i += 1) publish('stormy', { type: 'connection', id: 'x' })
  await waitFor('a second state', () => stream.seen.length > 1)
  expect(stream.seen.length).toBeLessThan(5)
  stream.leave()
  await stream.reading
})

it('shows nothing of another client, even by its id', async () => {
  const { runId } = await runningConnection('other')
  const stream = await open(await bearer({ client_id: 'curious' }))
  publish('curious', { type: 'run', id: runId })
  publish('curious', { type: 'command', id: runId })
  await waitFor('two states', () => stream.seen.length >= 2)
  expect(stream.seen.map(({ event }) => event)).not.toContain('run')
  expect(stream.seen.every(({ data }) => data['state'] === 'not_connected')).toBe(true)
  stream.leave()
  await stream.reading
})

it('says that it lives', async () => {
  const stream = await open(await bearer({ client_id: 'quiet' }))
  await waitFor('a heartbeat', () => stream.state.text.includes(': still here'))
  stream.leave()
  await stream.reading
})

it('ends with the session: on sign-out here, or anywhere else', async () => {
  const cookie = await signIn(portal, { client_id: 'leaver' })
  const stream = await open({ cookie })
  await waitFor('the first state', () => stream.seen.length > 0)
  await portal.app.inject({
    method: 'POST',
    url: '/sign-out',
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
  })
  await waitFor('the end', () => stream.state.ended)

  const elsewhere = await open({ cookie: await signIn(portal, { client_id: 'leaver', sub: 'second' }) })
  await portal.ctx.db.deleteFrom('portal_sessions').where('subject', '=', 'second').execute()
  await waitFor('the word', () => elsewhere.seen.some(({ event }) => event === 'session-ended'))
  await waitFor('the end', () => elsewhere.state.ended)
})

it('does not open without credentials, nor without end for one client', async () => {
  expect((await fetch(`${origin}/api/events`)).status).toBe(401)
  const headers = await bearer({ client_id: 'greedy' })
  const streams = await Promise.all(Array.from({ length: 20 }, () => open(headers)))
  const refused = await fetch(`${origin}/api/events`, { headers })
  expect(refused.status).toBe(429)
  for (const { leave } of streams) leave()
  await Promise.all(streams.map(({ reading }) => reading))
})

it('does not keep the server from closing', async () => {
  const closing = await startPortal({ deps: { subscribe } })
  await closing.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = closing.app.server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}/api/events`, { headers: await bearer() })
  const speculative = connect(port, '127.0.0.1')
  await new Promise((connected) => speculative.once('connect', connected))
  await closing.close()
  await expect(answer.text()).resolves.toContain('retry:')
})
