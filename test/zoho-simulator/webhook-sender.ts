import { createHmac } from 'node:crypto'
import got from 'got'
import { z } from 'zod'
import { memberText } from './json-text.ts'

/** How a webhook is sent; Books documents neither signature nor retries (contract 12). */
export const webhookOptions = z
  .object({
    /**
     * `json`: the default payload; `form`: a form field `JSONString` holding it; `raw`: a body of the user's own;
     * `fields`: a form of key/value pairs.
     */
    format: z.enum(['json', 'form', 'raw', 'fields']),
    method: z.enum(['POST', 'PUT', 'DELETE']),
    /** Body for `raw`; `${INVOICE.INVOICE_ID}` and the like are replaced by members of the payload. */
    rawBody: z.string(),
    /** Pairs for `fields`, placeholders as in `rawBody`. */
    fields: z.record(z.string(), z.string()),
    /** Query parameters put on the URL, placeholders as in `rawBody`. */
    query: z.record(z.string(), z.string()),
    /** Secret of the signature header; without one no header is sent. */
    signature: z.string(),
    /** Send this signature instead of the right one. */
    forgedSignature: z.string(),
    headers: z.record(z.string(), z.string()),
    /** Send so many copies more. */
    duplicates: z.number().int().min(0).max(1000),
    /** How long the receiver may take for one of them; default 10 s (Zoho's is not known). */
    timeoutMs: z.number().int().min(1).max(60_000),
    /** A payload taken earlier with `webhookPayload`, to send events out of order. */
    payload: z.string(),
  })
  .partial()

export type WebhookOptions = z.infer<typeof webhookOptions>

/** A webhook ready to go. */
export interface WebhookRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Replaces `${INVOICE.BALANCE}` by the member `balance` of the payload's one object; unknown ones by nothing. */
function fillPlaceholders(template: string, payload: string): string {
  const [, object = '{}'] = /^\{"\w+":(\{.*\})\}$/s.exec(payload) ?? []
  return template.replace(
    /\$\{[A-Z_]+\.([A-Z_]+)\}/g,
    (_, name: string) => memberText(object, name.toLowerCase()) ?? '',
  )
}

/**
 * Zoho Billing's construction, presumed for Books: query and form pairs sorted by key and joined without separators,
 * then the raw JSON body; HMAC-SHA256 in hex (contract 12).
 */
export function signWebhook(
  secret: string,
  url: string,
  form: Readonly<Record<string, string>>,
  json: string,
): string {
  const pairs = [...new URL(url).searchParams, ...Object.entries(form)].sort(([a], [b]) => (a < b ? -1 : 1))
  return createHmac('sha256', secret)
    .update(pairs.flat().join('') + json)
    .digest('hex')
}

/** Writes the webhook for a payload; `defaultRawBody` is what `raw` sends when no body is given. */
export function webhookRequest(
  target: string,
  payload: string,
  options: WebhookOptions,
  defaultRawBody: string,
): WebhookRequest {
  const { format = 'json', method = 'POST', signature, forgedSignature, headers = {} } = options
  const fill = (pairs: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(pairs).map(([key, value]) => [key, fillPlaceholders(value, payload)]))
  const url = new URL(target)
  for (const [key, value] of Object.entries(fill(options.query))) url.searchParams.append(key, value)
  const isForm = format === 'form' || format === 'fields'
  const form = format === 'form' ? { JSONString: payload } : format === 'fields' ? fill(options.fields) : {}
  const raw = format === 'raw' ? fillPlaceholders(options.rawBody ?? defaultRawBody, payload) : payload
  const sign = forgedSignature ?? (signature && signWebhook(signature, url.href, form, isForm ? '' : raw))
  return {
    method,
    url: url.href,
    headers: {
      'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json;charset=UTF-8',
      ...(sign === undefined ? {} : { 'x-zoho-webhook-signature': sign }),
      ...headers,
    },
    body: isForm ? new URLSearchParams(form).toString() : raw,
  }
}

/** Sends it once and answers the status; 0 and the error's code when nobody answered in time. */
export async function sendOnce(
  { method, url, headers, body }: WebhookRequest,
  timeoutMs = 10_000,
): Promise<{ status: number; error?: string }> {
  try {
    const answer = await got(url, {
      method,
      body,
      headers: { ...headers, connection: 'close' },
      retry: { limit: 0 },
      timeout: { request: timeoutMs },
      throwHttpErrors: false,
      followRedirect: false,
    })
    return { status: answer.statusCode }
  } catch (error) {
    return { status: 0, error: (error as { code?: string }).code ?? String(error) }
  }
}
