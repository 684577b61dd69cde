import type { FastifyInstance } from 'fastify'
import { listenForEvents } from '../../db/core/notify.ts'
import { createDashboard } from '../../jobs/dashboard/dashboard.ts'
import type { PortalEvent } from '../../src/portal/api/portal-event.ts'
import { type AppDeps, buildApp } from '../../src/portal/app.ts'
import { pagesPlugin } from '../../src/portal/pages/index.ts'
import type { RunningContext } from './create-context.ts'

export interface RunningServer {
  readonly app: FastifyInstance
  readonly url: string
  /** Lets requests under way finish, then stops. */
  readonly close: () => Promise<void>
}

/** Starts the portal and its API, and listens for what other processes report. */
export const runServer = async (
  { ctx, queues }: RunningContext,
  { overload }: Pick<AppDeps, 'overload'> = {},
): Promise<RunningServer> => {
  const subscribers = new Map<string, Set<(event: PortalEvent) => void>>()
  const listener = await listenForEvents(
    ctx.config.databaseUrl,
    ({ clientId, ...event }) => {
      for (const notify of subscribers.get(clientId) ?? []) notify(event)
    },
    { onError: (error) => ctx.log.warn({ event: 'events.connection_lost', err: error }) },
  )
  const app = await buildApp(ctx, {
    subscribe: (clientId, onEvent) => {
      const own = subscribers.get(clientId) ?? new Set()
      subscribers.set(clientId, own.add(onEvent))
      return () => {
        own.delete(onEvent)
        if (own.size === 0) subscribers.delete(clientId)
      }
    },
    checkQueue: queues.check,
    dashboard: createDashboard(ctx, queues),
    pages: pagesPlugin(ctx),
    ...(overload && { overload }),
  })
  await app.listen({ host: ctx.config.host, port: ctx.config.port })
  ctx.log.info({ event: 'server.started', url: ctx.config.publicUrl })
  return {
    app,
    url: ctx.config.publicUrl,
    close: async () => {
      await app.close()
      await listener.close()
    },
  }
}
