import { SpanKind } from '@opentelemetry/api'
import type { ObserveZoho } from '../../zoho/observe.ts'
import { failSpan, tracer } from './in-span.ts'

/** One span per request to Zoho. */
export const zohoSpans: ObserveZoho = ({ method, endpoint, dataCenter }) => {
  const span = tracer().startSpan(`zoho ${endpoint}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': method,
      'zoho.endpoint': endpoint,
      'zoho.data_center': dataCenter,
    },
  })
  return ({ status, code }) => {
    if (status !== null) span.setAttribute('http.response.status_code', status)
    if (code !== null) failSpan(span, code)
    span.end()
  }
}
