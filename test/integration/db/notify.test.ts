import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import {
  forgetSignals,
  type Listener,
  type LiveEvent,
  listenForEvents,
  notify,
} from '../../../db/core/notify.ts'
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
    '{"type":"run","id":"1","clientId":"c"}',
    randomUUID(),
  ])
    await sql`select pg_notify('portal_events', ${payload})`.execute(test.db)
  await notify(test.db, 'client-1', { type: 'connection', id: 'real' })
  await waitFor('the event', () => events.length > 0)
  expect(events.map((event) => event.id)).toEqual(['real'])
})

describe('the portal role', () => {
  let portal: pg.Client
  const heard: string[] = []
  beforeEach(async () => {
    heard.length = 0
    portal = new pg.Client({ connectionString: test.url })
    await portal.connect()
    await portal.query('set role portal_reader')
    portal.on('notification', ({ channel, payload }) => heard.push(`${channel} ${payload}`))
  })
  afterEach(() => portal.end())

  it('may listen, and learns neither who it was nor what it was about', async () => {
    const events = await listen()
    await portal.query('listen portal_events')
    const [clientId, run] = ['a-client-of-somebody', randomUUID()]
    await notify(test.db, clientId, { type: 'run', id: run })
    await waitFor('the event and the signal', () => events.length === 1 && heard.length === 1)
    const [said = ''] = heard
    for (const word of [clientId, run, 'run']) expect(said).not.toContain(word)
    const signal = said.split(' ')[1]
    await expect(portal.query('select * from live_signals where id = $1', [signal])).rejects.toThrow(
      /permission denied/,
    )
  })

  it.each([
    ["select tell_portal('c', 'run', 'x')", []],
    ["insert into live_signals (client_id, type, subject_id) values ('c', 'run', 'x')", []],
    ["update live_signals set subject_id = 'x'", []],
    ['select * from rate_limits', []],
  ])('cannot make an event: %s', async (statement) => {
    await expect(portal.query(statement)).rejects.toThrow(/permission denied/)
  })

  it('may forge a signal, which makes nobody do more than read a row that is not there, however many it sends', async () => {
    const events = await listen()
    await portal.query(
      "select pg_notify('portal_events', gen_random_uuid()::text) from generate_series(1, 20000)",
    )
    await portal.query("select pg_notify('portal_events', $1)", ['{"type":"run","id":"1","clientId":"c"}'])
    await notify(test.db, 'client-1', { type: 'run', id: 'real' })
    await waitFor('the event', () => events.length > 0)
    expect(events).toEqual([{ type: 'run', id: 'real', clientId: 'client-1' }])
  })

  it('who repeats a signal that it heard tells what was told before, to the same client', async () => {
    const events = await listen()
    await portal.query('listen portal_events')
    await notify(test.db, 'client-1', { type: 'run', id: 'once' })
    await waitFor('the signal', () => heard.length === 1 && events.length === 1)
    await portal.query("select pg_notify('portal_events', $1)", [heard[0]?.split(' ')[1]])
    await waitFor('the repetition', () => events.length === 2)
    expect(events[1]).toEqual(events[0])
  })
})

it('what was told is forgotten after some minutes', async () => {
  await notify(test.db, 'client-1', { type: 'run', id: 'old' })
  await test.db
    .updateTable('live_signals')
    .set({ created_at: sql<Date>`now() - interval '6 minutes'` })
    .execute()
  await notify(test.db, 'client-1', { type: 'run', id: 'young' })
  await forgetSignals(test.db)
  const rows = await test.db.selectFrom('live_signals').select('subject_id').execute()
  expect(rows).toEqual([{ subject_id: 'young' }])
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
