/** From Zoho's words to those of a case. */
import { type Invoice, noCustomerRecord } from '../../db/core/invoice.ts'
import { countryAlpha2 } from '../values/country.ts'
import { usState } from '../values/us-state.ts'
import type { ZohoInvoice } from '../zoho/schemas.ts'

// Postgres text cannot hold U+0000, and no name needs a control character; line breaks in an address may stay.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g

/** Without characters that no name needs; null when nothing is left. */
export const cleanText = (value: string | null): string | null => {
  if (value === null) return null
  const cleaned = value.replace(controlCharacters, '').trim()
  return cleaned === '' ? null : cleaned
}

const street = (address: string | null, street2: string | null): string | null => {
  if (address === null) return street2
  return street2 === null || street2 === address ? address : `${address}, ${street2}`
}

const stateOf = (state: string | null, country: string | null): string | null =>
  country === 'US' ? (usState(state) ?? state) : state

/** Zoho repeats its status there when the creditor has set none; `overdue` comes and goes by itself (contract 9). */
const zohoStatuses = new Set([
  'draft',
  'sent',
  'viewed',
  'overdue',
  'unpaid',
  'partially_paid',
  'paid',
  'void',
  'pending_approval',
  'approved',
  'rejected',
])
const subStatusOf = ({ subStatus, status }: ZohoInvoice): string | null => {
  const written = cleanText(subStatus)
  const plain = written?.toLowerCase().replaceAll(' ', '_')
  return plain === undefined || plain === status || zohoStatuses.has(plain) ? null : written
}

/** Maps an invoice as the table in the README shows. Never throws: what is missing or odd becomes a finding. */
export const mapInvoice = (invoice: ZohoInvoice): Invoice => {
  const { billingAddress } = invoice
  const country = cleanText(billingAddress.country)
  const countryCode = cleanText(billingAddress.countryCode)
  const alpha2 =
    (country === null ? null : countryAlpha2(country)) ??
    (countryCode === null ? null : countryAlpha2(countryCode))
  return {
    zohoInvoiceId: invoice.invoiceId,
    creditorReference: cleanText(invoice.invoiceNumber),
    date: invoice.date,
    dueDate: invoice.dueDate,
    amountToRecover: invoice.balance,
    currencyCode: cleanText(invoice.currencyCode),
    claimDescription: cleanText(invoice.referenceNumber),
    debtor: {
      name: cleanText(invoice.customerName),
      email: cleanText(invoice.email),
      phone: cleanText(invoice.phone),
      address: street(cleanText(billingAddress.address), cleanText(billingAddress.street2)),
      city: cleanText(billingAddress.city),
      zipCode: cleanText(billingAddress.zip),
      state: stateOf(cleanText(billingAddress.state), alpha2),
      country: country ?? countryCode,
      countryAlpha2: alpha2,
      ...noCustomerRecord,
    },
    zohoStatus: cleanText(invoice.status) ?? 'unknown',
    zohoCustomerId: cleanText(invoice.customerId),
    paymentInProgress: invoice.paymentInProgress,
    paymentExpectedDate: invoice.paymentExpectedDate,
    subStatus: subStatusOf(invoice),
    unusedCredits: invoice.unusedCredits,
  }
}
