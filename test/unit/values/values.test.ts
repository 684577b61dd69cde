import fc from 'fast-check'
import { randomReference } from '../../../src/cases/reference.ts'
import { requestHash } from '../../../src/cases/selection.ts'
import { addDays, addMonths, daysBetween, todayIn } from '../../../src/values/day.ts'
import { currencyDecimals, scaled, toFixedDecimals } from '../../../src/values/money.ts'
import { usState } from '../../../src/values/us-state.ts'

describe('money', () => {
  it.each([
    ['690', 2, '690.00'],
    ['690.005', 2, '690.01'],
    ['15000', 0, '15000'],
    ['0.5', 0, '1'],
    ['30.9994', 3, '30.999'],
    ['-0.004', 2, '0.00'],
    ['-12.345', 2, '-12.35'],
    ['99999999999999999999.99', 2, '99999999999999999999.99'],
  ])('%s with %i decimals is %s', (amount, digits, shown) => {
    expect(toFixedDecimals(amount, digits)).toBe(shown)
  })

  it('is never touched when it has the right number of decimals', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.constantFrom(0, 2, 3, 4), (units, digits) => {
        const padded = units.toString().padStart(digits + 1, '0')
        const amount = digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`
        expect(toFixedDecimals(amount, digits)).toBe(amount)
      }),
    )
  })

  it('refuses what is no number', () => {
    for (const text of ['', '1e5', '1,000', 'NaN', '.5']) expect(() => scaled(text)).toThrow(RangeError)
  })

  it.each([
    ['JPY', 0],
    ['KWD', 3],
    ['EUR', 2],
    ['XOF', 0],
    ['XXX', null],
    ['eur', null],
    ['', null],
  ])('%s has %s decimals', (code, decimals) => {
    expect(currencyDecimals(code)).toBe(decimals)
  })
})

describe('days', () => {
  it('add up over months and leap years', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29')
    expect(addMonths('2024-02-29', 24)).toBe('2026-02-28')
    expect(addMonths('2025-08-31', 1)).toBe('2025-09-30')
    expect(addMonths('2025-12-15', 1)).toBe('2026-01-15')
    expect(daysBetween('2026-05-01', '2026-06-10')).toBe(40)
  })

  it('are those of the organization', () => {
    const now = new Date('2026-06-10T23:30:00Z')
    expect(todayIn('Europe/Berlin', now)).toBe('2026-06-11')
    expect(todayIn('America/New_York', now)).toBe('2026-06-10')
    expect(todayIn('Nowhere/Land', now)).toBe('2026-06-10')
  })
})

it.each([
  ['CA', 'CA'],
  ['us-ny', 'NY'],
  ['New York', 'NY'],
  ['District of Columbia', 'DC'],
  ['Washington, D.C.', 'DC'],
  ['Puerto Rico', 'PR'],
  ['Bavaria', null],
  ['', null],
])('state %s is %s', (written, state) => {
  expect(usState(written)).toBe(state)
})

it('a reference has eight characters that nobody mixes up', () => {
  for (let i = 0; i < 1000; i += 1) expect(randomReference()).toMatch(/^[34679ACDEFGHJKMNPQRTVWXY]{8}$/)
})

it('the same order has the same hash in whatever sequence', () => {
  expect(requestHash({ zohoInvoiceIds: ['1', '2'] }, [])).toBe(
    requestHash({ zohoInvoiceIds: ['2', '1'] }, []),
  )
  expect(requestHash({ zohoInvoiceIds: ['1'] }, [])).not.toBe(requestHash({ zohoInvoiceIds: ['1'] }, ['1']))
  expect(requestHash({ filter: { q: 'a' } }, [])).not.toBe(requestHash({ filter: { q: 'b' } }, []))
})
