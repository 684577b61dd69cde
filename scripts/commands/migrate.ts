import { commandConfig } from '../support/local-defaults.ts'
import { defineScript } from '../support/script.ts'

export const command = defineScript({
  help: `Usage: collector migrate

Brings the database of DATABASE_URL to the schema of this version. Run it before server and worker; they refuse an
older schema. Safe to run twice, and by several at once. (npm start migrates its embedded database by itself.)`,
  options: {},
  run: async () => {
    const { databaseUrl } = await commandConfig([])
    // Loaded only now: help and a wrong environment are answered at once.
    const { migrate } = await import('../support/migrate.ts')
    const applied = await migrate(databaseUrl)
    console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied: ${applied.join(', ')}`)
    return 0
  },
})
