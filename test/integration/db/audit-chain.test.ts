import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { insertAuditEvent, type NewAuditEvent } from '../../../db/core/audit-events.repo.ts'
import { verifyInvariants } from '../../../src/operator/verify-invariants.ts'
import { aClient } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitFor } from '../../support/wait-for.ts'

let test: TestDatabase
beforeEach(async () => {
  test = await createTestDatabase()
  await sql`update schedules set next_run_at = now() + interval '1 hour'`.execute(test.db)
})
afterEach(() => test.drop())

const event = (clientId: string | null, action = 'sync.requested'): NewAuditEvent => ({
  clientId,
  actor: 'jane@client.test',
  actorRole: 'client',
  action,
  subjectType: 'connection',
  subjectId: randomUUID(),
  details: { n: 1.5, word: 'ä' },
  ip: '198.51.100.7',
})
const write = async (...clients: (string | null)[]) => {
  for (const clientId of clients) await insertAuditEvent(test.db, event(clientId))
}
const links = async (clientId: string) =>
  test.db
    .selectFrom('audit_events')
    .select(['id', 'position', 'previous_hash', 'hash', 'action'])
    .where('client_id', '=', clientId)
    .orderBy('position')
    .execute()
const broken = async () => (await verifyInvariants(test.db)).map(({ number, ids }) => ({ number, ids }))
/** As somebody who owns the database and puts the guards aside. */
const forge = async (statement: ReturnType<typeof sql>) => {
  await sql`alter table audit_events disable trigger user`.execute(test.db)
  await statement.execute(test.db)
  await sql`alter table audit_events enable trigger user`.execute(test.db)
}

it('each event of a client carries the hash of the one before it; another client has a chain of its own', async () => {
  const [a, b] = [await aClient(test.db), await aClient(test.db)]
  await write(a, b, a, null, a)
  const chain = await links(a)
  expect(chain.map(({ position }) => position)).toEqual([1, 2, 3])
  expect(chain.map(({ previous_hash }) => previous_hash)).toEqual(['', chain[0]?.hash, chain[1]?.hash])
  expect(await links(b)).toMatchObject([{ position: 1, previous_hash: '' }])
  expect(await broken()).toEqual([])
})

