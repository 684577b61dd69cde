import fc from 'fast-check'
import type { InvoiceSort } from '../../../db/invoices/portal-invoices.repo.ts'
import { decodeInvoiceCursor, encodeInvoiceCursor } from '../../../src/invoices/cursor.ts'

const listing = { sort: 'dueDate', order: 'asc' } as const
const encode = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url')
const good = { s: 'dueDate', o: 'asc', d: 'next', k: '2026-05-01', i: '1' }

it('a place comes back as it was, in each order', () => {
  const keys: Readonly<Record<InvoiceSort, fc.Arbitrary<string>>> = {
    dueDate: fc.constantFrom('2026-05-01', 'infinity'),
    amount: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    customer: fc.string({ maxLength: 100 }).filter((text) => !text.includes('\u0000')),
    invoiceNumber: fc.string({ maxLength: 100 }).filter((text) => !text.includes('\u0000')),
  }
  for (const sort of Object.keys(keys) as InvoiceSort[])
    fc.assert(
      fc.property(
        keys[sort],
        fc.constantFrom('next', 'previous'),
        fc.constantFrom('asc', 'desc'),
        (key, direction, order) => {
          const place = { direction, key, id: '460000000000001' } as const
          expect(
            decodeInvoiceCursor(encodeInvoiceCursor(place, { sort, order }) ?? '', { sort, order }),
          ).toEqual(place)
        },
      ),
    )
})

it('no place is no cursor, and no cursor is no place', () => {
  expect(encodeInvoiceCursor(null, listing)).toBeNull()
  expect(decodeInvoiceCursor(undefined, listing)).toBeUndefined()
  expect(decodeInvoiceCursor('', listing)).toBeUndefined()
})

it.each<[string, string]>([
  ['no base64url of JSON', 'nonsense'],
  ['of another order', encode({ ...good, o: 'desc' })],
  ['of a list sorted otherwise', encode({ ...good, s: 'customer' })],
  ['in no direction', encode({ ...good, d: 'up' })],
  ['with a field too many', encode({ ...good, x: 1 })],
  ['with a field too few', encode({ ...good, i: undefined })],
  ['at a day that is none', encode({ ...good, k: '2026-02-30' })],
  ['in the year 0, which PostgreSQL has not', encode({ ...good, k: '0000-01-01' })],
  ['at an id with a NUL', encode({ ...good, i: 'a\u0000' })],
  ['at an id that is too long', encode({ ...good, i: 'x'.repeat(101) })],
])('a cursor %s is refused', (_what, text) => {
  expect(() => decodeInvoiceCursor(text, listing)).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  )
})

it.each([
  ['amount', '9223372036854775807', true],
  ['amount', '9223372036854775808', false],
  ['amount', '1.5', false],
  ['amount', '', false],
  ['customer', 'x'.repeat(200), true],
  ['customer', 'x'.repeat(201), false],
  ['customer', 'a\u0000', false],
  ['invoiceNumber', 'x'.repeat(200), true],
  ['invoiceNumber', 'x'.repeat(201), false],
] as const)('by %s a list may begin at %j: %p', (sort, k, may) => {
  const decode = () => decodeInvoiceCursor(encode({ ...good, s: sort, k }), { sort, order: 'asc' })
  if (may) expect(decode()).toMatchObject({ key: k })
  else expect(decode).toThrow(expect.objectContaining({ code: 'invalid_request' }))
})
