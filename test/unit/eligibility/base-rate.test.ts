import { baseRateOf } from '../../../src/eligibility/base-rate.ts'

const policy = { usd100In: { USD: '100', EUR: '90', JPY: '15000' } }
const rateOf = (
  currencyCode: string | null,
  exchangeRate: string | null,
  baseCurrency: string | null = 'EUR',
) => baseRateOf({ currencyCode, exchangeRate }, baseCurrency, policy)

it('takes Zoho’s rate of the invoice before the reference amounts of the policy', () => {
  expect(rateOf('USD', '0.87')).toEqual({ baseRate: '0.87', baseRateSource: 'zoho' })
  expect(rateOf('USD', null)).toEqual({ baseRate: '0.900000000000', baseRateSource: 'policy' })
  expect(rateOf('JPY', null)).toEqual({ baseRate: '0.006000000000', baseRateSource: 'policy' })
})

it('needs none for the organization’s own currency, nor while that is not known', () => {
  expect(rateOf('EUR', '1')).toEqual({ baseRate: null, baseRateSource: null })
  expect(rateOf('USD', '0.87', null)).toEqual({ baseRate: null, baseRateSource: null })
})

it.each([['XTS'], [null]])(
  'counts %s as nothing when no rate is known, never as so many units',
  (currency) => {
    expect(rateOf(currency, null)).toEqual({ baseRate: '0', baseRateSource: 'none' })
  },
)
