/** An OTLP collector of a test: keeps every span that is sent to it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { look } from './secrets/watch.ts'

const attribute = z.object({
  key: z.string(),
  value: z.object({ stringValue: z.string().optional(), intValue: z.coerce.number().optional() }),
})
const sentSpan = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  attributes: z.array(attribute),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
})
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(attribute) }),
      scopeSpans: z.array(z.object({ spans: z.array(sentSpan) })),
    }),
  ),
})

const asRecord = (attributes: readonly z.infer<typeof attribute>[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]))

export interface SentSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string | undefined
  readonly name: string
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly attributes: Readonly<Record<string, string | number | undefined>>
  readonly service: string | number | undefined
}

export interface TraceCollector {
  readonly url: string
  /** Everything received, as text. */
  readonly received: readonly string[]
  readonly spans: () => readonly SentSpan[]
  readonly close: () => Promise<void>
}

export const startTraceCollector = async (): Promise<TraceCollector> => {
  const received: string[] = []
  const server = createServer(async (incoming, answer) => {
    const body = await text(incoming)
    look('trace', 'what a collector got', body)
    received.push(body)
    answer.setHeader('content-type', 'application/json').end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    spans: () =>
      received
        .flatMap((body) => request.parse(JSON.parse(body)).resourceSpans)
        .flatMap(({ resource, scopeSpans }) =>
          scopeSpans
            .flatMap((scope) => scope.spans)
            .map((span) => ({
              ...span,
              attributes: asRecord(span.attributes),
              service: asRecord(resource.attributes)['service.name'],
            })),
        ),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
