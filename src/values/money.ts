/** Money: decimal strings with exact arithmetic, never a JavaScript number, and currencies of ISO 4217. */
import { code as lookUp } from 'currency-codes'
import { memoize } from './memoize.ts'

const places = 12

/** The value times 10^12, exactly for all amounts of up to 12 decimals. */
export const scaled = (decimal: string): bigint => {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal.trim())
  if (!match) throw new RangeError('not a decimal number')
  const [, sign, whole = '0', fraction = ''] = match
  const digits = BigInt(whole + fraction.slice(0, places).padEnd(places, '0'))
  return sign === '-' ? -digits : digits
}

/** Rounds half away from zero to a fixed number of decimals: `690` with 2 → `690.00`. */
export const toFixedDecimals = (decimal: string, digits: number): string => {
  const value = scaled(decimal)
  const unit = 10n ** BigInt(places - digits)
  const magnitude = ((value < 0n ? -value : value) + unit / 2n) / unit
  const text = magnitude.toString().padStart(digits + 1, '0')
  const sign = value < 0n && magnitude > 0n ? '-' : ''
  const cut = text.length - digits
  return digits === 0 ? sign + text : `${sign}${text.slice(0, cut)}.${text.slice(cut)}`
}

/** `X..` codes are metals, funds and test values; these four are money. */
const realX = new Set(['XAF', 'XCD', 'XOF', 'XPF'])

/** Number of decimals of a currency of ISO 4217; null when it is none. */
export const currencyDecimals = memoize((currencyCode: string): number | null => {
  if (!/^[A-Z]{3}$/.test(currencyCode)) return null
  if (currencyCode.startsWith('X') && !realX.has(currencyCode)) return null
  return lookUp(currencyCode)?.digits ?? null
})

/** Money as it is shown: padded or rounded to the currency's decimals, two for one we do not know. */
export const presentAmount = (amount: string, currencyCode: string | null): string =>
  toFixedDecimals(amount, (currencyCode === null ? null : currencyDecimals(currencyCode)) ?? 2)

/**
 * An amount as people type it, as a decimal string: "1 000,50", "1.000,50" and "1,000.50" are 1000.50; "1.000" and "12,5" are read
 * as decimals. Undefined: it is none.
 */
export const typedAmount = (typed: string): string | undefined => {
  const compact = typed.replace(/[\s'’]/g, '')
  const decimal = /^\d{1,3}(\.\d{3})*,\d{1,2}$/.test(compact)
    ? compact.replaceAll('.', '').replace(',', '.')
    : /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(compact)
      ? compact.replaceAll(',', '')
      : compact.replace(',', '.')
  return /^\d{1,13}(\.\d{1,4})?$/.test(decimal) ? decimal : undefined
}

/** The sum of two amounts of one currency, with the decimals of the longer one. */
export const addAmounts = (a: string | undefined, b: string): string => {
  if (a === undefined) return b
  const decimals = Math.max(...[a, b].map((amount) => amount.split('.')[1]?.length ?? 0))
  const sum = scaled(a) + scaled(b)
  const digits = sum
    .toString()
    .replace('-', '')
    .padStart(places + 1, '0')
  return toFixedDecimals(
    `${sum < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`,
    decimals,
  )
}
