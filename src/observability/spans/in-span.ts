/**
 * Spans of OpenTelemetry. Unless `scripts/support/start-tracing.ts` ran, the API answers with a tracer that does
 * nothing. Attributes hold ids, names of ours and codes: no URL, no SQL, no text of an error, nothing about a person.
 */
import {
  type Attributes,
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { isAppError } from '../../errors.ts'

// Asked for each time: a tracer that was fetched before the start of tracing stays what it was.
export const tracer = () => trace.getTracer('zoho-books-collector')

/** Marks a span as failed. Only a code: messages may quote data. */
export const failSpan = (span: Span, code: string | undefined): void => {
  span.setStatus({ code: SpanStatusCode.ERROR })
  if (code !== undefined) span.setAttribute('error.type', code)
}

export interface SpanSettings {
  readonly kind: SpanKind
  readonly attributes: Attributes
  /** Default: the span under way. */
  readonly parent?: Context
  /** Other traces that belong to the story. */
  readonly links?: Link[]
}

/** Runs `work` inside a new span, which ends with it and fails with it. */
export const inSpan = async <T>(
  name: string,
  { kind, attributes, parent = context.active(), links = [] }: SpanSettings,
  work: (span: Span) => Promise<T>,
): Promise<T> => {
  const span = tracer().startSpan(name, { kind, attributes, links }, parent)
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span))
  } catch (error) {
    failSpan(span, isAppError(error) ? error.code : undefined)
    throw error
  } finally {
    span.end()
  }
}

/** As `inSpan`, but only inside another one: what a timer does is no story of its own. */
export const inChildSpan = <T>(name: string, settings: SpanSettings, work: () => Promise<T>): Promise<T> =>
  trace.getActiveSpan() ? inSpan(name, settings, work) : work()

/** The span under way in W3C's notation, to be carried to another process. */
export const traceparent = (): string | undefined => {
  const carrier: Record<string, string> = {}
  propagation.inject(context.active(), carrier)
  return carrier['traceparent']
}

/** Continues the trace that another process began; starts a new one without it. */
export const continuing = (given: string | undefined): Context =>
  given === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent: given })

/** Begins a new trace that points to the one another process began. */
export const apartFrom = (
  given: string | undefined,
): { readonly parent: Context; readonly links: Link[] } => {
  const other = trace.getSpanContext(continuing(given))
  return { parent: ROOT_CONTEXT, links: other ? [{ context: other }] : [] }
}

/** For log lines: leads from a line to its trace. Empty while tracing is off. */
export const traceIdField = (): { readonly traceId?: string } => {
  const span = trace.getActiveSpan()
  return span ? { traceId: span.spanContext().traceId } : {}
}
