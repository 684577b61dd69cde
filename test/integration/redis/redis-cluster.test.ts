/** Three masters, one password: all keys of the product share one slot, so BullMQ's scripts work. */
import { spawnSync } from 'node:child_process'
import { Redis } from 'ioredis'
import { waitFor } from '../../support/wait-for.ts'
import { hasRedis, hasRedisCli, type OwnRedis, startOwnRedis } from './own-redis.ts'
import { type RowsAndRedis, startRowsAndRedis } from './rows-and-redis.ts'

const patience = 30_000
const password = 'cluster-password'
if (hasRedis && !hasRedisCli)
  console.log('redis-cli was not found: the tests of a Redis Cluster are skipped.')
const withCluster = hasRedis && hasRedisCli ? describe : describe.skip

withCluster('a Redis Cluster of three nodes', () => {
  let nodes: readonly OwnRedis[]
  let rows: RowsAndRedis

  beforeAll(async () => {
    const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']
    nodes = await Promise.all([1, 2, 3].map(() => startOwnRedis(options, { password })))
    const created = spawnSync(
      'redis-cli',
      [
        ...['-a', password, '--no-auth-warning', '--cluster', 'create'],
        ...nodes.map(({ port }) => `127.0.0.1:${port}`),
        ...['--cluster-replicas', '0', '--cluster-yes'],
      ],
      { encoding: 'utf8' },
    )
    if (created.status !== 0) throw new Error(created.stdout + created.stderr)
    await waitFor('the cluster to agree', async () => {
      const states = await Promise.all(
        nodes.map(async ({ url }) => {
          const node = new Redis(url)
          const info = (await node.cluster('INFO')) as string
          node.disconnect()
          return info.includes('cluster_state:ok')
        }),
      )
      return states.every(Boolean)
    })
    rows = await startRowsAndRedis(nodes.map(({ url }) => url))
  }, patience)
  afterAll(async () => {
    await rows?.close()
    for (const node of nodes ?? []) await node.close()
  }, patience)

  it(
    'carries orders from row to worker',
    async () => {
      rows.work()
      await rows.order(25)
      await waitFor('all orders', async () => (await rows.undone()) === 0)
      await rows.queues.check()
      expect(rows.queues.backend).toBe('redis')
    },
    patience,
  )

  it('keeps every key in one slot, on one node', async () => {
    const keys = await Promise.all(
      nodes.map(async ({ url }) => {
        const node = new Redis(url)
        const found = await node.keys('*')
        node.disconnect()
        return found
      }),
    )
    expect(keys.filter((found) => found.length > 0)).toHaveLength(1)
    expect(keys.flat().filter((key) => !key.startsWith('{zoho}:'))).toEqual([])
  })

  it(
    'is flushed: the sweep brings the orders back',
    async () => {
      await rows.queues.queue('invoice-sync').pause()
      await rows.order(5)
      for (const { url } of nodes) {
        const node = new Redis(url)
        await node.flushall()
        node.disconnect()
      }
      await waitFor('all orders', async () => (await rows.undone()) === 0)
    },
    patience,
  )
})
