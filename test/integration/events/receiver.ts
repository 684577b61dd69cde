/** An endpoint that behaves as it is told, and remembers what it got. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Got {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly at: number
}

export type Behaviour = (got: Got, answer: ServerResponse) => void

export const ok: Behaviour = (_got, answer) => void answer.writeHead(204).end()
export const failing: Behaviour = (_got, answer) => void answer.writeHead(500).end('no')
export const hanging: Behaviour = () => undefined

/** One server; each path behaves as `behave` says. */
export const startReceiver = async (behave: (path: string) => Behaviour) => {
  const got: Got[] = []
  const server = createServer(async (request, answer) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const one = {
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(parts).toString(),
      at: performance.now(),
    }
    got.push(one)
    behave(one.path)(one, answer)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    got,
    /** Whoever waits for an answer gets none. */
    closeConnections: () => server.closeAllConnections(),
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>
