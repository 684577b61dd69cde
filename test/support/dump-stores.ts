/** Everything that is stored, as text: for tests that look for what must not be there. */
import { Redis } from 'ioredis'
import { sql } from 'kysely'
import type { Db } from '../../db/core/database.ts'

/** All rows of all tables of all schemas, the queue's too. */
export const dumpDatabase = async (db: Db): Promise<string> => {
  const tables = await sql<{ schema: string; name: string }>`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`.execute(db)
  const parts: string[] = []
  for (const { schema, name } of tables.rows) {
    const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.id(schema, name)} t`.execute(
      db,
    )
    parts.push(`${schema}.${name}`, ...rows.map(({ row }) => row))
  }
  return parts.join('\n')
}

const storedAt = (redis: Redis, type: string, key: string): Promise<unknown> => {
  if (type === 'hash') return redis.hgetall(key)
  if (type === 'list') return redis.lrange(key, 0, -1)
  if (type === 'set') return redis.smembers(key)
  if (type === 'zset') return redis.zrange(key, 0, -1)
  if (type === 'stream') return redis.xrange(key, '-', '+')
  return redis.get(key)
}

/** All keys with their values. */
export const dumpRedis = async (url: string): Promise<string> => {
  const redis = new Redis(url)
  try {
    const parts: string[] = []
    for (const key of await redis.keys('*'))
      parts.push(`${key} ${JSON.stringify(await storedAt(redis, await redis.type(key), key))}`)
    return parts.join('\n')
  } finally {
    redis.disconnect()
  }
}
