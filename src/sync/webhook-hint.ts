/** The one thing that is believed of a webhook: which invoice might have changed (contract 12). */
import { tryParseJson } from '../zoho/json.ts'

const idShape = /^\d{6,30}$/
const idInText = /invoice_?id["'\s:=]{1,8}(\d{6,30})\b/i

/** Id of an invoice in a JSON body, a form (field `JSONString` or plain fields) or a raw one; undefined when there is none. */
export const invoiceHint = (contentType: string | undefined, body: Buffer): string | undefined => {
  const text = body.toString('utf8').trim()
  if (text === '') return undefined
  const isForm = contentType?.toLowerCase().includes('x-www-form-urlencoded') ?? false
  return (isForm ? inForm(text) : undefined) ?? inJson(tryParseJson(text)) ?? inForm(text) ?? inText(text)
}

const inText = (text: string): string | undefined =>
  idShape.test(text) ? text : (idInText.exec(text)?.[1] ?? undefined)

const inForm = (text: string): string | undefined => {
  const fields = new URLSearchParams(text)
  const json = fields.get('JSONString')
  return (
    (json === null ? undefined : inJson(tryParseJson(json))) ??
    asId(fields.get('invoice_id') ?? fields.get('InvoiceId') ?? undefined)
  )
}

const inJson = (parsed: unknown): string | undefined => {
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { invoice, invoice_id, JSONString } = parsed as Record<string, unknown>
  if (typeof JSONString === 'string') return inJson(tryParseJson(JSONString))
  return asId(invoice_id) ?? inJson(invoice)
}

/** A number would have lost digits on its way through `JSON.parse`, so only text is taken. */
const asId = (value: unknown): string | undefined =>
  typeof value === 'string' && idShape.test(value.trim()) ? value.trim() : undefined
