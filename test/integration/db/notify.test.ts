import { sql } from 'kysely'
import { type Listener, type LiveEvent, listenForEvents, notify } from '../../../db/core/notify.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitFor } from '../../support/wait-for.ts'

let test: TestDatabase
let listener: Listener | undefined
beforeAll(async () => {
  test = await createTestDatabase()
})
afterEach(async () => {
  await listener?.close()
  listener = undefined
})
afterAll(() => test.drop())

const listen = async (options: Parameters<typeof listenForEvents>[2] = {}) => {
  const events: LiveEvent[] = []
  listener = await listenForEvents(test.url, (event) => events.push(event), options)
  return events
}

it('carries ids to whoever listens, once the transaction is committed', async () => {
  const events = await listen()
  await test.db.transaction().execute(async (trx) => {
    await notify(trx, 'client-1', { type: 'run', id: 'run-1' })
    expect(events).toEqual([])
  })
  await waitFor('the event', () => events.length > 0)
  expect(events).toEqual([{ type: 'run', id: 'run-1', clientId: 'client-1' }])
})

it('a transaction that is rolled back says nothing', async () => {
  const events = await listen()
  await expect(
    test.db.transaction().execute(async (trx) => {
      await notify(trx, 'client-1', { type: 'run', id: 'lost' })
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  await notify(test.db, 'client-1', { type: 'command', id: 'kept' })
  await waitFor('the event', () => events.length > 0)
  expect(events.map((event) => event.id)).toEqual(['kept'])
})

it('what is no event of ours is passed over', async () => {
  const events = await listen()
  for (const payload of [
    '',
    'nonsense',
    'null',
    '[]',
    '{"type":"other","id":"1","clientId":"c"}',
    '{"type":"run"}',
  ])
    await sql`select pg_notify('portal_events', ${payload})`.execute(test.db)
  await notify(test.db, 'client-1', { type: 'connection', id: 'real' })
  await waitFor('the event', () => events.length > 0)
  expect(events.map((event) => event.id)).toEqual(['real'])
})

it('a lost connection is made anew, and the listener is told that it may have missed something', async () => {
  let reconnects = 0
  const events = await listen({
    onReconnect: () => {
      reconnects += 1
    },
  })
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name like 'zoho-books-collector/% events'`.execute(
    test.db,
  )
  await waitFor('the reconnect', () => reconnects === 1)
  await notify(test.db, 'client-1', { type: 'run', id: 'after' })
  await waitFor('the event', () => events.length > 0)
  expect(events.map((event) => event.id)).toEqual(['after'])
})

it('closing ends it, even while the database cannot be reached', async () => {
  const unreachable = await listenForEvents('postgres://nobody@127.0.0.1:1/none', () => undefined)
  await unreachable.close()
})
