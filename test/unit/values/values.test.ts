import fc from 'fast-check'
import { randomReference } from '../../../src/cases/reference.ts'
import { requestHash } from '../../../src/cases/selection.ts'
import { addDays, addMonths, daysBetween, earliestToday, todayIn } from '../../../src/values/day.ts'
import { memoize } from '../../../src/values/memoize.ts'
import {
  addAmounts,
  currencyDecimals,
  presentAmount,
  scaled,
  toFixedDecimals,
  typedAmount,
} from '../../../src/values/money.ts'
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

describe('sums', () => {
  it.each([
    [undefined, '5.00', '5.00'],
    ['1.5', '2.25', '3.75'],
    ['0.005', '0.01', '0.015'],
    ['10', '5', '15'],
    ['10', '-12.50', '-2.50'],
    ['-1.00', '1.00', '0.00'],
    ['0', '0', '0'],
    ['99999999999999999999.99', '0.01', '100000000000000000000.00'],
  ])('%s and %s are %s', (one, other, sum) => expect(addAmounts(one, other)).toBe(sum))

  it('an amount is shown with the decimals of its currency, with two where that is not known', () => {
    expect(presentAmount('690', 'KWD')).toBe('690.000')
    expect(presentAmount('690.4', 'JPY')).toBe('690')
    expect(presentAmount('690', 'XXX')).toBe('690.00')
    expect(presentAmount('690', null)).toBe('690.00')
  })

  it.each([
    ['1 000,50', '1000.50'],
    ['1.000,50', '1000.50'],
    ['1,000.50', '1000.50'],
    ['1.000', '1.000'],
    ['12,5', '12.5'],
    ['1’000', '1000'],
    ['a lot', undefined],
    ['-5', undefined],
  ])('%s as somebody types it is %s', (typed, amount) => expect(typedAmount(typed)).toBe(amount))

  it('blanks around a number and decimals beyond the twelfth change nothing', () => {
    expect(scaled(' 5.5 ')).toBe(scaled('5.5'))
    expect(scaled('0.1234567890129')).toBe(scaled('0.123456789012'))
  })

  it('a code of the pattern of one is none, and metals are no money', () => {
    expect(currencyDecimals('QQQ')).toBeNull()
    expect(currencyDecimals('XAU')).toBeNull()
    expect(currencyDecimals('MXN')).toBe(2)
  })
})

describe('a function that remembers', () => {
  const counted = () => {
    const asked: number[] = []
    const twice = memoize((value: number) => {
      asked.push(value)
      return value * 2
    })
    return { asked, twice }
  }

  it('calculates once what it is asked twice', () => {
    const { asked, twice } = counted()
    expect([twice(2), twice(3), twice(2)]).toEqual([4, 6, 4])
    expect(asked).toEqual([2, 3])
  })

  it('forgets all when it knows too much, and not before', () => {
    const { asked, twice } = counted()
    for (let value = 0; value < 5_000; value += 1) twice(value)
    twice(0)
    expect(asked).toHaveLength(5_000)
    twice(5_000)
    twice(0)
    expect(asked).toHaveLength(5_002)
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
    expect(todayIn('Nowhere/Land', new Date('2026-06-10T00:30:00Z'))).toBe('2026-06-10')
  })

  it('are the earliest on Earth twelve hours behind UTC', () => {
    expect(earliestToday(new Date('2026-06-10T11:59:59Z'))).toBe('2026-06-09')
    expect(earliestToday(new Date('2026-06-10T12:00:00Z'))).toBe('2026-06-10')
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
  [null, null],
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
