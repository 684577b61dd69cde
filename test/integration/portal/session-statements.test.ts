/** Browser sessions in the database: how long they live, what keeps them, and whose they are. */
import { sql } from 'kysely'
import {
  deleteSession,
  deleteSessionsOf,
  findSession,
  insertSession,
  listSessions,
  touchSession,
} from '../../../db/portal/portal-sessions.repo.ts'
import { createSession, SESSION_HOURS } from '../../../src/portal/auth/sessions.ts'
import { aClient } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
  for (const id of ['acme', 'other']) await aClient(test.db, { id })
})
afterAll(() => test.drop())

const idleMinutes = 60
let number = 0
const begin = async (owner: { clientId?: string; subject?: string } = {}) => {
  const idHash = `hash-${++number}`
  const session = { clientId: 'acme', subject: `person-${number}`, ...owner }
  const id = await insertSession(test.db, {
    idHash,
    name: null,
    role: 'client',
    ip: null,
    userAgent: null,
    hours: 12,
    ...session,
  })
  return { ...session, idHash, id }
}
const find = (idHash: string) => findSession(test.db, idHash, idleMinutes)
const seen = (idHash: string, ago: string) =>
  sql`update portal_sessions set last_seen_at = now() - ${ago}::interval where id_hash = ${idHash}`.execute(
    test.db,
  )

it('a session lives for twelve hours, a working day', async () => {
  expect(SESSION_HOURS).toBe(12)
  await createSession(createTestContext({ db: test.db }), {
    clientId: 'acme',
    subject: 'day',
    role: 'client',
    name: null,
  })
  const { rows } = await sql<{ hours: number }>`
    select extract(epoch from expires_at - now())::float8 / 3600 as hours from portal_sessions where subject = 'day'`.execute(
    test.db,
  )
  expect(rows[0]?.hours).toBeGreaterThan(11.9)
  expect(rows[0]?.hours).toBeLessThanOrEqual(12)
})

it('it ends at its time, however busy its person is, and when it was idle for too long', async () => {
  const { idHash } = await begin()
  await seen(idHash, '59 minutes')
  expect(await find(idHash)).toBeDefined()
  await seen(idHash, '61 minutes')
  expect(await find(idHash)).toBeUndefined()
  await touchSession(test.db, idHash)
  expect(await find(idHash)).toMatchObject({ seen_before: false })
  await seen(idHash, '61 seconds')
  expect(await find(idHash)).toMatchObject({ seen_before: true })
  await sql`update portal_sessions set expires_at = now() where id_hash = ${idHash}`.execute(test.db)
  expect(await find(idHash)).toBeUndefined()
})

it('a person sees the living ones of their own at this client, the last used first', async () => {
  const first = await begin({ subject: 'ann' })
  const second = await begin({ subject: 'ann' })
  const idle = await begin({ subject: 'ann' })
  await begin({ subject: 'ben' })
  await begin({ subject: 'ann', clientId: 'other' })
  await seen(second.idHash, '5 minutes')
  await seen(idle.idHash, '2 hours')
  const listed = await listSessions(test.db, { clientId: 'acme', subject: 'ann' }, idleMinutes)
  expect(listed.map(({ id }) => id)).toEqual([first.id, second.id])
})

it('and ends one or all of those, never another person’s', async () => {
  const mine = [await begin({ subject: 'eve' }), await begin({ subject: 'eve' })]
  const others = [await begin({ subject: 'fay' }), await begin({ subject: 'eve', clientId: 'other' })]
  const owner = { clientId: 'acme', subject: 'eve' }
  for (const { id } of others) expect(await deleteSessionsOf(test.db, owner, id)).toEqual([])
  expect(await deleteSessionsOf(test.db, owner, mine[0]?.id)).toHaveLength(1)
  expect(await find(mine[1]?.idHash ?? '')).toBeDefined()
  expect(await deleteSessionsOf(test.db, owner)).toHaveLength(1)
  for (const { idHash } of others) expect(await find(idHash)).toBeDefined()
  expect(await deleteSession(test.db, others[0]?.idHash ?? '')).toMatchObject({ subject: 'fay' })
  expect(await deleteSession(test.db, others[0]?.idHash ?? '')).toBeUndefined()
})
