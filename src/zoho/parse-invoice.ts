/** From Zoho's row to a `ZohoInvoice`, or to the list of reasons why it cannot be one. */
import { mayHaveLostDigits } from './json.ts'
import { type ListedInvoice, type RawInvoice, rawInvoice, type ZohoInvoice } from './schemas.ts'
import { isDay, readDecimal, readText, readTime } from './values.ts'

type Problem = { readonly path: string; readonly message: string }
type Address = Exclude<RawInvoice['billing_address'], '' | unknown[] | null | undefined>

const noAddress: Address = {}
/** Into a URL path and a primary key: digits in every recording, but nothing worse than this is let through. */
const idShape = /^[\w-]{1,64}$/

/** True when a number of this row may have lost digits in `JSON.parse`, so that its text has to be read again. */
export const needsExactNumbers = (row: unknown): boolean => {
  if (typeof row !== 'object' || row === null) return false
  const { balance, total, invoice_id, customer_id, unprocessed_payment_amount } = row as Record<
    string,
    unknown
  >
  return (
    mayHaveLostDigits(balance) ||
    mayHaveLostDigits(total) ||
    mayHaveLostDigits(invoice_id) ||
    mayHaveLostDigits(customer_id) ||
    mayHaveLostDigits(unprocessed_payment_amount)
  )
}

/** Parses one row; never throws, so that a bad row never spoils its page. */
export const parseInvoice = (row: unknown): ListedInvoice => {
  const parsed = rawInvoice.safeParse(row)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
    return setAside(row, problems)
  }
  const problems: Problem[] = []
  const invoice = readInvoice(parsed.data, problems)
  return invoice && problems.length === 0 ? { ok: true, invoice } : setAside(row, problems)
}

const setAside = (row: unknown, problems: readonly Problem[]): ListedInvoice => {
  const fields = (typeof row === 'object' && row !== null ? row : {}) as Record<string, unknown>
  const id = identifier(fields['invoice_id'])
  return {
    ok: false,
    invoiceId: id !== null && idShape.test(id) ? id : null,
    invoiceNumber: identifier(fields['invoice_number']),
    problems,
  }
}

const identifier = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? readText(value) : null

// At the top level: as closures made for each row, these two took as long as reading its texts.
const wrong = (problems: Problem[], path: string, message: string): null => {
  problems.push({ path, message })
  return null
}

const readDay = (raw: RawInvoice, path: 'date' | 'due_date', problems: Problem[]): string | null => {
  const value = readText(raw[path])
  return value === null || isDay(value) ? value : wrong(problems, path, 'is not a day (yyyy-mm-dd)')
}

const readInvoice = (raw: RawInvoice, problems: Problem[]): ZohoInvoice | undefined => {
  const invoiceId = readText(raw.invoice_id)
  if (invoiceId === null || !idShape.test(invoiceId)) wrong(problems, 'invoice_id', 'is missing or no id')
  const status = readText(raw.status) ?? wrong(problems, 'status', 'is missing')
  const balance = readDecimal(raw.balance) ?? wrong(problems, 'balance', 'is not an amount')
  const totalText = readText(raw.total)
  const total =
    totalText === null ? null : (readDecimal(raw.total) ?? wrong(problems, 'total', 'is not an amount'))
  const date = readDay(raw, 'date', problems)
  const dueDate = readDay(raw, 'due_date', problems)
  const modifiedText =
    readText(raw.last_modified_time) ?? readText(raw.updated_time) ?? readText(raw.created_time)
  const modifiedAt = readTime(modifiedText) ?? wrong(problems, 'last_modified_time', 'is not a time')
  if (invoiceId === null || status === null || balance === null || modifiedAt === null) return undefined

  const billing = raw.billing_address && !Array.isArray(raw.billing_address) ? raw.billing_address : noAddress
  return {
    invoiceId,
    invoiceNumber: readText(raw.invoice_number),
    referenceNumber: readText(raw.reference_number),
    customerId: readText(raw.customer_id),
    customerName: readText(raw.customer_name),
    companyName: readText(raw.company_name),
    email: readText(raw.email),
    phone: readText(raw.phone) ?? readText(billing.phone) ?? phoneOfPerson(raw),
    status: status.toLowerCase(),
    date,
    dueDate,
    total,
    balance,
    currencyCode: readText(raw.currency_code),
    billingAddress: {
      address: readText(billing.address) ?? readText(billing.street),
      street2: readText(billing.street2),
      city: readText(billing.city),
      state: readText(billing.state),
      zip: readText(billing.zipcode) ?? readText(billing.zip),
      country: readText(billing.country),
      countryCode: readText(billing.country_code),
    },
    modifiedAt,
    paymentInProgress: paymentInProgress(raw),
    paymentExpectedDate: expectedDay(raw),
    subStatus: readText(raw.current_sub_status),
    unusedCredits: unusedCredits(raw),
    exchangeRate: exchangeRate(raw),
  }
}

/** A rate that cannot be one is none: no invoice is set aside for it. */
const exchangeRate = ({ exchange_rate }: RawInvoice): string | null => {
  const rate = readDecimal(exchange_rate)
  return rate !== null && /^\d{1,12}(\.\d+)?$/.test(rate) && /[1-9]/.test(rate) ? rate : null
}

const phoneOfPerson = ({ contact_persons_details: people }: RawInvoice): string | null => {
  if (!people) return null
  const person = people.find(({ is_primary_contact }) => is_primary_contact === true)
  return person ? (readText(person.phone) ?? readText(person.mobile)) : null
}

/** Money that is already under way (contract 7); any one sign is enough to be careful. */
const paymentInProgress = (raw: RawInvoice): boolean =>
  raw.ach_payment_initiated === true ||
  raw.inprocess_transaction_present === true ||
  (Array.isArray(raw.in_process_payments) && raw.in_process_payments.length > 0) ||
  Number(raw.unprocessed_payment_amount ?? 0) > 0

/** A note that is no day is no reason to set the invoice aside. */
const expectedDay = ({ payment_expected_date: noted }: RawInvoice): string | null => {
  const value = readText(noted)
  return value !== null && isDay(value) ? value : null
}

const unusedCredits = ({ contact }: RawInvoice): string | null => {
  if (typeof contact !== 'object' || contact === null) return null
  const { unused_customer_credits: credits } = contact as { unused_customer_credits?: unknown }
  return typeof credits === 'string' || typeof credits === 'number' ? (readDecimal(credits) ?? null) : null
}
