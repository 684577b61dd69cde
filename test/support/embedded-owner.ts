/** A process that owns an embedded database, to be killed by a test: prints its URL and stays. */
import { startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'

const postgres = await startEmbeddedPostgres({ directory: String(process.argv[2]) })
console.log(`ready ${await postgres.database('app')}`)
process.once('SIGTERM', () => {
  postgres.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
setInterval(() => {}, 1_000)
