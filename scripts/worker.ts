import { serveSignals } from '../jobs/inspection/serve-signals.ts'
import { startWorker } from '../jobs/worker.ts'
import { loadConfig } from '../src/config.ts'
import { createContext } from './support/create-context.ts'
import { localEnvironment } from './support/local-defaults.ts'
import { runScript } from './support/script.ts'
import { closeOnStop } from './support/until-stopped.ts'

await runScript({
  help: `Usage: npm run worker

Does the work: syncs invoices, refreshes tokens, creates cases, sweeps what is due. Reads the environment (see
.env.example); needs DATABASE_URL with an up-to-date schema (npm run migrate). Many may run side by side. Prints
"ready worker" when it takes jobs.`,
  options: {},
  run: async () => {
    const context = await createContext(loadConfig(await localEnvironment(process.env)))
    const worker = startWorker(context.ctx, context.queues)
    const { host, workerPort: port } = context.ctx.config
    const signals =
      port === undefined ? undefined : await serveSignals(context.ctx, context.queues, { host, port })
    closeOnStop(context.ctx.log, async () => {
      await signals?.close()
      await worker.close()
      await context.close()
    })
    console.log('ready worker')
    return undefined
  },
})
