/** The one thing that is believed of a webhook: which invoices might have changed (contract 12 and 17.3). */
import { tryParseJson } from '../zoho/json.ts'

/** A payment or a credit note names the invoices it was applied to; more of them than this are left to the next run. */
const maxInvoices = 50
const maxDepth = 8

const idShape = /^\d{6,30}$/
/** Also in text that is no JSON: a raw template, or a number, which would lose digits in `JSON.parse`. */
const idInText = /(?<![a-z_])invoice_?id["'\s:=]{1,8}(\d{6,30})\b/gi
const isIdKey = (key: string) => /^invoice_?ids?$/i.test(key)

/**
 * Ids of the invoices that a body names, in its order: JSON of any of the modules, a form (field `JSONString` or plain
 * fields), or raw text.
 */
export const invoiceHints = (contentType: string | undefined, body: Buffer): readonly string[] => {
  const text = body.toString('utf8').trim()
  const found = new Set<string>()
  if (idShape.test(text)) found.add(text)
  const form = new URLSearchParams(text)
  const isForm = contentType?.toLowerCase().includes('x-www-form-urlencoded') ?? false
  for (const json of [isForm ? null : text, form.get('JSONString')])
    if (json !== null) collect(tryParseJson(json), found, 0)
  for (const [key, value] of form) if (isIdKey(key)) addIds(value, found)
  for (const part of [text, ...form.values()])
    for (const [, id = ''] of part.matchAll(idInText)) found.add(id)
  return [...found].slice(0, maxInvoices)
}

/** Whatever depth and name: `invoice`, `payment.invoices[]`, `creditnote.invoices_credited[]`. */
const collect = (value: unknown, found: Set<string>, depth: number): void => {
  if (depth > maxDepth || typeof value !== 'object' || value === null) return
  for (const [key, part] of Object.entries(value)) {
    if (isIdKey(key)) addIds(part, found)
    if (key === 'JSONString' && typeof part === 'string') collect(tryParseJson(part), found, depth + 1)
    else collect(part, found, depth + 1)
  }
}

/** A number has lost digits already, so only text is taken. */
const addIds = (value: unknown, found: Set<string>): void => {
  for (const one of Array.isArray(value) ? value : [value])
    if (typeof one === 'string')
      for (const id of one.split(',')) if (idShape.test(id.trim())) found.add(id.trim())
}
