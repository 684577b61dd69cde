import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

interface Event {
  readonly id: string
  readonly type: string
  readonly subject?: string
}

const webhook = new Webhook(process.env['WEBHOOK_SECRET'] ?? '')
// In your database: a unique key on the event's id, in the transaction of what you do about the event.
const seen = new Set<string>()

const server = createServer(async (request, response) => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  // The text as it came: parsed and written again it would have another signature.
  const body = Buffer.concat(parts).toString()
  let event: Event
  try {
    // Refuses a wrong signature, and what was signed more than five minutes ago.
    event = webhook.verify(body, request.headers as Record<string, string>) as Event
  } catch {
    response.writeHead(400).end()
    return
  }
  if (!seen.has(event.id)) {
    seen.add(event.id)
    console.log(`${event.type} ${event.subject ?? ''}`)
  }
  // Quickly: what takes long is done afterwards.
  response.writeHead(204).end()
})

server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  const address = server.address()
  console.log(`listening on ${typeof address === 'object' ? address?.port : address}`)
})
