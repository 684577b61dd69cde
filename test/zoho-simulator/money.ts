/** A currency as the books know it. `perUsd` is a rough rate, only to make amounts believable. */
export interface Currency {
  readonly code: string
  readonly symbol: string
  /** Decimals on the wire: JPY 0, KWD 3. */
  readonly digits: number
  readonly perUsd: number
  /** Position in the table; part of `currency_id`. */
  readonly ordinal: number
}

const table: readonly (readonly [string, string, number, number])[] = [
  ['EUR', '€', 2, 0.92],
  ['USD', '$', 2, 1],
  ['GBP', '£', 2, 0.78],
  ['DKK', 'kr', 2, 6.9],
  ['SEK', 'kr', 2, 10.4],
  ['NOK', 'kr', 2, 10.6],
  ['PLN', 'zł', 2, 3.9],
  ['JPY', '¥', 0, 150],
  ['KWD', 'KD', 3, 0.307],
  ['INR', '₹', 2, 83],
  ['AUD', '$', 2, 1.52],
  ['CAD', '$', 2, 1.36],
  ['BRL', 'R$', 2, 5.1],
  ['KRW', '₩', 0, 1340],
]

const currencies = new Map<string, Currency>(
  table.map(([code, symbol, digits, perUsd], ordinal) => [code, { code, symbol, digits, perUsd, ordinal }]),
)

/** The currency of this code. A code outside the table gets two decimals, so that tests may invent one. */
export function currencyOf(code: string): Currency {
  return currencies.get(code) ?? { code, symbol: code, digits: 2, perUsd: 1, ordinal: 90 }
}

/** Minor units as the JSON number Zoho writes: all decimals are kept, `135000.00` (contract 6.3). */
export function moneyText(minor: number, digits: number): string {
  const text = String(Math.abs(minor)).padStart(digits + 1, '0')
  const sign = minor < 0 ? '-' : ''
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Minor units of an amount in major units: `"12.50"` or 12.5 → 1250. */
export function minorUnits(amount: string | number, digits: number): number {
  const minor = Math.round(Number(amount) * 10 ** digits)
  if (!Number.isSafeInteger(minor)) throw new Error(`not an amount: ${amount}`)
  return minor
}

/** Value of one unit of `from` in `to`, as JSON number text. */
export function exchangeRateText(from: Currency, to: Currency): string {
  return from.code === to.code ? '1.00' : (to.perUsd / from.perUsd).toFixed(6)
}
