/** What the customer's record adds to an invoice. */
import type { Debtor, Invoice } from '../../db/core/invoice.ts'
import type { DebtorSource, DebtorType } from '../../db/core/schema.ts'

/** A customer as far as an invoice is concerned. */
export interface CustomerRecord {
  readonly type: DebtorType | null
  /** What the client said, for where the record does not tell. */
  readonly typeByClient: DebtorType | null
  readonly contactPerson: string | null
  readonly email: string | null
  readonly phone: string | null
  readonly mobile: string | null
  readonly registrationNumber: string | null
  /** Of the record; null where only the client has said something. */
  readonly contentHash: string | null
}

interface Filled {
  readonly value: string | null
  readonly source: DebtorSource | null
}

/** What the invoice says itself comes first; what an earlier record filled in is not the invoice's word. */
const fill = (value: string | null, source: DebtorSource | null, record: string | null): Filled => {
  const own = source === 'contact' ? null : value
  if (own !== null) return { value: own, source: null }
  return { value: record, source: record === null ? null : 'contact' }
}

/** The invoice with what its customer's record says. Filling in twice gives the same. */
export const fillIn = (invoice: Invoice, record: CustomerRecord | undefined): Invoice => {
  if (record === undefined) return invoice
  const { debtor } = invoice
  const email = fill(debtor.email, debtor.emailSource, record.email)
  const phone = fill(debtor.phone, debtor.phoneSource, record.phone ?? record.mobile)
  const type = record.type ?? record.typeByClient
  const filled: Debtor = {
    ...debtor,
    email: email.value,
    emailSource: email.source,
    phone: phone.value,
    phoneSource: phone.source,
    type,
    typeSource: type === null ? null : record.type === null ? 'client' : 'contact',
    contactPerson: record.contactPerson,
    companyRegistrationNumber: record.registrationNumber,
  }
  return { ...invoice, debtor: filled }
}

/** The invoice with a type that is only likely. */
export const assume = (invoice: Invoice, type: DebtorType | null): Invoice =>
  type === null ? invoice : { ...invoice, debtor: { ...invoice.debtor, type, typeSource: 'company_name' } }
