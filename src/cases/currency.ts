/** Currencies by ISO 4217. */
import { code as lookUp } from 'currency-codes'
import { remember } from '../remember.ts'

/** `X..` codes are metals, funds and test values; these four are money. */
const realX = new Set(['XAF', 'XCD', 'XOF', 'XPF'])

/** Number of decimals of a currency of ISO 4217; null when it is none. */
export const currencyDecimals = remember((currencyCode: string): number | null => {
  if (!/^[A-Z]{3}$/.test(currencyCode)) return null
  if (currencyCode.startsWith('X') && !realX.has(currencyCode)) return null
  return lookUp(currencyCode)?.digits ?? null
})
