/** Connections to Redis: one node, or a cluster when several URLs are given. */
import { Cluster, Redis, type RedisOptions } from 'ioredis'

/** Opens a connection; user, password and TLS of a cluster are those of its first URL. */
export const connectRedis = (urls: readonly string[], options: RedisOptions): Redis | Cluster => {
  const [first] = urls
  if (first === undefined) throw new Error('no Redis URL')
  if (urls.length === 1) return new Redis(first, options)
  const { username, password, protocol } = new URL(first)
  return new Cluster([...urls], {
    redisOptions: {
      ...options,
      ...(username ? { username: decodeURIComponent(username) } : {}),
      ...(password ? { password: decodeURIComponent(password) } : {}),
      ...(protocol === 'rediss:' ? { tls: {} } : {}),
    },
    enableOfflineQueue: options.enableOfflineQueue ?? true,
  })
}

/**
 * Resolves when Redis answers a PING.
 *
 * @throws Error that says what is wrong, for the readiness answer
 */
export const checkRedis = async (connection: {
  readonly status: string
  ping(): Promise<string>
}): Promise<void> => {
  if (connection.status !== 'ready') throw new Error(`Redis connection is ${connection.status}`)
  const answer = await connection.ping()
  if (answer !== 'PONG') throw new Error(`Redis answered ${answer} to PING`)
}
