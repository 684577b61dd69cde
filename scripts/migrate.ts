import { createDatabase } from '../db/core/database.ts'
import { migrateToLatest, oneAtATime } from '../db/core/migrate.ts'
import { grantQueueSchema } from '../db/core/roles.ts'
import { migrateQueues } from '../jobs/queues.ts'
import { loadDatabaseUrl } from '../src/config.ts'
import { runScript } from './support/script.ts'

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

if (process.argv[1] === import.meta.filename)
  await runScript({
    help: `Usage: npm run migrate

Brings the database of DATABASE_URL to the schema of this version. Run it before server and worker; they refuse an
older schema. Safe to run twice, and by several at once. (npm start migrates its embedded database by itself.)`,
    options: {},
    run: async () => {
      const applied = await migrate(loadDatabaseUrl(process.env))
      console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied: ${applied.join(', ')}`)
      return 0
    },
  })
