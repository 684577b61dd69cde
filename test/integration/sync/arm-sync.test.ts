/**
 * A wish for a sync that arrives while a run commits its end is never lost: it is either seen by the end of the run, or
 * arms the next one. Each way of wishing is held against the end of a run in both orders, on two connections.
 */
import { askForFullRun } from '../../../db/cases/case-commands.repo.ts'
import { insertConnectionEvent } from '../../../db/connections/connection-events.repo.ts'
import { lockConnection } from '../../../db/connections/lock-connection.ts'
import { armSync } from '../../../db/connections/sync-schedule.repo.ts'
import type { Trx } from '../../../db/core/database.ts'
import { claimSlice, finishRun, type LeasedRun } from '../../../db/sync/sync-runs.repo.ts'
import { switchOrganization } from '../../../src/connections/organizations.ts'
import { processConnectionEvent } from '../../../src/connections/process-event.ts'
import { requestSync } from '../../../src/sync/request-sync.ts'
import { receiveWebhook } from '../../../src/sync/webhook.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitingForLocks } from '../../support/forced-order.ts'
import { simulatedContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { connectTo, reload } from './support.ts'

let test: TestDatabase
let simulator: Simulator
let ctx: TestContext
let connection: BuiltConnection
let run: LeasedRun
let otherOrganization: string

beforeAll(async () => {
  test = await createTestDatabase({ poolSize: 10 })
  simulator = await startSimulator({ invoices: 0, switches: { throttleTokens: false } })
})
afterAll(async () => {
  await simulator.close()
  await test.drop()
})

const underWay = async (kind: 'full' | 'incremental') => {
  ctx = simulatedContext(test.db, simulator, { config: { zoho: { requestsPerMinute: 1_000_000 } } })
  const organizationId = simulator.control.addOrganization({ invoices: 0 })
  otherOrganization = simulator.control.addOrganization({ invoices: 0 })
  connection = await connectTo(ctx, simulator, organizationId, {
    watermark: new Date(),
    nextSyncKind: kind,
  })
  const claimed = await claimSlice(test.db, connection.id, { lockSeconds: 30 })
  if (claimed === undefined) throw new Error('nothing to claim')
  run = claimed.run
}

const finish = () =>
  finishRun(test.db, run, {
    intervalSeconds: 900,
    fullIntervalSeconds: 86_400,
    readsDebtors: false,
    maxRearms: 3,
  })

const aCommand = async () => {
  const { id } = await test.db
    .insertInto('case_commands')
    .values({
      client_id: connection.client_id,
      connection_id: connection.id,
      request_hash: 'x',
      requested_by: 'user-1',
      confirm_undisputed: true,
      selection: '{}',
      total: 0,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

const ways: readonly [string, () => Promise<unknown>][] = [
  [
    'a webhook that names no invoice',
    () =>
      receiveWebhook(ctx, {
        token: connection.webhookToken,
        contentType: 'application/json',
        body: Buffer.from('{}'),
      }),
  ],
  [
    'a command that asks for a full run',
    async () => {
      const command = await aCommand()
      await test.db.transaction().execute((trx) => askForFullRun(trx, command, connection.id))
    },
  ],
  [
    'a reconnect',
    async () => {
      const eventId = await test.db.transaction().execute((trx) =>
        insertConnectionEvent(trx, {
          connectionId: connection.id,
          clientId: connection.client_id,
          kind: 'reconnected',
        }),
      )
      await processConnectionEvent(ctx, eventId)
    },
  ],
  [
    'another organization',
    () =>
      switchOrganization(ctx, {
        clientId: connection.client_id,
        subject: 'user-1',
        ip: null,
        organizationId: otherOrganization,
      }),
  ],
  ['Sync now', () => requestSync(ctx, { clientId: connection.client_id, subject: 'user-1' })],
]

/** Holds the connection's row while both wait for it: they get it in the order in which they came. */
const inOrder = async (first: () => Promise<unknown>, second: () => Promise<unknown>) => {
  let letGo = () => {}
  const held = new Promise<void>((go) => {
    letGo = go
  })
  let locked = () => {}
  const isLocked = new Promise<void>((go) => {
    locked = go
  })
  const holder = test.db.transaction().execute(async (trx: Trx) => {
    await lockConnection(trx, connection.id)
    locked()
    await held
  })
  await isLocked
  const one = first()
  await waitingForLocks(test, 1)
  const two = second()
  await waitingForLocks(test, 2).finally(letGo)
  await Promise.all([holder, one, two])
}

describe.each(ways)('%s', (_way, wish) => {
  it.each(['full', 'incremental'] as const)(
    'that comes before a %s run ends is carried out at once',
    async (kind) => {
      await underWay(kind)
      await inOrder(wish, finish)
      const { next_sync_at: next } = await reload(test.db, connection.id)
      expect(next?.getTime()).toBeLessThanOrEqual(Date.now() + 1_000)
    },
  )

  it.each(['full', 'incremental'] as const)(
    'that comes while a %s run commits its end is not lost',
    async (kind) => {
      await underWay(kind)
      await inOrder(finish, wish)
      const { next_sync_at: next } = await reload(test.db, connection.id)
      // a webhook lets a burst settle for half a minute
      expect(next?.getTime()).toBeLessThanOrEqual(Date.now() + 31_000)
    },
  )
})

it('a command gets a full run that begins after it, also when one is under way', async () => {
  await underWay('full')
  const command = await aCommand()
  await test.db.transaction().execute((trx) => askForFullRun(trx, command, connection.id))
  await finish()
  expect(await reload(test.db, connection.id)).toMatchObject({
    next_sync_kind: 'full',
    next_sync_trigger: 'command',
  })
})

it('anything else needs only an incremental run after a full one', async () => {
  await underWay('full')
  await test.db
    .transaction()
    .execute((trx) => armSync(trx, connection.id, { kind: 'full', trigger: 'webhook' }))
  await finish()
  expect(await reload(test.db, connection.id)).toMatchObject({ next_sync_kind: 'incremental' })
})
