import { commandConfig } from '../support/local-defaults.ts'
import { defineScript } from '../support/script.ts'

export const command = defineScript({
  help: `Usage: collector worker

Does the work: syncs invoices, refreshes tokens, creates cases, sweeps what is due. Reads the environment (see
.env.example); needs DATABASE_URL with an up-to-date schema (npm run migrate). Many may run side by side. Prints
"ready worker" when it takes jobs.`,
  options: {},
  run: async () => {
    const config = await commandConfig(['tokenKeys', 'zohoClient'])
    // Loaded only now: help and a wrong environment are answered at once.
    const { serveSignals } = await import('../../jobs/inspection/serve-signals.ts')
    const { startWorker } = await import('../../jobs/worker.ts')
    const { createContext } = await import('../support/create-context.ts')
    const { closeOnStop } = await import('../support/until-stopped.ts')
    const context = await createContext(config)
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
