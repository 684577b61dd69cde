import { findTokensInQueues } from '../jobs/verify-queues.ts'
import { loadConfig } from '../src/config.ts'
import { verifyInvariants } from '../src/operator/verify-invariants.ts'
import { createContext } from './support/create-context.ts'
import { localEnvironment } from './support/local-defaults.ts'
import { runScript } from './support/script.ts'

await runScript({
  help: `Usage: npm run verify

Checks what must hold in a live database, whatever happened: no two cases for one invoice, every created item has its
case, at most one active run per connection, no orphans, amounts as proven, no plain token in database or queue, nothing
due left unswept. Reads only. Exit code 1 and the offending ids when something is broken.`,
  options: {},
  run: async () => {
    const context = await createContext(loadConfig(await localEnvironment(process.env)))
    const { config, db, log } = context.ctx
    try {
      const broken = await verifyInvariants(db, { sweepIntervalSeconds: config.sweepIntervalSeconds })
      const leaks = await findTokensInQueues(config, log)
      for (const { number, name, count, ids } of broken)
        console.error(`✗ ${number}. ${name}: ${count}\n    ${ids.join('\n    ')}`)
      if (leaks.length > 0)
        console.error(
          `✗ 6. no plain token in the queue: ${leaks.length}\n    ${leaks.slice(0, 20).join('\n    ')}`,
        )
      if (broken.length > 0 || leaks.length > 0) return 1
      console.log('✓ All invariants hold.')
      return 0
    } finally {
      await context.close()
    }
  },
})
