import { randomBytes } from 'node:crypto'
import { createNudge } from '../../../jobs/nudge.ts'
import { createQueues } from '../../../jobs/queues.ts'
import { startWorker } from '../../../jobs/worker.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { aGrantedConnection, simulatorForContext } from '../../support/simulated-zoho.ts'
import { tokenRow } from '../../support/token-rows.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

let database: TestDatabase
let simulator: Simulator
beforeAll(async () => {
  database = await createTestDatabase()
  simulator = await startSimulator({ invoices: 0 })
})
afterAll(async () => {
  await simulator.close()
  await database.drop()
})

it('a worker without the key of one connection says so, and goes on with another', async () => {
  const ctx = createTestContext({
    db: database.db,
    simulator: simulatorForContext(simulator),
    config: { databaseUrl: database.url, sweepIntervalSeconds: 1, jobLockSeconds: 5 },
  })
  const lost = {
    ...ctx,
    config: { ...ctx.config, tokenEncryptionKeys: [{ id: 'lost', secret: randomBytes(32) }] },
  }
  const keyless = await aConnection(lost, { expiresInSeconds: -60, dataCenter: 'sim' })
  const well = await aGrantedConnection(ctx, simulator, { expiresInSeconds: -60 })
  const makeDue = () =>
    database.db
      .updateTable('oauth_tokens')
      .set({ next_refresh_at: new Date(0) })
      .execute()
  const problemOf = async (id: string) => {
    const { problem_code: problem } = await database.db
      .selectFrom('connections')
      .select('problem_code')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return problem
  }
  await makeDue()

  const queues = createQueues(ctx.config, ctx.log)
  const worker = startWorker({ ...ctx, nudge: createNudge(ctx, queues) }, queues)
  await waitFor('the problem to be named', async () => (await problemOf(keyless.id)) === 'token_key_missing')
  await waitFor('the other token', async () => (await tokenRow(database.db, well.id)).minted_at.length === 1)
  // Once more: the worker is still at work, and the connection without a key still has its grant.
  await makeDue()
  await waitFor('the next token', async () => (await tokenRow(database.db, well.id)).minted_at.length === 2)
  expect(await problemOf(well.id)).toBeNull()
  expect(await tokenRow(database.db, keyless.id)).toMatchObject({
    refresh_token_jwe: expect.any(String),
    key_id: 'lost',
  })
  await worker.close()
  await queues.close()
})
