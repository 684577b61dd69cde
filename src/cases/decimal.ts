/** Exact arithmetic on decimal strings: money never becomes a JavaScript number. */

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
