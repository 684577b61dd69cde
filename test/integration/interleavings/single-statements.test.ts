/** Statements that read and write at once: the second comes while the first is not committed. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import {
  acceptCommand,
  claimCommand,
  holdCommand,
  insertCommand,
  releaseCommand,
} from '../../../db/cases/case-commands.repo.ts'
import { deleteExpired } from '../../../db/clients/retention.repo.ts'
import { insertOauthState, useOauthState } from '../../../db/connections/oauth-states.repo.ts'
import type { Db, Trx } from '../../../db/core/database.ts'
import { countRequest, forgetRateLimits } from '../../../db/core/rate-limits.repo.ts'
import { claimDueRows } from '../../../db/jobs/due-rows.repo.ts'
import { acquireSlot } from '../../../db/sync/organization-budgets.repo.ts'
import { claimSlice, requestRun } from '../../../db/sync/sync-runs.repo.ts'
import { lockToken, storeRefreshFailure } from '../../../db/tokens/oauth-tokens.repo.ts'
import { aClient, aConnection, type BuiltConnection } from '../../support/builders.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitingForLocks } from '../../support/forced-order.ts'
import { stage } from '../../support/staged.ts'

let test: TestDatabase
let ctx: TestContext
let connection: BuiltConnection
beforeEach(async () => {
  test = await createTestDatabase({ poolSize: 8 })
  ctx = createTestContext({ db: test.db })
  await aClient(test.db, { id: 'acme' })
  connection = await aConnection(ctx, { clientId: 'acme', nextSyncAt: new Date(0) })
})
afterEach(() => test.drop())

/** `first` has written and not committed when `second` runs into it; then it ends one way or the other. */
const oneAfterTheOther = async <First, Second>(
  first: (trx: Trx) => Promise<First>,
  second: (db: Db) => Promise<Second>,
  { rolledBack = false }: { rolledBack?: boolean } = {},
): Promise<readonly [First, Second]> => {
  const trx = await test.db.startTransaction().execute()
  const one = await first(trx)
  const coming = second(test.db)
  await waitingForLocks(test, 1).catch(async (error: unknown) => {
    await trx.rollback().execute()
    throw error
  })
  await (rolledBack ? trx.rollback() : trx.commit()).execute()
  return [one, await coming]
}

const command = (key: string) => ({
  clientId: 'acme',
  connectionId: connection.id,
  idempotencyKey: key,
  requestHash: 'h',
  requestedByName: null,
  requestId: null,
  requestedBy: 'u',
  selection: {},
})
const accept = async (db: Db | Trx, key: string) => {
  const insert = async (trx: Trx) => {
    const id = await insertCommand(trx, command(key))
    if (id !== undefined) await acceptCommand(trx, id, 0)
    return id
  }
  return db.isTransaction ? insert(db as Trx) : db.transaction().execute(insert)
}

it('of two commands with one key the second finds the first', async () => {
  const [first, second] = await oneAfterTheOther(
    (trx) => accept(trx, 'k'),
    (db) => accept(db, 'k'),
  )
  expect(first).toEqual(expect.any(String))
  expect(second).toBeUndefined()
})

it('of two commands with one key the second is accepted when the first comes to nothing', async () => {
  const [, second] = await oneAfterTheOther(
    (trx) => accept(trx, 'k'),
    (db) => accept(db, 'k'),
    {
      rolledBack: true,
    },
  )
  expect(second).toEqual(expect.any(String))
})

const lease = () => ({ leaseToken: randomUUID(), lockSeconds: 30 })

it('of two workers that claim a command one gets it', async () => {
  const id = (await accept(test.db, 'k')) ?? ''
  const [first, second] = await oneAfterTheOther(
    (trx) => claimCommand(trx, id, lease()),
    (db) => claimCommand(db, id, lease()),
  )
  expect([first?.id, second]).toEqual([id, undefined])
})

it('a worker whose lease another took while it waited holds the command no longer', async () => {
  const id = (await accept(test.db, 'k')) ?? ''
  const old = lease()
  await claimCommand(test.db, id, old)
  const takeOver = async (trx: Trx) => {
    await releaseCommand(trx, id, { leaseToken: old.leaseToken, dueInSeconds: 0 })
    return claimCommand(trx, id, lease())
  }
  const [taken, held] = await oneAfterTheOther(takeOver, (db) => holdCommand(db, id, old))
  expect([taken?.id, held]).toEqual([id, false])
})

it('of two sweeps that claim what is due neither waits, and each row is claimed once', async () => {
  const trx = await test.db.startTransaction().execute()
  const claim = (db: Db) => claimDueRows(db, 'sync-connection', { limit: 10, staleSeconds: 60 })
  const first = await claim(trx)
  expect(await claim(test.db)).toEqual([])
  await trx.commit().execute()
  expect(first.map(({ id }) => id)).toEqual([connection.id])
  expect(await claim(test.db)).toEqual([])
})

