import { parsePhoneNumberFromString } from 'libphonenumber-js'
import { memoize } from './memoize.ts'

const isValid = (phone: string, defaultCountry?: string): boolean =>
  parsePhoneNumberFromString(
    phone,
    defaultCountry === undefined ? {} : { defaultCountry: defaultCountry as 'US' },
  )?.isValid() ?? false

// Parsing a number costs some 40 µs.
const isValidAnywhere = memoize((phone: string) => isValid(phone))
const isValidIn = memoize((dialled: string) => isValid(dialled.slice(2), dialled.slice(0, 2)))

/**
 * Whether a phone number, as written, is a valid E.164 number: with its own country code, or as dialled within
 * the debtor's country.
 */
export const isValidPhone = (phone: string, countryAlpha2: string | null): boolean =>
  countryAlpha2 === null || phone.startsWith('+') ? isValidAnywhere(phone) : isValidIn(countryAlpha2 + phone)
