/** A worker serves no portal, but it has metrics of its own and an orchestrator that asks whether it lives. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Ctx } from '../../src/context.ts'
import { observeDatabase } from '../../src/operations/observe-database.ts'
import type { Queues } from '../queues.ts'
import { observeQueues } from './observe-queues.ts'

export interface SignalsServer {
  readonly port: number
  readonly close: () => Promise<void>
}

/** `/metrics` and `/healthz` of a worker process, nothing else. Port 0 picks a free one. */
export const serveSignals = async (
  ctx: Ctx,
  queues: Queues,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<SignalsServer> => {
  observeDatabase(ctx)
  observeQueues(ctx, queues)
  const { registry } = ctx.metrics
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0]
    if (request.method !== 'GET' || (path !== '/metrics' && path !== '/healthz')) {
      response.writeHead(404).end()
      return
    }
    if (path === '/healthz') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}')
      return
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: unknown) => {
        ctx.log.error({ event: 'metrics.failed', err: error })
        response.writeHead(500).end()
      },
    )
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
