import { Redis } from 'ioredis'
import { sql } from 'kysely'
import { sweepOnce } from '../../../jobs/sweep.ts'
import { AppError } from '../../../src/errors.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type OwnRedis, startOwnRedis, withRedis } from './own-redis.ts'
import { type RowsAndRedis, startRowsAndRedis, sweepIntervalSeconds } from './rows-and-redis.ts'

const patience = 30_000

withRedis('a Redis that fails', () => {
  let redis: OwnRedis
  let rows: RowsAndRedis
  let admin: Redis

  beforeEach(async () => {
    redis = await startOwnRedis()
    rows = await startRowsAndRedis([redis.url])
    admin = new Redis(redis.url, { retryStrategy: () => 200 })
    admin.on('error', () => {})
  }, patience)
  afterEach(async () => {
    admin.disconnect()
    await rows.close()
    await redis.close()
  }, patience)

  const nothingLeft = (what: string) =>
    waitFor(what, async () => (await rows.undone()) === 0, { timeoutMs: 15_000 })
  const logged = (event: string) => rows.events().filter((line) => line['event'] === event)

  it(
    'is killed and comes back empty: orders are taken meanwhile and carried out afterwards',
    async () => {
      rows.work()
      await rows.order(3)
      await nothingLeft('the first orders')
      await redis.kill()
      await rows.order(5)
      await waitFor('the log to say so', () => logged('nudge.failed').length > 0)
      await expect(rows.queues.check()).rejects.toThrow()
      expect(await rows.undone()).toBe(5)
      await redis.start()
      await nothingLeft('the orders from the time without Redis')
      await waitFor('readiness', async () =>
        rows.queues.check().then(
          () => true,
          () => false,
        ),
      )
    },
    patience,
  )

  it.each([
    { ending: 'ends well', end: async () => {} },
    {
      ending: 'fails for good',
      end: async () => {
        throw new AppError('zoho_request_invalid')
      },
    },
  ])(
    'is away when a worker is told to stop: it waits for the job at hand, which $ending, and for nothing else',
    async ({ end }) => {
      let release = () => {}
      const held = new Promise<void>((done) => {
        release = done
      })
      let closed = false
      const worker = rows.work(() => held.then(end))
      await rows.order(1)
      await nothingLeft('the order')
      await redis.kill()
      const closing = worker.close().then(() => {
        closed = true
      })
      await waitFor('the loss to be seen', () => logged('queue.redis_error').length > 0)
      expect(closed).toBe(false)
      release()
      // Redis never comes back here: whoever waits for it fails this test by its time-out.
      await closing
    },
    patience,
  )

  it(
    'is flushed: the sweep that comes after two intervals rebuilds the jobs',
    async () => {
      await rows.order(20)
      await sweepOnce(rows.ctx, rows.queues)
      const waiting = async () => (await rows.queues.queue('invoice-sync').getJobCounts('waiting'))['waiting']
      await waitFor('the jobs', async () => (await waiting()) === 20)
      await admin.flushall()
      expect(await waiting()).toBe(0)
      await rows.database.db
        .updateTable('connections')
        .set({
          sync_enqueued_at: sql<Date>`sync_enqueued_at - make_interval(secs => ${2 * sweepIntervalSeconds})`,
        })
        .execute()
      await sweepOnce(rows.ctx, rows.queues)
      expect(await waiting()).toBe(20)
      rows.work()
      await nothingLeft('all orders')
    },
    patience,
  )

  it(
    'is flushed while a worker works: nothing is lost',
    async () => {
      rows.work()
      for (let round = 0; round < 5; round++) {
        await rows.order(10)
        await admin.flushall()
      }
      await nothingLeft('all orders')
    },
    patience,
  )

  it(
    'is read-only after a failover: work goes on when a master is back',
    async () => {
      rows.work()
      await rows.order(1)
      await nothingLeft('the first order')
      // A replica of a master that is not there answers reads and refuses writes with READONLY.
      await admin.replicaof('127.0.0.1', 1)
      await rows.order(3)
      await waitFor('the log to say so', () =>
        rows.events().some((line) => JSON.stringify(line).includes('READONLY')),
      )
      expect(await rows.undone()).toBe(3)
      await admin.replicaof('NO', 'ONE')
      await nothingLeft('the orders from the time without a master')
    },
    patience,
  )

  it(
    'is out of memory: the log says so, and orders are carried out when there is room again',
    async () => {
      rows.work()
      await rows.order(1)
      await nothingLeft('the first order')
      await admin.config('SET', 'maxmemory', '1')
      await rows.order(3)
      const failures = await waitFor('the log to say so', () => {
        const found = logged('nudge.failed')
        return found.length > 0 && found
      })
      expect(JSON.stringify(failures)).toContain('OOM')
      expect(await rows.undone()).toBe(3)
      await admin.config('SET', 'maxmemory', '0')
      await nothingLeft('the orders from the time without room')
    },
    patience,
  )
})

withRedis('a Redis with a password', () => {
  it(
    'is used with the password of the URL and refused clearly without',
    async () => {
      const redis = await startOwnRedis([], { password: 's3cret-of-redis' })
      const rows = await startRowsAndRedis([redis.url])
      rows.work()
      await rows.order(2)
      await waitFor('the orders', async () => (await rows.undone()) === 0)
      await rows.close()
      const locked = await startRowsAndRedis([`redis://127.0.0.1:${redis.port}`])
      await locked.order(1)
      await waitFor('the log to say so', () => JSON.stringify(locked.events()).includes('NOAUTH'))
      await expect(locked.queues.check()).rejects.toThrow()
      expect(JSON.stringify([...rows.events(), ...locked.events()])).not.toContain('s3cret-of-redis')
      await locked.close()
      await redis.close()
    },
    patience,
  )
})
