import fc from 'fast-check'
import { parseInvoice } from '../../../src/zoho/parse-invoice.ts'

const row = (change: Record<string, unknown> = {}) => ({
  ach_payment_initiated: false,
  invoice_id: '260000000000101011',
  customer_id: '260000000000097001',
  customer_name: 'Muster AG',
  company_name: 'Muster AG',
  status: 'overdue',
  invoice_number: 'INV-000003',
  reference_number: 'PO-77',
  date: '2026-05-01',
  due_date: '2026-05-31',
  email: 'ap@muster.test',
  billing_address: {
    address: 'Hauptstr. 1',
    street2: '',
    city: 'Berlin',
    state: '',
    zipcode: '10115',
    country: 'Germany',
    phone: '+49 30 111',
  },
  phone: '+49 30 000',
  total: 1190.0,
  balance: 690.0,
  last_modified_time: '2026-05-20T13:15:36+0200',
  updated_time: '2026-05-20T13:15:36+0200',
  currency_code: 'EUR',
  unprocessed_payment_amount: 0.0,
  ...change,
})

const parsed = (change: Record<string, unknown> = {}) => {
  const result = parseInvoice(row(change))
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.invoice
}

it('reads a recorded list row', () => {
  expect(parsed()).toEqual({
    invoiceId: '260000000000101011',
    invoiceNumber: 'INV-000003',
    referenceNumber: 'PO-77',
    customerId: '260000000000097001',
    customerName: 'Muster AG',
    companyName: 'Muster AG',
    email: 'ap@muster.test',
    phone: '+49 30 000',
    status: 'overdue',
    date: '2026-05-01',
    dueDate: '2026-05-31',
    total: '1190',
    balance: '690',
    currencyCode: 'EUR',
    billingAddress: {
      address: 'Hauptstr. 1',
      street2: null,
      city: 'Berlin',
      state: null,
      zip: '10115',
      country: 'Germany',
      countryCode: null,
    },
    modifiedAt: new Date('2026-05-20T11:15:36Z'),
    paymentInProgress: false,
    paymentExpectedDate: null,
    subStatus: null,
    unusedCredits: null,
    exchangeRate: null,
  })
})

it.each([
  [{ payment_expected_date: '2026-07-01' }, { paymentExpectedDate: '2026-07-01' }],
  [{ payment_expected_date: 'soon' }, { paymentExpectedDate: null }],
  [{ current_sub_status: 'In dispute' }, { subStatus: 'In dispute' }],
  [{ contact: { unused_customer_credits: 200.5 } }, { unusedCredits: '200.5' }],
  [{ contact: { unused_customer_credits: '' } }, { unusedCredits: null }],
  [{ contact: null }, { unusedCredits: null }],
  [{ contact: [] }, { unusedCredits: null }],
  [{ contact: 'x' }, { unusedCredits: null }],
  [{ exchange_rate: 0.134052 }, { exchangeRate: '0.134052' }],
  [{ exchange_rate: '' }, { exchangeRate: null }],
  [{ exchange_rate: 0 }, { exchangeRate: null }],
  [{ exchange_rate: 'free' }, { exchangeRate: null }],
])('reads what Zoho knows beside the balance: %j', (change, expected) => {
  expect(parsed(change)).toMatchObject(expected)
})

it('reads a detail, which spells address and zip differently', () => {
  const address = { street: 'Hauptstr. 1', zip: '10115', country: 'Germany', country_code: 'USA' }
  expect(parsed({ billing_address: address }).billingAddress).toMatchObject({
    address: 'Hauptstr. 1',
    zip: '10115',
    countryCode: 'USA',
  })
})

it('takes the phone from the top, then the address, then the primary person', () => {
  const contact_persons_details = [
    { is_primary_contact: false, phone: '1', mobile: '' },
    { is_primary_contact: true, phone: '', mobile: '2' },
  ]
  expect(parsed({ phone: ' ' }).phone).toBe('+49 30 111')
  expect(parsed({ phone: '', billing_address: {}, contact_persons_details }).phone).toBe('2')
  expect(parsed({ phone: '', billing_address: '' }).phone).toBeNull()
})

it.each([
  { ach_payment_initiated: true },
  { unprocessed_payment_amount: 0.01 },
  { inprocess_transaction_present: true },
  { in_process_payments: [{}] },
])('sees money under way in %p', (change) => {
  expect(parsed(change).paymentInProgress).toBe(true)
})

it.each([
  [{ balance: '' }, 'balance'],
  [{ balance: 'lots' }, 'balance'],
  [{ balance: undefined }, 'balance'],
  [{ balance: {} }, 'balance'],
  [{ total: 'x' }, 'total'],
  [{ date: '2026-02-30' }, 'date'],
  [{ due_date: '31.05.2026' }, 'due_date'],
  [{ status: '' }, 'status'],
  [{ invoice_id: '' }, 'invoice_id'],
  [{ invoice_id: '../1' }, 'invoice_id'],
  [{ last_modified_time: 'x' }, 'last_modified_time'],
  [{ customer_name: ['x'] }, 'customer_name'],
  [{ billing_address: { city: {} } }, 'billing_address'],
])('sets a row with %p aside and names the field', (change, path) => {
  const result = parseInvoice(row(change))
  expect(result).toMatchObject({ ok: false, invoiceNumber: 'INV-000003' })
  if (result.ok) throw new Error('parsed')
  expect(result.problems.map((problem) => problem.path).join()).toContain(path)
})

it('names all problems of a row at once', () => {
  const result = parseInvoice(row({ date: 'x', due_date: 'y', balance: 'z' }))
  if (result.ok) throw new Error('parsed')
  expect(result.problems).toHaveLength(3)
})

it('never throws, whatever the row is', () => {
  fc.assert(
    fc.property(fc.anything(), (anything) => {
      expect(parseInvoice(anything).ok).toBe(false)
    }),
  )
  const field = fc.constantFrom(...Object.keys(row()))
  fc.assert(
    fc.property(field, fc.anything(), (key, value) => {
      expect(typeof parseInvoice(row({ [key]: value })).ok).toBe('boolean')
    }),
  )
})
