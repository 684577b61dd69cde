/** The queue backends that this machine can test on. Redis is there when global-setup found a redis-server. */
export type Backend = 'postgres' | 'redis'

export const backends: readonly Backend[] = process.env['TEST_REDIS_URL']
  ? ['postgres', 'redis']
  : ['postgres']

/**
 * Redis URLs of one numbered database, so that test files do not see each other's queues; undefined for Postgres.
 * Redis has 16 databases: give each test file a number of its own.
 */
export const redisUrls = (backend: Backend, database: number): readonly string[] | undefined =>
  backend === 'redis'
    ? [`${String(process.env['TEST_REDIS_URL']).replace(/\/\d+$/, '')}/${database}`]
    : undefined

/** The same for `startDeployment`, which takes one URL. */
export const queueOption = (backend: Backend, database: number): { readonly redisUrl?: string } => {
  const [redisUrl] = redisUrls(backend, database) ?? []
  return redisUrl === undefined ? {} : { redisUrl }
}
