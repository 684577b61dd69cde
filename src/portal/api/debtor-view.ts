import { z } from 'zod'

const source = z.enum(['contact', 'client', 'company_name']).nullable()

export const debtorView = z
  .object({
    name: z.string().nullable(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    address: z.string().nullable(),
    city: z.string().nullable(),
    zipCode: z.string().nullable(),
    state: z.string().nullable(),
    countryAlpha2: z.string().nullable(),
    type: z.enum(['Company', 'Private']).nullable().describe('Null: not known'),
    contactPerson: z.string().nullable(),
    companyRegistrationNumber: z.string().nullable(),
    typeSource: source.describe(
      '`contact`: the customer’s record; `client`: the client said so; `company_name`: assumed, since the invoice names a company',
    ),
    emailSource: source.describe('`contact`: the invoice has none, it is the customer’s'),
    phoneSource: source.describe('`contact`: the invoice has none, it is the customer’s'),
  })
  .meta({ id: 'Debtor' })

export const debtorExample = {
  name: 'Müller & Söhne GmbH',
  email: 'buchhaltung@example.de',
  phone: '+49 30 123456',
  address: 'Hauptstraße 5',
  city: 'Berlin',
  zipCode: '10115',
  state: null,
  countryAlpha2: 'DE',
  type: 'Company' as const,
  contactPerson: 'Max Müller',
  companyRegistrationNumber: null,
  typeSource: 'contact' as const,
  emailSource: null,
  phoneSource: 'contact' as const,
}

export const money = z
  .string()
  .describe('Decimal string with the currency’s number of decimals')
  .meta({ example: '690.00' })

export const day = z.string().describe('yyyy-mm-dd').meta({ example: '2026-03-31' })
