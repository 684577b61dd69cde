import { createDatabase } from '../../db/core/database.ts'
import { migrateToLatest, oneAtATime } from '../../db/core/migrate.ts'
import { grantQueueSchema } from '../../db/core/roles.ts'
import { migrateQueues } from '../../jobs/queues.ts'

/** Brings the tables of the product and of the queue to this version. */
export const migrate = async (databaseUrl: string): Promise<readonly string[]> => {
  const db = createDatabase({ url: databaseUrl, poolSize: 3 })
  try {
    return await oneAtATime(db, async () => {
      const applied = await migrateToLatest(db)
      await migrateQueues(databaseUrl)
      await grantQueueSchema(db)
      return applied
    })
  } finally {
    await db.destroy()
  }
}
