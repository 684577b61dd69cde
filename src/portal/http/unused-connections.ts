/**
 * Browsers open connections ahead of need. Node does not count one that never carried a request as idle, so closing
 * the server would wait for it (measured: 70 s, until the other side gave up).
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

export const closeUnusedConnections = (app: FastifyInstance) => {
  const unused = new Set<Socket>()
  let closing = false
  app.server.on('connection', (socket: Socket) => {
    if (closing) return socket.destroy()
    unused.add(socket)
    return socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', ({ socket }: IncomingMessage) => unused.delete(socket))
  app.addHook('preClose', async () => {
    closing = true
    for (const socket of unused) socket.destroy()
  })
}
