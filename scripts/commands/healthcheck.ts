/** The container's health check: asks this very process's HTTP port whether it is ready. No curl in the image. */
import { defineScript } from '../support/script.ts'

export const command = defineScript({
  help: `Usage: collector healthcheck

Exits 0 when the server (PORT) or worker (WORKER_PORT) of this container is ready.`,
  options: {},
  run: async () => {
    const port = process.env['WORKER_PORT'] || process.env['PORT'] || '3000'
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(4_000) })
    return response.ok ? 0 : 1
  },
})
