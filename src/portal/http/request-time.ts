/** How long a request may take to arrive. Node has one limit for all; an upload of 25 MB needs another than everything else. */
import { Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** The largest upload at the slowest rate that `upload.ts` takes needs 27 minutes. */
export const longestRequestMs = 30 * 60_000

const usualMs = 60_000

/** Ends the connection of a request that has not arrived by then. What is injected comes over none, and is there at once. */
export const endUnlessComplete = (
  { raw }: Pick<FastifyRequest, 'raw'>,
  milliseconds: number,
  end: (socket: Socket) => void,
): void => {
  if (raw.complete || !(raw.socket instanceof Socket)) return
  const timer = setTimeout(() => {
    if (!raw.complete) end(raw.socket)
  }, milliseconds)
  timer.unref()
  raw.once('close', () => clearTimeout(timer))
}

/** Ends requests that have not arrived in time, as Node does it. Routes that look after it themselves have `arrivesSlowly`. */
export const limitRequestTime = (app: FastifyInstance, milliseconds = usualMs): void => {
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.arrivesSlowly === true) return
    endUnlessComplete(request, milliseconds, (socket) => {
      socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', () => socket.destroy())
    })
  })
}
