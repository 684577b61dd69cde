import type { LabelledValue } from '../../components/field-list.tsx'
import { countryName } from './country-name.ts'

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

const typeNames = { Company: 'Company', Private: 'Private person' }

const typeNotes = { client: 'as you told us', company_name: 'assumed: the invoice names a company' }

/** A value that the invoice itself lacks says where it comes from. */
const filled = (value: string | null, source: Source) =>
  value === null || source === null ? (
    value
  ) : (
    <>
      {value} <span class="muted">(from the customer in Zoho Books)</span>
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
  { label: 'Debtor name', value: debtor.name },
  { label: 'Debtor type', value: typeOf(debtor) },
  ...(debtor.contactPerson === null ? [] : [{ label: 'Contact person', value: debtor.contactPerson }]),
  ...(debtor.companyRegistrationNumber === null
    ? []
    : [{ label: 'Registration number', value: debtor.companyRegistrationNumber }]),
  { label: 'Address', value: debtor.address },
  { label: 'Postal code', value: debtor.zipCode },
  { label: 'City', value: debtor.city },
  { label: 'State', value: debtor.state },
  { label: 'Country', value: countryName(debtor.countryAlpha2) },
  { label: 'Debtor email', value: filled(debtor.email, debtor.emailSource) },
  { label: 'Debtor phone', value: filled(debtor.phone, debtor.phoneSource) },
]
