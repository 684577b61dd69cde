import { SpanKind, trace } from '@opentelemetry/api'
import type { Statement } from '../../../db/core/database.ts'
import { failSpan, tracer } from './in-span.ts'

/** One span per statement of a request or a job. A statement outside of them, say of the sweep, is left out. */
export const statementSpans = ({ operation, table, ms, failedWith }: Statement): void => {
  if (!trace.getActiveSpan()?.isRecording()) return
  const end = Date.now()
  const span = tracer().startSpan([operation, table].filter(Boolean).join(' '), {
    kind: SpanKind.CLIENT,
    startTime: end - ms,
    attributes: {
      'db.system.name': 'postgresql',
      'db.operation.name': operation,
      ...(table !== undefined && { 'db.collection.name': table }),
    },
  })
  if (failedWith !== undefined) failSpan(span, failedWith)
  span.end(end)
}
