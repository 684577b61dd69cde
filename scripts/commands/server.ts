import { needs } from '../../src/config.ts'
import { commandConfig } from '../support/local-defaults.ts'
import { defineScript } from '../support/script.ts'

export const command = defineScript({
  help: `Usage: collector server

Serves the portal and its API. Reads the environment (see .env.example); needs DATABASE_URL with an up-to-date schema
(npm run migrate). Many may run side by side. Prints "ready <url>" when it serves requests.`,
  options: {},
  run: async () => {
    const config = await commandConfig(needs)
    // Loaded only now: help and a wrong environment are answered at once.
    const { serveSignals } = await import('../../jobs/inspection/serve-signals.ts')
    const { createContext } = await import('../support/create-context.ts')
    const { runServer } = await import('../support/run-server.ts')
    const { closeOnStop } = await import('../support/until-stopped.ts')
    const context = await createContext(config)
    const server = await runServer(context)
    const { host, metricsPort: port } = context.ctx.config
    const signals =
      port === undefined ? undefined : await serveSignals(context.ctx, context.queues, { host, port })
    closeOnStop(context.ctx.log, async () => {
      await signals?.close()
      await server.close()
      await context.close()
    })
    console.log(`ready ${server.url}`)
    return undefined
  },
})
