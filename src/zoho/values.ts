/** Zoho's scalar values (contract 6.3): blanks mean "missing", money is a number or a string, times have no colon. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const nulOrSurrogate = /[\u0000\ud800-\udfff]/
// With the u flag a proper pair is one character, so only halves match.
const loneSurrogates = /\p{Surrogate}/gu

/**
 * Trimmed text, or null for `""`, `" "` and null. Postgres refuses NUL and JSON columns refuse lone surrogates, so
 * neither gets past here.
 */
export const readText = (value: string | number | null | undefined): string | null => {
  if (value === null || value === undefined) return null
  const written = typeof value === 'number' ? String(value) : value
  const text = (nulOrSurrogate.test(written) ? storable(written) : written).trim()
  return text === '' ? null : text
}

const storable = (text: string): string => text.replaceAll('\u0000', '').replace(loneSurrogates, '\uFFFD')

const plainDecimal = /^([+-]?)0*(\d+)(?:\.(\d*?)0*)?$/

/** A decimal string without superfluous zeros, or null when the value is no amount. */
export const readDecimal = (value: string | number | null | undefined): string | null => {
  if (typeof value === 'number') return Number.isFinite(value) ? numberToDecimal(value) : null
  if (typeof value !== 'string') return null
  const match = plainDecimal.exec(value.trim())
  if (!match) return null
  const [, sign, whole, fraction] = match
  const digits = fraction ? `${whole}.${fraction}` : (whole ?? '')
  return sign === '-' && /[1-9]/.test(digits) ? `-${digits}` : digits
}

/** The shortest decimal that reads back as this number, never with an exponent. */
const numberToDecimal = (value: number): string => {
  const shortest = String(value)
  if (!shortest.includes('e')) return shortest
  return value.toLocaleString('en-US', { useGrouping: false, maximumSignificantDigits: 21 })
}

const monthLengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const dayShape = /^(\d{4})-(\d{2})-(\d{2})$/

/** True for a `yyyy-mm-dd` that is a day of the calendar, and so acceptable to Postgres. */
export const isDay = (text: string): boolean => {
  const match = dayShape.exec(text)
  if (!match) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (year < 1 || day < 1 || day > (monthLengths[month - 1] ?? 0)) return false
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month !== 2 || day < 29 || leap
}

const timeShape = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:Z|([+-]\d{2}):?(\d{2}))$/

/** `2026-05-20T13:15:36+0200` (no colon in the offset) as a Date; null when it is no time. */
export const readTime = (text: string | null): Date | null => {
  const match = text === null ? null : timeShape.exec(text)
  if (!match) return null
  const [, local, hours, minutes] = match
  const time = new Date(hours === undefined ? `${local}Z` : `${local}${hours}:${minutes}`)
  return Number.isNaN(time.getTime()) ? null : time
}

/** A time as the `last_modified_time` parameter wants it; `Z` and fractions are refused there (contract 6.2). */
export const writeTime = (time: Date): string => `${time.toISOString().slice(0, 19)}+0000`
