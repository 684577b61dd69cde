import { exitOnSignal } from './support/early-signals.ts'

exitOnSignal()
const { runScript } = await import('./support/script.ts')

await runScript({
  help: `Usage: npm run server

Serves the portal and its API. Reads the environment (see .env.example); needs DATABASE_URL with an up-to-date schema
(npm run migrate). Many may run side by side. Prints "ready <url>" when it serves requests.`,
  options: {},
  run: async () => {
    const { serve } = await import('./support/serve.ts')
    await serve()
    return undefined
  },
})
