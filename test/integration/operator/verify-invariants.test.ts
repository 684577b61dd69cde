import { sql } from 'kysely'
import { verifyInvariants } from '../../../src/operator/verify-invariants.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
beforeEach(async () => {
  test = await createTestDatabase()
})
afterEach(() => test.drop())

const numbers = async () => (await verifyInvariants(test.db)).map((violation) => violation.number)
const connect = () => aConnection(createTestContext({ db: test.db }))

const stage = (connection: { id: string; client_id: string }, organizationId: string) =>
  test.db
    .insertInto('staged_invoices')
    .values({
      connection_id: connection.id,
      client_id: connection.client_id,
      zoho_organization_id: organizationId,
      zoho_invoice_id: '1',
      amount_to_recover: '1',
      zoho_status: 'sent',
      policy_version: '1',
      content_hash: '1',
      zoho_modified_at: new Date(),
      proven_at: new Date(),
    })
    .execute()

it('a sound database breaks nothing', async () => {
  const connection = await connect()
  await stage(connection, connection.zoho_organization_id)
  expect(await verifyInvariants(test.db)).toEqual([])
})

it('finds open invoices of a connection that is gone', async () => {
  const connection = await connect()
  await stage(connection, connection.zoho_organization_id)
  await test.db.updateTable('connections').set({ state: 'disconnected' }).execute()
  expect(await verifyInvariants(test.db)).toMatchObject([
    { number: 4, count: 1, ids: [`${connection.id}/1`] },
  ])
})

it('finds open invoices of another organization than the connection’s', async () => {
  const connection = await connect()
  await stage(connection, 'another')
  expect(await numbers()).toEqual([4])
})

it('finds two active runs, cases twice, and cases without an item, when the constraints were dropped', async () => {
  const connection = await connect()
  await sql`drop index sync_runs_one_active`.execute(test.db)
  for (let times = 0; times < 2; times += 1)
    await test.db
      .insertInto('sync_runs')
      .values({
        connection_id: connection.id,
        client_id: connection.client_id,
        zoho_organization_id: connection.zoho_organization_id,
        kind: 'full',
        trigger: 'manual',
      })
      .execute()
  expect(await numbers()).toEqual([3])
})

it('finds a plain token wherever it stands, and names the column, not the token', async () => {
  const token = '1000.0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef'
  await test.db
    .insertInto('clients')
    .values({ id: 'c', name: `oops ${token}` })
    .execute()
  const violations = await verifyInvariants(test.db)
  expect(violations).toMatchObject([{ number: 6, ids: ['public.clients.name'] }])
  expect(JSON.stringify(violations)).not.toContain(token)
})

it('finds a due row that nobody swept although a worker runs; without a worker there is nobody to blame', async () => {
  const connection = await connect()
  await sql`update connections set next_sync_at = now() - interval '1 minute' where id = ${connection.id}`.execute(
    test.db,
  )
  expect(await numbers()).toEqual([])
  await sql`insert into workers (id, host) values (gen_random_uuid(), 'here')`.execute(test.db)
  expect(await verifyInvariants(test.db)).toMatchObject([{ number: 7, ids: [`connection/${connection.id}`] }])
  await sql`update connections set sync_enqueued_at = now()`.execute(test.db)
  expect(await numbers()).toEqual([])
})