it('the second of two writers waits for the end of the first, and follows it', async () => {
  const client = await aClient(test.db)
  await write(client)
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let first: Promise<void> | undefined
  await new Promise<void>((written, failed) => {
    first = test.db.transaction().execute(async (trx) => {
      await insertAuditEvent(trx, event(client, 'first'))
      written()
      await held
    })
    first.catch(failed)
  })
  const second = insertAuditEvent(test.db, event(client, 'second'))
  await waitFor('the second writer to wait', async () => {
    const { rows } = await sql<{ waiting: number }>`
      select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(test.db)
    return rows[0]?.waiting === 1
  })
  // Another client's events wait for nobody.
  await write(await aClient(test.db), null)
  letGo()
  await Promise.all([first, second])
  expect((await links(client)).map(({ action }) => action)).toEqual(['sync.requested', 'first', 'second'])
  expect(await broken()).toEqual([])
})

it('a writer that is rolled back leaves no gap', async () => {
  const client = await aClient(test.db)
  await write(client)
  await expect(
    test.db.transaction().execute(async (trx) => {
      await insertAuditEvent(trx, event(client))
      throw new Error('the deed failed')
    }),
  ).rejects.toThrow('the deed failed')
  await write(client)
  expect((await links(client)).map(({ position }) => position)).toEqual([1, 2])
  expect(await broken()).toEqual([])
})

it('many writers at once make one unbroken chain', async () => {
  const client = await aClient(test.db)
  await Promise.all(Array.from({ length: 40 }, () => write(client)))
  expect((await links(client)).map(({ position }) => position)).toEqual(
    Array.from({ length: 40 }, (_, n) => n + 1),
  )
  expect(await broken()).toEqual([])
})

describe('verify finds', () => {
  it.each<[string, (id: number) => ReturnType<typeof sql>]>([
    ['a changed action', (id) => sql`update audit_events set action = 'nothing' where id = ${id}`],
    ['changed details', (id) => sql`update audit_events set details = '{}' where id = ${id}`],
    ['another person', (id) => sql`update audit_events set actor = 'joe' where id = ${id}`],
    ['another address', (id) => sql`update audit_events set ip_address = '::1' where id = ${id}`],
    [
      'a false erasure',
      (id) => sql`update audit_events set actor = 'joe', person_salt = null where id = ${id}`,
    ],
    [
      'another time',
      (id) => sql`update audit_events set created_at = created_at - interval '1 s' where id = ${id}`,
    ],
    ['another client', (id) => sql`update audit_events set client_id = null where id = ${id}`],
    ['an event taken out', (id) => sql`delete from audit_events where id = ${id}`],
    [
      'a forged hash',
      (id) => sql`update audit_events set action = 'x', hash = audit_hash(audit_events) where id = ${id}`,
    ],
  ])('%s', async (_what, statement) => {
    const client = await aClient(test.db)
    await write(client, client, client)
    const [, second] = await links(client)
    await forge(statement(second?.id ?? 0))
    expect((await broken()).map(({ number }) => number)).toEqual([9])
  })

  const hashAnew = (id: number) => forge(sql`update audit_events e set hash = audit_hash(e) where id = ${id}`)

  it('an event that was changed and given the hash of its new content', async () => {
    const client = await aClient(test.db)
    await write(client, client, client)
    const [, second, third] = await links(client)
    await forge(sql`update audit_events set action = 'x' where id = ${second?.id}`)
    await hashAnew(second?.id ?? 0)
    expect(await broken()).toEqual([{ number: 9, ids: [String(third?.id)] }])
  })

  it('a gap in the numbers, also when every hash fits', async () => {
    const client = await aClient(test.db)
    await write(client, client)
    const last = (await links(client)).at(-1)?.id ?? 0
    await forge(sql`update audit_events set position = 7 where id = ${last}`)
    await hashAnew(last)
    await sql`update audit_chains c set position = 7, hash = e.hash from audit_events e where e.id = ${last}`.execute(
      test.db,
    )
    expect(await broken()).toEqual([{ number: 9, ids: [String(last)] }])
  })

  it('an address that came back after an erasure', async () => {
    const client = await aClient(test.db)
    await write(client)
    const [only] = await links(client)
    await forge(sql`update audit_events set actor = 'erased', person_salt = null, ip_address = '::1'`)
    expect(await broken()).toEqual([{ number: 9, ids: [String(only?.id)] }])
  })

  it('that the last events were cut off, and that a chain is gone altogether', async () => {
    const client = await aClient(test.db)
    await write(client, client)
    await forge(sql`delete from audit_events where position = 2`)
    expect(await broken()).toEqual([{ number: 9, ids: [`end of chain ${client}`] }])
    await forge(sql`delete from audit_events`)
    expect(await broken()).toEqual([{ number: 9, ids: [`end of chain ${client}`] }])
  })
})

describe('an audit event', () => {
  const refused = { code: '42501' }

  it.each([
    ['changed', sql`update audit_events set action = 'nothing'`],
    ['deleted', sql`delete from audit_events`],
    ['truncated', sql`truncate audit_events`],
  ])('is %s by nobody: not by the workers, not by the owner of the table', async (_what, statement) => {
    await write(await aClient(test.db))
    await expect(statement.execute(test.db)).rejects.toMatchObject(refused)
    await expect(
      test.db.transaction().execute(async (trx) => {
        await sql`set local role app_worker`.execute(trx)
        await statement.execute(trx)
      }),
    ).rejects.toMatchObject(refused)
  })

  it('is not deleted together with its client', async () => {
    const client = await aClient(test.db)
    await write(client)
    await expect(test.db.deleteFrom('clients').execute()).rejects.toMatchObject({ code: '23503' })
  })

  it('is written by the workers, who can neither place it in the chain nor move the end of the chain', async () => {
    const client = await aClient(test.db)
    await test.db.transaction().execute(async (trx) => {
      await sql`set local role app_worker`.execute(trx)
      await insertAuditEvent(trx, event(client))
      await sql`insert into audit_events (client_id, actor, actor_role, action, subject_type, subject_id, position, hash, created_at)
        values (${client}, 'x', 'client', 'x', 'client', 'x', 7, 'x', '2020-01-01')`.execute(trx)
    })
    expect((await links(client)).map(({ position }) => position)).toEqual([1, 2])
    expect(await broken()).toEqual([])
    await expect(
      test.db.transaction().execute(async (trx) => {
        await sql`set local role app_worker`.execute(trx)
        await sql`update audit_chains set position = 0`.execute(trx)
      }),
    ).rejects.toMatchObject(refused)
  })
})
