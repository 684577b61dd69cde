/** `GET /api/events`: live state of the connection, of runs and of commands. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { findCommandProgress } from '../../cases/get-command.ts'
import type { Ctx } from '../../context.ts'
import { sessionLives } from '../auth/sessions.ts'
import { problemResponses } from '../http/problem.ts'
import { encodeCommand } from './command-view.ts'
import { connectionState } from './connection-state.ts'
import { createEventStream, type Message } from './event-stream.ts'
import type { OpenStreams } from './open-streams.ts'
import type { PortalEvent, Subscribe } from './portal-event.ts'
import { runState } from './run-state.ts'

/** Proxies cut connections that are silent for a minute. */
export const HEARTBEAT_MS = 15_000
/** Then the browser comes back by itself and has to show its session, or its token, again. */
const MAX_AGE_MS = 60 * 60 * 1000

interface Options {
  readonly ctx: Ctx
  readonly subscribe: Subscribe
  readonly streams: OpenStreams
  readonly heartbeatMs: number
}

const description = `Each message carries the state as it is now, so a missed one does no harm.

- \`connection\`: as \`GET /api/connection\`; also first thing after opening
- \`run\`: an item of \`GET /api/sync-runs\`
- \`command\`: \`{id, state, counts}\` of a case command
- \`session-ended\`: sign in again`

const message = (event: string, data: unknown): readonly Message[] =>
  data === undefined ? [] : [{ event, data }]

const readers = (ctx: Ctx, clientId: string) => ({
  connection: async () => message('connection', await connectionState(ctx, clientId)),
  run: async (id: string) => [
    ...message('run', await runState(ctx, clientId, id)),
    ...message('connection', await connectionState(ctx, clientId)),
  ],
  command: async (id: string) => {
    const command = await findCommandProgress(ctx, clientId, id)
    return command ? message('command', encodeCommand(command)) : []
  },
})

export const eventRoutes: FastifyPluginAsyncZod<Options> = async (
  app,
  { ctx, subscribe, streams, heartbeatMs },
) => {
  // Before the server waits for its connections to end.
  app.addHook('preClose', async () => streams.endAll())

  app.route({
    method: 'GET',
    url: '/api/events',
    exposeHeadRoute: false,
    schema: {
      tags: ['Live'],
      summary: 'Server-sent events: connection, run and command progress',
      description,
      response: {
        200: { description: 'A stream', content: { 'text/event-stream': { schema: z.any() } } },
        ...problemResponses,
      },
    },
    handler: async ({ identity }, reply) => {
      const { clientId, sessionId } = identity
      const read = readers(ctx, clientId)
      const onError = (err: unknown) => ctx.log.warn({ event: 'events.read_failed', clientId, err })
      const stream = createEventStream({ read: ({ type, id }: PortalEvent) => read[type](id), onError })
      streams.hold({ stream, clientId, sessionId })

      const heartbeat = async () => {
        if (sessionId === undefined || (await sessionLives(ctx, sessionId)))
          return stream.comment('still here')
        stream.send({ event: 'session-ended', data: {} })
        stream.end()
      }
      const beat = setInterval(() => void heartbeat().catch(onError), heartbeatMs)
      const age = setTimeout(stream.end, MAX_AGE_MS)
      const unsubscribe = subscribe(clientId, stream.report)
      stream.body.once('close', () => {
        clearInterval(beat)
        clearTimeout(age)
        unsubscribe()
      })
      // After subscribing, so that nothing falls between.
      stream.report({ type: 'connection', id: '' })
      return reply
        .type('text/event-stream')
        .header('cache-control', 'no-cache, no-transform')
        .header('x-accel-buffering', 'no')
        .send(stream.body)
    },
  })
}
