import { serveSignals } from '../../jobs/inspection/serve-signals.ts'
import { needs } from '../../src/config.ts'
import { createContext } from '../support/create-context.ts'
import { commandConfig } from '../support/local-defaults.ts'
import { runServer } from '../support/run-server.ts'
import { defineScript } from '../support/script.ts'
import { closeOnStop } from '../support/until-stopped.ts'

export const command = defineScript({
  help: `Usage: collector server

Serves the portal and its API. Reads the environment (see .env.example); needs DATABASE_URL with an up-to-date schema
(npm run migrate). Many may run side by side. Prints "ready <url>" when it serves requests.`,
  options: {},
  run: async () => {
    const context = await createContext(await commandConfig(needs))
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
