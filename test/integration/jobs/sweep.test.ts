import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import {
  claimDueRows,
  makeDueNow,
  millisecondsUntilNextDue,
  oldestDueSeconds,
  unclaimDueRows,
} from '../../../db/jobs/due-rows.repo.ts'
import { secondsSinceLastSweep } from '../../../db/jobs/workers.repo.ts'
import { createQueues, type Queues } from '../../../jobs/queues.ts'
import { startSweeper, sweepOnce } from '../../../jobs/sweep.ts'
import { backends, redisUrls } from '../../support/backends.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitFor } from '../../support/wait-for.ts'

let test: TestDatabase
beforeEach(async () => {
  test = await createTestDatabase()
  // The sweep of these tests is about connections; housekeeping is due on a fresh database too.
  await test.db.updateTable('schedules').set({ next_run_at: sql<Date>`now() + interval '1 day'` }).execute()
  await test.db.insertInto('clients').values({ id: 'c', name: 'C' }).execute()
})
afterEach(() => test.drop())

/** Connections that are due `secondsAgo`; each belongs to a client of its own. */
const dueConnections = async (count: number, secondsAgo = 1): Promise<string[]> => {
  const ids = Array.from({ length: count }, () => randomUUID())
  await sql`
    with ids as (select unnest(${ids}::uuid[]) as id), new_clients as (
      insert into clients (id, name) select id::text, 'Client' from ids returning id)
    insert into connections (id, client_id, data_center, zoho_organization_id, organization_name, connected_by, webhook_token_hash, next_sync_at)
    select ids.id, new_clients.id, 'us', '1', 'Org', 'x', ids.id::text, now() - make_interval(secs => ${secondsAgo})
    from ids join new_clients on new_clients.id = ids.id::text`.execute(test.db)
  return ids
}
const claim = (limit = 100, staleSeconds = 60) =>
  claimDueRows(test.db, 'sync-connection', { limit, staleSeconds }).then((rows) => rows.map((row) => row.id))

it('claims what is due, and not twice', async () => {
  const ids = await dueConnections(3)
  expect((await claim()).sort()).toEqual(ids.sort())
  expect(await claim()).toEqual([])
})

it('leaves what is not due yet, and knows when the next one is', async () => {
  await dueConnections(1, -30)
  expect(await claim()).toEqual([])
  const ms = await millisecondsUntilNextDue(test.db)
  expect(ms).toBeGreaterThan(20_000)
  expect(ms).toBeLessThanOrEqual(30_000)
})

it('leaves paused, reconnect-required and disconnected connections alone', async () => {
  const ids = await dueConnections(4)
  for (const [at, state] of (['paused', 'reconnect_required', 'disconnected', 'error'] as const).entries())
    await test.db.updateTable('connections').set({ state }).where('id', '=', String(ids[at])).execute()
  expect(await claim()).toEqual([ids[3]])
})

it('leaves a connection whose run has a living worker', async () => {
  const [id = ''] = await dueConnections(1)
  await test.db
    .insertInto('sync_runs')
    .values({
      connection_id: id,
      client_id: id,
      zoho_organization_id: '1',
      kind: 'full',
      trigger: 'schedule',
      lease_until: sql<Date>`now() + interval '30 seconds'`,
    })
    .execute()
  expect(await claim()).toEqual([])
  await test.db
    .updateTable('sync_runs')
    .set({ lease_until: sql<Date>`now() - interval '1 second'` })
    .execute()
  expect(await claim()).toEqual([id])
})

it('claims again what is still due after the stale time: so a flushed queue is rebuilt', async () => {
  const ids = await dueConnections(1)
  await claim()
  expect(await claim(100, 0)).toEqual(ids)
})

it('claims at once what became due anew after it was enqueued', async () => {
  const [id = ''] = await dueConnections(1)
  await claim()
  await test.db.updateTable('connections').set({ next_sync_at: sql<Date>`now()` }).execute()
  expect(await claim()).toEqual([id])
})

it("leaves what an operator's retry made due to that job, but not for ever", async () => {
  const [id = ''] = await dueConnections(1)
  await makeDueNow(test.db, 'sync-connection', id)
  expect(await claim()).toEqual([])
  expect(await claim(100, 0)).toEqual([id])
})

it('gives claims back when the queue could not be reached', async () => {
  const ids = await dueConnections(2)
  await unclaimDueRows(test.db, 'sync-connection', await claim())
  expect((await claim()).sort()).toEqual(ids.sort())
})

it('shares the work of two sweeps without overlap', async () => {
  const ids = await dueConnections(200)
  const [first, second] = await Promise.all([claim(150), claim(150)])
  expect([...first, ...second].sort()).toEqual(ids.sort())
})

it('tells the age of the oldest due work', async () => {
  await dueConnections(1, 90)
  const ages = await oldestDueSeconds(test.db)
  expect(ages.get('sync-connection')).toBeGreaterThanOrEqual(90)
  expect(ages.get('create-cases')).toBe(0)
})

