/** A database of its own for a test file, cloned from the migrated template in some 50 ms. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { createDatabase, type Db } from '../../db/core/database.ts'
import { lookIntoDatabase } from './secrets/stores.ts'

export interface TestDatabase {
  readonly db: Db
  readonly url: string
  readonly name: string
  readonly drop: () => Promise<void>
}

const admin = async (sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: process.env['TEST_POSTGRES_URL'] })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** Creates a fresh, migrated database. Call `drop()` in `afterAll`. */
export const createTestDatabase = async ({
  poolSize = 5,
}: {
  poolSize?: number
} = {}): Promise<TestDatabase> => {
  const name = `test_${randomBytes(6).toString('hex')}`
  await admin(`create database ${name} template app_template`)
  const url = new URL(process.env['TEST_POSTGRES_URL'] as string)
  url.pathname = `/${name}`
  const db = createDatabase({ url: url.href, poolSize })
  return {
    db,
    url: url.href,
    name,
    drop: async () => {
      await db.destroy()
      await lookIntoDatabase(url.href)
      await admin(`drop database if exists ${name} with (force)`)
    },
  }
}
