/** Metrics and health on a port of their own: a worker serves no portal, and in production a portal's port is public. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { schemaVersion } from '../../db/core/migrate.ts'
import { secondsSinceLastSweep } from '../../db/jobs/workers.repo.ts'
import type { Ctx } from '../../src/context.ts'
import { observeDatabase } from '../../src/observability/observe-database.ts'
import type { Queues } from '../queues.ts'
import { observeQueues } from './observe-queues.ts'

export interface SignalsServer {
  readonly port: number
  readonly close: () => Promise<void>
}

/** Ready: the schema fits, the queue answers, and some worker has swept within three intervals. */
const readiness = async (ctx: Ctx, queues: Queues): Promise<{ readonly ready: boolean }> => {
  try {
    const { current, needed, fits } = await schemaVersion(ctx.db)
    await queues.check()
    const lastSweepSeconds = await secondsSinceLastSweep(ctx.db)
    const sweeping = lastSweepSeconds !== null && lastSweepSeconds < ctx.config.sweepIntervalSeconds * 3 + 10
    return { ready: fits && sweeping, ...{ schema: { current, needed }, lastSweepSeconds } }
  } catch (error) {
    ctx.log.warn({ event: 'worker.not_ready', err: error })
    return { ready: false }
  }
}

/** `/metrics`, `/healthz` and `/readyz` of this process, nothing else. Port 0 picks a free one. */
export const serveSignals = async (
  ctx: Ctx,
  queues: Queues,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<SignalsServer> => {
  observeDatabase(ctx)
  observeQueues(ctx, queues)
  const { registry } = ctx.metrics
  const server = createServer((request, response) => {
    const answer = (status: number, type = 'application/json', body = '') => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
    }
    const respond = async () => {
      const path = request.method === 'GET' ? request.url?.split('?', 1)[0] : undefined
      if (path === '/healthz') return answer(200, 'application/json', '{"status":"ok"}')
      if (path === '/metrics') return answer(200, registry.contentType, await registry.metrics())
      if (path !== '/readyz') return answer(404)
      const state = await readiness(ctx, queues)
      return answer(state.ready ? 200 : 503, 'application/json', JSON.stringify(state))
    }
    respond().catch((error: unknown) => {
      ctx.log.error({ event: 'signals.failed', err: error })
      answer(500)
    })
  })
  await new Promise<void>((ready, fail) => {
    server.once('error', fail)
    server.listen(port, host, ready)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