describe.each(backends)('the sweep on %s', (backend) => {
  let queues: Queues
  const context = (sweepIntervalSeconds: number) =>
    createTestContext({
      db: test.db,
      config: { databaseUrl: test.url, redisUrls: redisUrls(backend, 4), sweepIntervalSeconds },
    })
  beforeEach(async () => {
    const { config, log } = context(60)
    queues = createQueues(config, log)
    await queues.queue('invoice-sync').obliterate({ force: true })
  })
  afterEach(() => queues.close())

  it('enqueues a job per due row, once', async () => {
    const ids = await dueConnections(1_200)
    expect(await sweepOnce(context(60), queues)).toBe(1_200)
    expect(await sweepOnce(context(60), queues)).toBe(0)
    const jobs = await queues.queue('invoice-sync').getJobs(['waiting'], 0, 2_000)
    expect(jobs.map((job) => job.data.connectionId).sort()).toEqual(ids.sort())
  })

  it('brings the jobs back after the queue was emptied', async () => {
    await dueConnections(3)
    const sweeper = startSweeper(context(0.1), queues)
    const waiting = () => queues.queue('invoice-sync').getWaitingCount()
    try {
      await waitFor('the jobs', async () => (await waiting()) === 3)
      await queues.queue('invoice-sync').obliterate({ force: true })
      await waitFor('the jobs again', async () => (await waiting()) === 3)
      expect(await secondsSinceLastSweep(test.db)).toBeLessThan(5)
    } finally {
      await sweeper.close()
    }
    expect(await secondsSinceLastSweep(test.db)).toBeNull()
  })

  /** A job that is active for as long as the function returned is not called, as that of a dead worker is. */
  const stuckJob = async (): Promise<() => void> => {
    let release = (): void => undefined
    const stuck = new Promise<void>((resolve) => {
      release = resolve
    })
    queues.worker('invoice-sync', () => stuck, { concurrency: 1, settings: {} })
    await waitFor('the job', async () => (await queues.queue('invoice-sync').getActiveCount()) === 1)
    return release
  }
  const runWithLease = (connectionId: string, secondsLeft: number) =>
    test.db
      .insertInto('sync_runs')
      .values({
        connection_id: connectionId,
        client_id: connectionId,
        zoho_organization_id: '1',
        kind: 'full',
        trigger: 'schedule',
        lease_until: sql<Date>`now() + make_interval(secs => ${secondsLeft}::float8)`,
      })
      .execute()

  it('does not leave a row to the job of a worker whose lease has run out', async () => {
    const [id = ''] = await dueConnections(1)
    await sweepOnce(context(60), queues)
    const release = await stuckJob()
    await runWithLease(id, -1)
    const waiting = () => queues.queue('invoice-sync').getWaitingCount()
    expect(await waiting()).toBe(0)
    expect(await sweepOnce(context(0), queues)).toBe(1)
    expect(await waiting()).toBe(1)
    // Once: the job that waits now absorbs what later sweeps find.
    expect(await sweepOnce(context(0), queues)).toBe(1)
    expect(await waiting()).toBe(1)
    release()
  })

  it('does not leave a row to the job of a worker that died before it took a lease', async () => {
    await dueConnections(1)
    await sweepOnce(context(60), queues)
    const release = await stuckJob()
    expect(await sweepOnce(context(0), queues)).toBe(1)
    expect(await queues.queue('invoice-sync').getWaitingCount()).toBe(1)
    release()
  })

  it('does not leave a row to a retry by a clock that is hours ahead', async () => {
    const [id = ''] = await dueConnections(1)
    await runWithLease(id, -1)
    await sql`update sync_runs set lease_until = null`.execute(test.db)
    await sweepOnce(context(60), queues)
    const { now } = Date
    Date.now = () => now() + 7_200_000
    const failing = queues.worker('invoice-sync', () => Promise.reject(new Error('once')), {
      concurrency: 1,
      settings: { backoffStrategy: () => 60_000 },
    })
    try {
      await waitFor('the retry', async () => (await queues.queue('invoice-sync').getDelayedCount()) === 1)
      await failing.close()
    } finally {
      Date.now = now
    }
    expect(await sweepOnce(context(0), queues)).toBe(1)
    expect(await queues.queue('invoice-sync').getWaitingCount()).toBe(1)
  })

  it('wakes when a lease runs out', async () => {
    const [id = ''] = await dueConnections(1)
    await sweepOnce(context(60), queues)
    const release = await stuckJob()
    await runWithLease(id, 0.5)
    await test.db
      .updateTable('connections')
      .set({ sync_enqueued_at: sql<Date>`now() - interval '1 hour'` })
      .execute()
    const sweeper = startSweeper(context(60), queues)
    try {
      await waitFor('another job', async () => (await queues.queue('invoice-sync').getWaitingCount()) === 1)
    } finally {
      await sweeper.close()
      release()
    }
  })

  it('wakes for a row that becomes due before the next interval', async () => {
    await dueConnections(1, -0.5)
    const sweeper = startSweeper(context(60), queues)
    try {
      await waitFor('the job', async () => (await queues.queue('invoice-sync').getWaitingCount()) === 1)
    } finally {
      await sweeper.close()
    }
  })
})
