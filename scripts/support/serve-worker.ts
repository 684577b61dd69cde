/** A worker answers no business requests, but a supervisor and Prometheus have to reach it. */
import { createServer, type Server } from 'node:http'
import { schemaVersion } from '../../db/migrate.ts'
import { secondsSinceLastSweep } from '../../db/workers.repo.ts'
import type { RunningContext } from './create-context.ts'

const readiness = async ({
  ctx,
  queues,
}: RunningContext): Promise<Record<string, unknown> & { ready: boolean }> => {
  try {
    const { current, needed } = await schemaVersion(ctx.db)
    await queues.check()
    const lastSweepSeconds = await secondsSinceLastSweep(ctx.db)
    const sweeping = lastSweepSeconds !== null && lastSweepSeconds < ctx.config.sweepIntervalSeconds * 3 + 10
    return {
      ready: current === needed && sweeping,
      schema: { current, needed },
      queue: 'ok',
      lastSweepSeconds,
    }
  } catch (error) {
    ctx.log.warn({ event: 'worker.not_ready', err: error })
    return { ready: false }
  }
}

/** Serves /healthz, /readyz and /metrics on `port`. */
export const serveWorker = (context: RunningContext, port: number): Promise<Server> => {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
    }
    const respond = async () => {
      if (request.url === '/healthz') return answer(200, 'application/json', '{"status":"ok"}')
      if (request.url === '/readyz') {
        const state = await readiness(context)
        return answer(state.ready ? 200 : 503, 'application/json', JSON.stringify(state))
      }
      if (request.url === '/metrics') {
        const { registry } = context.ctx.metrics
        return answer(200, registry.contentType, await registry.metrics())
      }
      return answer(404, 'application/problem+json', '{"title":"Not found","status":404,"code":"not_found"}')
    }
    respond().catch((error: unknown) => {
      context.ctx.log.error({ event: 'worker.http_failed', err: error })
      answer(
        500,
        'application/problem+json',
        '{"title":"Internal error","status":500,"code":"internal_error"}',
      )
    })
  })
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen(port, context.ctx.config.host, () => done(server))
  })
}
