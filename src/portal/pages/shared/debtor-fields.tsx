import type { LabelledValue } from '../../components/field-list.tsx'
import { countryName } from './country-name.ts'
import { debtorFields as words } from './words.tsx'

type Source = 'contact' | 'client' | 'company_name' | null

export interface DebtorView {
  readonly name: string | null
  readonly email: string | null
  readonly phone: string | null
  readonly address: string | null
  readonly city: string | null
  readonly zipCode: string | null
  readonly state: string | null
  readonly countryAlpha2: string | null
  readonly type: 'Company' | 'Private' | null
  readonly contactPerson: string | null
  readonly companyRegistrationNumber: string | null
  readonly typeSource: Source
  readonly emailSource: Source
  readonly phoneSource: Source
}

const typeNames = { Company: words.company, Private: words.privatePerson }

const typeNotes = { client: words.asYouToldUs, company_name: words.assumedTheInvoiceNamesA }

/** A value that the invoice itself lacks says where it comes from. */
const filled = (value: string | null, source: Source) =>
  value === null || source === null ? (
    value
  ) : (
    <>
      {value} <span class="muted">{words.fromTheCustomerInZoho}</span>
    </>
  )

const typeOf = ({ type, typeSource }: DebtorView) =>
  type === null ? null : typeSource === 'company_name' || typeSource === 'client' ? (
    <>
      {typeNames[type]} <span class="muted">({typeNotes[typeSource]})</span>
    </>
  ) : (
    typeNames[type]
  )

/** The debtor's fields in the order of a letter. */
export const debtorFields = (debtor: DebtorView): readonly LabelledValue[] => [
  { label: words.debtorName, value: debtor.name },
  { label: words.debtorType, value: typeOf(debtor) },
  ...(debtor.contactPerson === null ? [] : [{ label: words.contactPerson, value: debtor.contactPerson }]),
  ...(debtor.companyRegistrationNumber === null
    ? []
    : [{ label: words.registrationNumber, value: debtor.companyRegistrationNumber }]),
  { label: words.address, value: debtor.address },
  { label: words.postalCode, value: debtor.zipCode },
  { label: words.city, value: debtor.city },
  { label: words.state, value: debtor.state },
  { label: words.country, value: countryName(debtor.countryAlpha2) },
  { label: words.debtorEmail, value: filled(debtor.email, debtor.emailSource) },
  { label: words.debtorPhone, value: filled(debtor.phone, debtor.phoneSource) },
]
