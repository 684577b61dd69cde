import { createHmac } from 'node:crypto'
import got from 'got'
import { z } from 'zod'
import { balanceOf, type Invoice } from './invoice.ts'
import { detailObject, rowContext } from './invoice-json.ts'
import { patchJson } from './json-text.ts'
import { moneyText } from './money.ts'
import type { Organization, World } from './world.ts'

/** How a webhook is sent; Books documents neither signature nor retries (contract 12). */
export const webhookOptions = z
  .object({
    /** Default payload, a form field `JSONString` holding it, or a raw body with placeholders filled in. */
    format: z.enum(['json', 'form', 'raw']),
    /** Body for `raw`; `${INVOICE.INVOICE_ID}` and the like are replaced. */
    rawBody: z.string(),
    /** Secret of the signature header; without one no header is sent. */
    signature: z.string(),
    /** Send this signature instead of the right one. */
    forgedSignature: z.string(),
    headers: z.record(z.string(), z.string()),
    /** Send so many copies more. */
    duplicates: z.number().int().min(0).max(1000),
    /** A payload taken earlier with `webhookPayload`, to send events out of order. */
    payload: z.string(),
  })
  .partial()

export type WebhookOptions = z.infer<typeof webhookOptions>

// biome-ignore lint/suspicious/noTemplateCurlyInString: Zoho's own placeholder syntax.
const defaultRawBody = '{"invoice_id":"${INVOICE.INVOICE_ID}"}'

/** Real default payload: the detail object plus `*_formatted` twins; no event id, type or time (contract 12). */
export function webhookPayload(world: World, organization: Organization, invoice: Invoice): string {
  const { digits, symbol } = invoice.customer.currency
  const detail = patchJson(detailObject(rowContext(world, organization), invoice), {
    total_formatted: `${symbol}${moneyText(invoice.total, digits)}`,
    balance_formatted: `${symbol}${moneyText(balanceOf(invoice), digits)}`,
    date_formatted: invoice.date,
    due_date_formatted: invoice.dueDate,
  })
  return `{"invoice":${detail}}`
}

function fillPlaceholders(template: string, invoice: Invoice): string {
  const values: Readonly<Record<string, string>> = {
    'INVOICE.INVOICE_ID': invoice.id,
    'INVOICE.INVOICE_NUMBER': invoice.number,
    'INVOICE.STATUS': invoice.status,
    'INVOICE.BALANCE': moneyText(balanceOf(invoice), invoice.customer.currency.digits),
  }
  return template.replace(/\$\{([A-Z_.]+)\}/g, (_, name: string) => values[name] ?? '')
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

/** Sends one invoice's webhook and its duplicates, one after the other; answers the HTTP statuses (0: no answer). */
export async function sendWebhook(
  url: string,
  payload: string,
  invoice: Invoice,
  options: WebhookOptions,
): Promise<number[]> {
  const { format = 'json', signature, forgedSignature, duplicates = 0, headers = {} } = options
  const form = format === 'form' ? { JSONString: payload } : {}
  const raw = format === 'raw' ? fillPlaceholders(options.rawBody ?? defaultRawBody, invoice) : payload
  const body = format === 'form' ? new URLSearchParams(form).toString() : raw
  const sign =
    forgedSignature ?? (signature && signWebhook(signature, url, form, format === 'form' ? '' : raw))
  const statuses: number[] = []
  for (let sent = 0; sent <= duplicates; sent += 1) {
    const status = await got
      .post(url, {
        body,
        headers: {
          'content-type':
            format === 'form' ? 'application/x-www-form-urlencoded' : 'application/json;charset=UTF-8',
          connection: 'close',
          ...(sign === undefined ? {} : { 'x-zoho-webhook-signature': sign }),
          ...headers,
        },
        retry: { limit: 0 },
        timeout: { request: 10_000 },
        throwHttpErrors: false,
        followRedirect: false,
      })
      .then((answer) => answer.statusCode)
      .catch(() => 0)
    statuses.push(status)
  }
  return statuses
}
