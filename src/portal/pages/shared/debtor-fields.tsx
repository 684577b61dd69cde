import type { LabelledValue } from '../../components/field-list.tsx'
import { countryName } from './country-name.ts'

export interface DebtorView {
  readonly name: string | null
  readonly email: string | null
  readonly phone: string | null
  readonly address: string | null
  readonly city: string | null
  readonly zipCode: string | null
  readonly state: string | null
  readonly countryAlpha2: string | null
}

/** The debtor's fields in the order of a letter. */
export const debtorFields = (debtor: DebtorView): readonly LabelledValue[] => [
  { label: 'Debtor name', value: debtor.name },
  { label: 'Address', value: debtor.address },
  { label: 'Postal code', value: debtor.zipCode },
  { label: 'City', value: debtor.city },
  { label: 'State', value: debtor.state },
  { label: 'Country', value: countryName(debtor.countryAlpha2) },
  { label: 'Debtor email', value: debtor.email },
  { label: 'Debtor phone', value: debtor.phone },
]
