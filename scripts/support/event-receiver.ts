/** An endpoint for events as a host would have one, for the demo: checks signatures and remembers ids. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'

const event = z.object({ id: z.string(), type: z.string(), sequence: z.number() })
export type ReceivedEvent = z.infer<typeof event>

export interface EventReceiver {
  readonly url: string
  /** Known only once the endpoint has been made. */
  readonly verifyWith: (secret: string) => void
  /** Each event once, as it came. */
  readonly events: readonly ReceivedEvent[]
  readonly close: () => Promise<void>
}

/** Listens on this machine; calls `onEvent` for each event the first time that it comes. */
export const startEventReceiver = async (onEvent: (event: ReceivedEvent) => void): Promise<EventReceiver> => {
  const events = new Map<string, ReceivedEvent>()
  let webhook: Webhook | undefined
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    try {
      const verified = webhook?.verify(Buffer.concat(parts), request.headers as Record<string, string>)
      const received = event.parse(verified)
      if (!events.has(received.id)) {
        events.set(received.id, received)
        onEvent(received)
      }
      response.writeHead(204).end()
    } catch {
      response.writeHead(400).end()
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    verifyWith: (secret) => {
      webhook = new Webhook(secret)
    },
    get events() {
      return [...events.values()]
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
