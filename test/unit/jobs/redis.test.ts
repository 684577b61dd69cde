import RedisMock from 'ioredis-mock'
import { checkRedis, connectRedis } from '../../../jobs/redis.ts'

/** The mock answers commands; it has no life cycle of its own. */
const mock = (status: string) => Object.assign(new RedisMock(), { status })

it('is content with a Redis that answers', async () => {
  await expect(checkRedis(mock('ready'))).resolves.toBeUndefined()
})

it('says in which state a connection is that is not ready', async () => {
  await expect(checkRedis(mock('reconnecting'))).rejects.toThrow('Redis connection is reconnecting')
})

it('does not take an odd answer for a healthy one', async () => {
  await expect(checkRedis({ status: 'ready', ping: async () => 'LOADING' })).rejects.toThrow('LOADING')
})

it('takes one URL for a node and several for a cluster, with the credentials of the first', () => {
  const node = connectRedis(['redis://127.0.0.1:1/0'], { lazyConnect: true })
  expect(node.isCluster).toBe(false)
  const cluster = connectRedis(['rediss://user:p%40ss@127.0.0.1:1', 'rediss://127.0.0.1:2'], {
    lazyConnect: true,
  })
  expect(cluster.isCluster).toBe(true)
  expect(cluster.options).toMatchObject({ redisOptions: { username: 'user', password: 'p@ss', tls: {} } })
  cluster.disconnect()
})
