import fc from 'fast-check'
import { noCustomerRecord } from '../../../db/core/invoice.ts'
import { builtInPolicy } from '../../../src/eligibility/policy.ts'
import { mapInvoice } from '../../../src/sync/map-invoice.ts'
import { toStagedRow } from '../../../src/sync/staged-row.ts'
import type { ZohoInvoice } from '../../../src/zoho/schemas.ts'

const invoice = (
  change: Partial<ZohoInvoice> = {},
  address: Partial<ZohoInvoice['billingAddress']> = {},
): ZohoInvoice => ({
  invoiceId: '260000000000101011',
  invoiceNumber: 'INV-000003',
  referenceNumber: 'PO-77',
  customerId: '260000000000097001',
  companyName: null,
  customerName: 'Muster AG',
  email: 'ap@muster.example',
  phone: '+49 30 5550100',
  status: 'overdue',
  date: '2026-05-01',
  dueDate: '2026-05-31',
  total: '1190.00',
  balance: '690.00',
  currencyCode: 'EUR',
  billingAddress: {
    address: 'Hauptstr. 1',
    street2: null,
    city: 'Berlin',
    state: null,
    zip: '10115',
    country: 'Germany',
    countryCode: null,
    ...address,
  },
  modifiedAt: new Date('2026-05-20T11:15:36Z'),
  paymentInProgress: false,
  paymentExpectedDate: null,
  subStatus: null,
  unusedCredits: null,
  exchangeRate: null,
  ...change,
})

it('maps every field of the table', () => {
  expect(mapInvoice(invoice())).toEqual({
    zohoInvoiceId: '260000000000101011',
    creditorReference: 'INV-000003',
    date: '2026-05-01',
    dueDate: '2026-05-31',
    amountToRecover: '690.00',
    currencyCode: 'EUR',
    claimDescription: 'PO-77',
    debtor: {
      name: 'Muster AG',
      email: 'ap@muster.example',
      phone: '+49 30 5550100',
      address: 'Hauptstr. 1',
      city: 'Berlin',
      zipCode: '10115',
      state: null,
      country: 'Germany',
      countryAlpha2: 'DE',
      ...noCustomerRecord,
    },
    zohoStatus: 'overdue',
    zohoCustomerId: '260000000000097001',
    paymentInProgress: false,
    paymentExpectedDate: null,
    subStatus: null,
    unusedCredits: null,
  })
})

it.each(['', 'overdue', 'Overdue', 'Sent', 'Partially Paid'])(
  'a sub-status of %p is Zoho’s status again',
  (subStatus) => {
    expect(mapInvoice(invoice({ subStatus })).subStatus).toBeNull()
  },
)

it('keeps a sub-status of the creditor’s own, an expected payment and unused credits', () => {
  const change = { subStatus: ' In dispute ', paymentExpectedDate: '2026-07-01', unusedCredits: '200.00' }
  expect(mapInvoice(invoice(change))).toMatchObject({ ...change, subStatus: 'In dispute' })
})

it('the amount is the balance, not the total', () => {
  expect(mapInvoice(invoice({ total: '100', balance: '0.01' })).amountToRecover).toBe('0.01')
})

it('joins street and second line, and takes either alone', () => {
  expect(mapInvoice(invoice({}, { street2: '2. OG' })).debtor.address).toBe('Hauptstr. 1, 2. OG')
  expect(mapInvoice(invoice({}, { address: null, street2: 'Suite 400' })).debtor.address).toBe('Suite 400')
  expect(mapInvoice(invoice({}, { address: ' ', street2: '' })).debtor.address).toBeNull()
})

it('a state of the United States becomes its two letters, others stay as written', () => {
  const stateOf = (state: string, country: string) => mapInvoice(invoice({}, { state, country })).debtor.state
  expect(stateOf('California', 'USA')).toBe('CA')
  expect(stateOf('us-tx', 'U.S.A')).toBe('TX')
  expect(stateOf('Nowhere', 'USA')).toBe('Nowhere')
  expect(stateOf('Bayern', 'Germany')).toBe('Bayern')
})

it('a country code helps where the name is missing or unknown, and three letters will do', () => {
  expect(mapInvoice(invoice({}, { country: null, countryCode: 'USA' })).debtor).toMatchObject({
    country: 'USA',
    countryAlpha2: 'US',
  })
  expect(mapInvoice(invoice({}, { country: 'Unknownland', countryCode: 'DE' })).debtor.countryAlpha2).toBe(
    'DE',
  )
})

it('drops control characters, which Postgres cannot hold, and keeps line breaks', () => {
  expect(mapInvoice(invoice({ customerName: 'A\u0000B\u001fC\nD' })).debtor.name).toBe('ABC\nD')
})

it('for any text: trimmed, never blank, never a control character, and mapping again changes nothing', () => {
  const text = fc.oneof(
    fc.constant(null),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', ' ', '\t', '\u0000', ' \u001e '),
  )
  fc.assert(
    fc.property(
      fc.record({ invoiceNumber: text, referenceNumber: text, customerName: text, email: text, phone: text }),
      fc.record({
        address: text,
        street2: text,
        city: text,
        state: text,
        zip: text,
        country: text,
        countryCode: text,
      }),
      (fields, address) => {
        const mapped = mapInvoice(invoice(fields, address))
        const texts = [mapped.creditorReference, mapped.claimDescription, ...Object.values(mapped.debtor)]
        for (const value of texts) {
          if (value === null) continue
          expect(value).toBe(value.trim())
          expect(value).not.toBe('')
          // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
          expect(value).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/)
        }
        expect(mapped.debtor.countryAlpha2 ?? 'DE').toMatch(/^[A-Z]{2}$/)
        const { creditorReference, claimDescription, debtor } = mapped
        const again = mapInvoice(
          invoice(
            {
              invoiceNumber: creditorReference,
              referenceNumber: claimDescription,
              customerName: debtor.name,
              email: debtor.email,
              phone: debtor.phone,
            },
            {
              address: debtor.address,
              street2: null,
              city: debtor.city,
              state: debtor.state,
              zip: debtor.zipCode,
              country: debtor.country,
              countryCode: debtor.countryAlpha2,
            },
          ),
        )
        expect(again).toEqual(mapped)
      },
    ),
  )
})

describe('the fingerprint of what a list says', () => {
  const of = (change: Partial<ZohoInvoice> = {}) =>
    toStagedRow(invoice(change), builtInPolicy, '2026-06-10').contentHash

  it('is the same for the same', () => expect(of()).toBe(of()))

  it.each<[string, Partial<ZohoInvoice>]>([
    ['modified a second later', { modifiedAt: new Date('2026-05-20T11:15:37Z') }],
    ['number', { invoiceNumber: 'INV-000004' }],
    ['reference', { referenceNumber: 'PO-78' }],
    ['customer', { customerName: 'Muster GmbH' }],
    ['e-mail', { email: 'accounts@muster.example' }],
    ['status', { status: 'sent' }],
    ['due date', { dueDate: '2026-06-01' }],
    ['balance', { balance: '690.01' }],
    ['currency', { currencyCode: 'CHF' }],
    ['a payment under way', { paymentInProgress: true }],
    ['an expected payment', { paymentExpectedDate: '2026-06-20' }],
  ])('is another when it differs in: %s', (_, change) => expect(of(change)).not.toBe(of()))
})
