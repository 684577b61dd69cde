/** How long a request may take to arrive. Node has one limit for all; an upload of 25 MB needs another than everything else. */
import { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** The largest upload at the slowest rate that `upload.ts` takes needs 27 minutes. */
export const longestRequestMs = 30 * 60_000

const usualMs = 60_000

/** Ends requests that have not arrived in time, as Node does it. Routes that look after it themselves have `arrivesSlowly`. */
export const limitRequestTime = (app: FastifyInstance, milliseconds = usualMs): void => {
  app.addHook('onRequest', async ({ raw, routeOptions }) => {
    // What is injected comes over no connection, and is there at once.
    if (raw.complete || !(raw.socket instanceof Socket) || routeOptions.config.arrivesSlowly === true) return
    const timer = setTimeout(() => {
      if (raw.complete) return
      raw.socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', () => raw.socket.destroy())
    }, milliseconds)
    timer.unref()
    raw.once('close', () => clearTimeout(timer))
  })
}
