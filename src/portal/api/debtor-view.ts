import { z } from 'zod'

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
}

export const money = z
  .string()
  .describe('Decimal string with the currency’s number of decimals')
  .meta({ example: '690.00' })

export const day = z.string().describe('yyyy-mm-dd').meta({ example: '2026-03-31' })
