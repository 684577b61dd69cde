import fc from 'fast-check'
import { invoiceHints } from '../../../src/sync/webhook-hint.ts'

const id = '260000000000101011'
const json = JSON.stringify({ invoice: { invoice_id: id, status: 'paid', customer_id: '1' } })
const form = 'application/x-www-form-urlencoded'

it.each([
  ['the default payload', 'application/json;charset=UTF-8', json],
  ['the default payload without a content type', undefined, json],
  ['a flat object', 'application/json', JSON.stringify({ invoice_id: id })],
  ['a form with JSONString', form, new URLSearchParams({ JSONString: json }).toString()],
  ['a form with JSONString sent as text', 'text/plain', new URLSearchParams({ JSONString: json }).toString()],
  ['a plain form', form, `a=1&invoice_id=${id}`],
  ['a raw id', 'text/plain', ` ${id}\n`],
  ['a raw template', 'text/plain', `invoice_id: ${id}, total: 5`],
  ['a raw template with quotes', 'text/xml', `<x invoiceId="${id}"/>`],
  ['JSON with a number, whose digits are read from the text', 'application/json', `{"invoice_id":${id}}`],
  ['JSON that is cut off', 'application/json', `{"invoice":{"invoice_id":"${id}","sta`],
])('finds the invoice in %s', (_, contentType, body) => {
  expect(invoiceHints(contentType, Buffer.from(body))).toEqual([id])
})

const other = '260000000000101012'
const third = '260000000000101013'

it.each([
  [
    'a customer payment with its invoices',
    JSON.stringify({
      payment: {
        payment_id: '260000000000105001',
        customer_id: '260000000000097001',
        amount: 900,
        invoices: [{ invoice_id: id }, { invoice_id: other, amount_applied: 10 }],
      },
    }),
  ],
  [
    'a customer payment of a vendor’s shape',
    JSON.stringify({ payment: { payment_id: '1', invoice_id: id, invoices: [{ invoice_id: other }] } }),
  ],
  [
    'a credit note with the invoices it was applied to',
    JSON.stringify({
      creditnote: {
        creditnote_id: '260000000000106001',
        invoice_id: id,
        invoices_credited: [{ creditnotes_invoice_id: '7', invoice_id: other }],
      },
    }),
  ],
  ['a list of ids', JSON.stringify({ invoice_ids: [id, other] })],
  ['a list of ids as one text', JSON.stringify({ invoice_ids: `${id}, ${other}` })],
  ['raw JSON with unquoted placeholders', `{"a":[{"invoice_id":${id}},{"invoice_id":${other}}]}`],
  ['a raw template', `invoice_id=${id}\ninvoice_id=${other}`],
])('finds all invoices in %s', (_, body) => {
  for (const [type, sent] of [
    ['application/json', body],
    [undefined, body],
    [form, new URLSearchParams({ JSONString: body }).toString()],
  ] as const)
    expect(invoiceHints(type, Buffer.from(sent))).toEqual([id, other])
})

it('finds all invoices of a list, in a field of a form and in JSON within JSON', () => {
  const ids = [id, other]
  expect(invoiceHints(form, Buffer.from(`invoice_ids=${ids.join(',')}&customer_ids=${third}`))).toEqual(ids)
  const inner = JSON.stringify({ payment: { invoice_ids: ids } })
  expect(invoiceHints('application/json', Buffer.from(JSON.stringify({ JSONString: inner })))).toEqual(ids)
  expect(invoiceHints('application/json', Buffer.from(JSON.stringify({ note: inner })))).toEqual([])
})

it('takes no other id for an invoice’s', () => {
  const body = JSON.stringify({
    payment_id: id,
    recurring_invoice_id: other,
    creditnotes_invoice_id: third,
    invoice_number: third,
  })
  expect(invoiceHints('application/json', Buffer.from(body))).toEqual([])
})

it('takes fifty invoices of a body at most', () => {
  const many = {
    invoices: Array.from({ length: 80 }, (_, at) => ({ invoice_id: String(260_000_000_000 + at) })),
  }
  expect(invoiceHints('application/json', Buffer.from(JSON.stringify(many)))).toHaveLength(50)
})

it('survives JSON of any depth', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
  expect(invoiceHints('application/json', Buffer.from(deep))).toEqual([])
})

it.each([
  '',
  '{}',
  'null',
  '[]',
  '{"invoice":null}',
  '{"invoice_id":"../../etc"}',
  '{"invoice":{"invoice_id":{"$ne":1}}}',
  'JSONString=%7B',
  'hello',
])('finds none in %p', (body) => {
  expect(invoiceHints('application/json', Buffer.from(body))).toEqual([])
})

it('never throws and never finds anything but digits', () => {
  const words = [
    'invoice_id',
    'invoice_ids',
    'invoices',
    'JSONString=',
    '"',
    ':',
    '=',
    ',',
    '{',
    '}',
    '[',
    ']',
  ]
  const values = ['260000000000101011', '12345', '../../etc', '1e21', '-1', 'null', '%31%32', ' ']
  const anything = fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes))
  const likely = fc
    .array(fc.constantFrom(...words, ...values), { maxLength: 40 })
    .map((parts) => Buffer.from(parts.join('')))
  let seen = 0
  fc.assert(
    fc.property(
      fc.oneof(anything, likely),
      fc.option(fc.oneof(fc.string(), fc.constantFrom('application/json', form)), { nil: undefined }),
      (body, type) => {
        for (const found of invoiceHints(type, body)) {
          expect(found).toMatch(/^\d{6,30}$/)
          seen += 1
        }
      },
    ),
    // One that names an invoice is always among them: by chance alone some runs have none.
    { numRuns: 500, examples: [[Buffer.from(json), 'application/json']] },
  )
  expect(seen).toBeGreaterThan(0)
})
