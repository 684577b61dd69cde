import fc from 'fast-check'
import { invoiceHint } from '../../../src/sync/webhook-hint.ts'

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
  expect(invoiceHint(contentType, Buffer.from(body))).toBe(id)
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
  expect(invoiceHint('application/json', Buffer.from(body))).toBeUndefined()
})

it('never throws and never finds anything but digits', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 500 }),
      fc.option(fc.string(), { nil: undefined }),
      (bytes, type) => {
        expect(invoiceHint(type, Buffer.from(bytes)) ?? '000000').toMatch(/^\d{6,30}$/)
      },
    ),
  )
})
