import { parsePhoneNumberFromString } from 'libphonenumber-js'

/** A pure function's cache: parsing costs some 40 µs, and invoices repeat their customers' numbers. */
const answered = new Map<string, boolean>()
const maxAnswered = 5_000

/**
 * Whether a phone number, as written, is a valid E.164 number: with its own country code, or as dialled within
 * the debtor's country.
 */
export const isValidPhone = (phone: string, countryAlpha2: string | null): boolean => {
  const key = `${countryAlpha2 ?? ''} ${phone}`
  const before = answered.get(key)
  if (before !== undefined) return before
  if (answered.size >= maxAnswered) answered.clear()
  const options = countryAlpha2 === null ? {} : { defaultCountry: countryAlpha2 as 'US' }
  const answer = parsePhoneNumberFromString(phone, options)?.isValid() ?? false
  answered.set(key, answer)
  return answer
}
