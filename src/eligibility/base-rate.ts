/** What amounts are worth in the currency of the organization, so that a list can order and filter them together. */
import type { RateSource } from '../../db/core/schema.ts'
import type { EligibilityPolicy } from './policy.ts'

export interface BaseRate {
  /** What one unit is worth in the organization's currency. Null: it is that currency, or nobody knows which that is. */
  readonly baseRate: string | null
  readonly baseRateSource: RateSource | null
}

const same: BaseRate = { baseRate: null, baseRateSource: null }
const unknown: BaseRate = { baseRate: '0', baseRateSource: 'none' }

/** Twelve digits are more than any rate has. */
const ratio = (base: string, own: string): string =>
  Number((Number(base) / Number(own)).toPrecision(12)).toFixed(12)

/**
 * Zoho's own rate of the invoice where it gave one (contract 6), else the ratio of the policy's reference amounts. A currency
 * that neither knows counts as nothing.
 */
export const baseRateOf = (
  {
    currencyCode,
    exchangeRate,
  }: { readonly currencyCode: string | null; readonly exchangeRate: string | null },
  baseCurrency: string | null,
  { usd100In }: Pick<EligibilityPolicy, 'usd100In'>,
): BaseRate => {
  if (baseCurrency === null || currencyCode === baseCurrency) return same
  if (exchangeRate !== null) return { baseRate: exchangeRate, baseRateSource: 'zoho' }
  const [base, own] = [usd100In[baseCurrency], currencyCode === null ? undefined : usd100In[currencyCode]]
  return base === undefined || own === undefined
    ? unknown
    : { baseRate: ratio(base, own), baseRateSource: 'policy' }
}
