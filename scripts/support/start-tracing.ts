/** The only file that knows OpenTelemetry's SDK; everything else speaks to its API, which does nothing without it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { context, DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node'
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions'
import type { Logger } from '../../src/observability/logger.ts'

export interface Tracing {
  /** Sends what is still waiting, for at most three seconds, and ends tracing. */
  readonly close: () => Promise<void>
}

export interface TracingOptions {
  /** Base URL of a collector; spans go to `/v1/traces` below it. */
  readonly endpoint: string
  readonly log: Logger
  /** Instead of the collector, for tests. */
  readonly exporter?: SpanExporter
}

const lastWordsMs = 3_000

/** Only what names the trouble: the SDK's messages may quote a collector's answer or the header that it dislikes. */
const reasonOf = (message: string): string | undefined =>
  /"code":"?(\w+)/.exec(message)?.[1] ?? /\bE[A-Z]{4,}\b|Dropped \d+ spans|timed? ?out/i.exec(message)?.[0]

/** Lets the log tell of a collector that is away, or of spans that were dropped. */
const logTroubles = (log: Logger): void => {
  const warn = (message: string) => log.warn({ event: 'tracing.trouble', reason: reasonOf(message) })
  const ignore = () => {}
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
}

/** Starts to record spans and to send them in batches. */
export const startTracing = ({ endpoint, log, exporter }: TracingOptions): Tracing => {
  logTroubles(log)
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'zoho-books-collector' }),
    spanProcessors: [
      new BatchSpanProcessor(exporter ?? new OTLPTraceExporter({ url, timeoutMillis: 10_000 })),
    ],
  })
  provider.register()
  return {
    close: async () => {
      const waiting = new AbortController()
      // A collector that is away must not hold up a shutdown.
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        sleep(lastWordsMs, undefined, { signal: waiting.signal, ref: false }).catch(() => undefined),
      ])
      waiting.abort()
      for (const global of [trace, context, propagation, diag]) global.disable()
    },
  }
}
