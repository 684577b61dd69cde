import { z } from 'zod'
import type { Address, Customer, Invoice } from './invoice.ts'
import { currencyOf, minorUnits } from './money.ts'
import { dayOf, dayText } from './zone-time.ts'

const amount = z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/)])
const date = z.union([z.literal(''), z.iso.date()])
const moment = z.union([z.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])

/** Fields of an invoice under Zoho's names; those left out stay as they are. Amounts are in major units. */
export const invoiceFields = z
  .object({
    invoice_number: z.string(),
    reference_number: z.string(),
    date,
    due_date: date,
    payment_terms: z.number().int(),
    total: amount,
    payment_made: amount,
    credits_applied: amount,
    /** Any word, unknown ones too. */
    status: z.string(),
    current_sub_status: z.string(),
    payment_expected_date: date,
    is_emailed: z.boolean(),
    created_time: moment,
    last_modified_time: moment,
    customer_id: z.string(),
    customer_name: z.string(),
    company_name: z.string(),
    email: z.string(),
    phone: z.string(),
    currency_code: z.string(),
    billing_address: z
      .object({
        attention: z.string(),
        address: z.string(),
        street2: z.string(),
        city: z.string(),
        state: z.string(),
        zip: z.string(),
        country: z.string(),
        country_code: z.string(),
        phone: z.string(),
        fax: z.string(),
      })
      .partial(),
  })
  .partial()

export type InvoiceFields = z.input<typeof invoiceFields>

type Parsed = z.output<typeof invoiceFields>

function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function editAddress(address: Address, fields: Parsed): Address {
  const { country_code: countryCode, ...rest } = fields.billing_address ?? {}
  return { ...address, ...present({ ...rest, countryCode }) }
}

function editCustomer(customer: Customer, fields: Parsed): Customer {
  return {
    ...customer,
    ...present({
      id: fields.customer_id,
      name: fields.customer_name,
      companyName: fields.company_name,
      email: fields.email,
      phone: fields.phone,
    }),
    currency: fields.currency_code === undefined ? customer.currency : currencyOf(fields.currency_code),
    address: editAddress(customer.address, fields),
  }
}

/** The invoice with these fields changed. An edit of the customer changes this invoice's snapshot only (contract 7). */
export function editInvoice(invoice: Invoice, input: InvoiceFields): Invoice {
  const fields = invoiceFields.parse(input)
  const customer = editCustomer(invoice.customer, fields)
  const minor = (value: string | number | undefined) =>
    value === undefined ? undefined : minorUnits(value, customer.currency.digits)
  return {
    ...invoice,
    customer,
    ...present({
      number: fields.invoice_number,
      reference: fields.reference_number,
      date: fields.date,
      dueDate: fields.due_date,
      terms: fields.payment_terms,
      total: minor(fields.total),
      paid: minor(fields.payment_made),
      credited: minor(fields.credits_applied),
      status: fields.status,
      subStatus: fields.current_sub_status,
      paymentExpectedDate: fields.payment_expected_date,
      emailed: fields.is_emailed,
      createdAt: fields.created_time,
      modifiedAt: fields.last_modified_time,
    }),
  }
}

/** A sent invoice over 690.00 EUR to Muster AG in Berlin, 30 days overdue: one that can be collected. */
export function plainInvoice(
  at: { index: number; id: string },
  idPrefix: string,
  today: string,
  now: number,
): Invoice {
  const address = {
    attention: 'Max Muster',
    address: 'Hauptstr. 1',
    street2: '',
    city: 'Berlin',
    state: '',
    zip: '10115',
    country: 'Germany',
    countryCode: 'DE',
    phone: '+49 30 5550100',
    fax: '',
  }
  return {
    ...at,
    number: `INV-${String(at.index + 1).padStart(6, '0')}`,
    reference: 'PO-77',
    customer: {
      id: `${idPrefix}0000500000001`,
      name: 'Muster AG',
      companyName: 'Muster AG',
      firstName: 'Max',
      lastName: 'Muster',
      email: 'ap@muster.example',
      phone: address.phone,
      currency: currencyOf('EUR'),
      address,
    },
    status: 'sent',
    subStatus: '',
    date: dayText(dayOf(today) - 60),
    dueDate: dayText(dayOf(today) - 30),
    terms: 30,
    createdAt: now,
    modifiedAt: now,
    total: 69_000,
    paid: 0,
    credited: 0,
    writtenOff: 0,
    inProcess: 0,
    lastPaymentDate: '',
    paymentExpectedDate: '',
    emailed: true,
    viewedAt: 0,
  }
}
