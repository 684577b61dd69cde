/**
 * What keeps a closing server waiting although there is nothing left to do. Browsers open connections ahead of need,
 * and Node does not count one that never carried a request as idle (measured: 70 s, until the other side gave up).
 * And a connection whose last request is under way when closing begins would stay open after the answer, idle.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
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
  app.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    unused.delete(socket)
    response.once('finish', () => {
      if (closing) socket.end()
    })
  })
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
  app.addHook('preClose', async () => {
    closing = true
    for (const socket of unused) socket.destroy()
  })
}