it('of two workers that claim a slice one starts a run', async () => {
  const [, second] = await oneAfterTheOther(
    (trx) => requestRun(trx, connection.id, { kind: 'full', trigger: 'manual' }),
    (db) => claimSlice(db, connection.id, { lockSeconds: 30 }),
  )
  expect(second?.run.trigger).toBe('manual')
  expect(await claimSlice(test.db, connection.id, { lockSeconds: 30 })).toBeUndefined()
  expect(await test.db.selectFrom('sync_runs').select('id').execute()).toHaveLength(1)
})

it('two people who press "Sync now" get the same run', async () => {
  const ask = (db: Db | Trx) => {
    const request = (trx: Trx) => requestRun(trx, connection.id, { kind: null, trigger: 'manual' })
    return db.isTransaction ? request(db as Trx) : db.transaction().execute(request)
  }
  const [first, second] = await oneAfterTheOther(ask, ask)
  expect(second?.id).toBe(first?.id)
})

it('a consent is completed by one of two callbacks', async () => {
  const key = { stateHash: 's', sessionHash: 'x', clientId: 'acme' }
  await insertOauthState(test.db, { ...key, createdBy: 'u', lifetimeSeconds: 60 })
  expect(
    await oneAfterTheOther(
      (trx) => useOauthState(trx, key),
      (db) => useOauthState(db, key),
    ),
  ).toEqual([true, false])
})

it('who waits for a token row counts what was minted meanwhile, and finds the pause', async () => {
  const mint = async (trx: Trx) => {
    const row = await lockToken(trx, connection.id)
    if (row === undefined) throw new Error('no token')
    for (let n = 0; n < 3; n += 1)
      await storeRefreshFailure(trx, row, { code: 'zoho_token_unclear', pauseSeconds: 60 })
    return row.recent_mints.length
  }
  const [before, seen] = await oneAfterTheOther(mint, (db) =>
    db.transaction().execute((trx) => lockToken(trx, connection.id)),
  )
  expect(before).toBe(0)
  expect(seen).toMatchObject({ refresh_failures: 3, due: false })
  expect(seen?.recent_mints).toHaveLength(3)
})

it('the last request of a minute is granted once', async () => {
  const key = { dataCenter: 'us', organizationId: connection.zoho_organization_id }
  const limits = {
    perMinute: 2,
    minuteMs: 60_000,
    maxInFlight: 10,
    slotSeconds: 60,
    dayReserve: { requests: 0, share: 0 },
  }
  await acquireSlot(test.db, key, limits)
  const [first, second] = await oneAfterTheOther(
    (trx) => acquireSlot(trx, key, limits),
    (db) => acquireSlot(db, key, limits),
  )
  expect(first).toHaveProperty('slot')
  expect(second).toMatchObject({ refusal: 'zoho_minute_limit' })
})

it('of two requests of a caller both are counted', async () => {
  await countRequest(test.db, 'k', 60_000)
  const [first, second] = await oneAfterTheOther(
    (trx) => countRequest(trx, 'k', 60_000),
    (db) => countRequest(db, 'k', 60_000),
  )
  expect([first.requests, second.requests]).toEqual([2, 3])
})

describe('retention', () => {
  const expire = (db: Db) => deleteExpired(db, 90)

  it('leaves an invoice that is opened again while its deletion waits', async () => {
    await stage(test.db, connection, [
      { zohoInvoiceId: '1', state: 'paid' },
      { zohoInvoiceId: '2', state: 'paid' },
    ])
    await test.db
      .updateTable('staged_invoices')
      .set({ changed_at: new Date('2020-01-01') })
      .execute()
    await oneAfterTheOther(
      (trx) =>
        trx
          .updateTable('staged_invoices')
          .set({ state: 'open' })
          .where('zoho_invoice_id', '=', '1')
          .execute(),
      expire,
    )
    const left = await test.db.selectFrom('staged_invoices').select('zoho_invoice_id').execute()
    expect(left).toEqual([{ zoho_invoice_id: '1' }])
  })

  it('leaves a session that is prolonged, and a window of requests that begins anew, while their deletion waits', async () => {
    await test.db
      .insertInto('portal_sessions')
      .values({
        id_hash: 'h',
        client_id: 'acme',
        subject: 'u',
        role: 'client',
        expires_at: new Date('2020-01-01'),
      })
      .execute()
    await oneAfterTheOther(
      (trx) =>
        trx
          .updateTable('portal_sessions')
          .set({ expires_at: sql<Date>`now() + interval '1 hour'` })
          .execute(),
      expire,
    )
    expect(await test.db.selectFrom('portal_sessions').select('id_hash').execute()).toHaveLength(1)

    await countRequest(test.db, 'k', 60_000)
    await sql`update rate_limits set expires_at = now() - interval '1 second'`.execute(test.db)
    const [anew] = await oneAfterTheOther((trx) => countRequest(trx, 'k', 60_000), forgetRateLimits)
    expect(anew.requests).toBe(1)
    expect(await countRequest(test.db, 'k', 60_000)).toMatchObject({ requests: 2 })
  })
})
