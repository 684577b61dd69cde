import fc from 'fast-check'
import { mayHaveLostDigits, parseKeepingDigits } from '../../../src/zoho/json.ts'
import { isDay, readDecimal, readText, readTime, writeTime } from '../../../src/zoho/values.ts'

describe('amounts', () => {
  it.each([
    [135000.0, '135000'],
    ['135000.00', '135000'],
    [0.1, '0.1'],
    ['0.10', '0.1'],
    [-0.5, '-0.5'],
    [0, '0'],
    [-0, '0'],
    ['-0.00', '0'],
    ['007.50', '7.5'],
    ['1190.', '1190'],
    [1e21, '1000000000000000000000'],
    [1e-7, '0.0000001'],
    ['12345678901234567.89', '12345678901234567.89'],
  ])('reads %p as %s', (given, expected) => {
    expect(readDecimal(given)).toBe(expected)
  })

  it.each([
    '',
    ' ',
    'abc',
    '1,190.00',
    '1.2.3',
    '€5',
    '1e3',
    'NaN',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
  ])('does not take %p for an amount', (given) => {
    expect(readDecimal(given)).toBeNull()
  })

  it('keeps every digit of any amount that JSON can carry', () => {
    const amount = fc.tuple(fc.bigInt(0n, 10n ** 20n), fc.integer({ min: 0, max: 9999 }))
    fc.assert(
      fc.property(amount, ([whole, fraction]) => {
        const written = `${whole}.${String(fraction).padStart(4, '0')}`
        const text = `{"a":"x: ${written}","balance":${written}}`
        const naive = (JSON.parse(text) as { balance: number }).balance
        const parsed = (mayHaveLostDigits(naive) ? parseKeepingDigits(text) : JSON.parse(text)) as {
          a: string
          balance: string | number
        }
        expect(parsed.a).toBe(`x: ${written}`)
        const [givenWhole, givenFraction = ''] = (readDecimal(parsed.balance) ?? '').split('.')
        expect(givenWhole).toBe(String(whole))
        expect(givenFraction.padEnd(4, '0')).toBe(String(fraction).padStart(4, '0'))
      }),
    )
  })

  it('quotes long numbers only outside of strings', () => {
    const text = String.raw`{"id":123456789012345678,"note":"say \"123456789012345678\" or :123456789012345678,","list":[99999999999999.99,1]}`
    expect(parseKeepingDigits(text)).toEqual({
      id: '123456789012345678',
      note: 'say "123456789012345678" or :123456789012345678,',
      list: ['99999999999999.99', 1],
    })
  })
})

describe('text', () => {
  it.each([
    ['', null],
    [' ', null],
    [null, null],
    [undefined, null],
    [' Müller ', 'Müller'],
    [10115, '10115'],
    ['a\u0000b', 'ab'],
    ['\u0000', null],
    ['a\ud800b', 'a\ufffdb'],
    ['😀', '😀'],
  ])('reads %p as %p', (given, expected) => {
    expect(readText(given)).toBe(expected)
  })
})

describe('days and times', () => {
  it.each(['2026-02-28', '2024-02-29', '2000-02-29', '2026-12-31'])('%s is a day', (day) => {
    expect(isDay(day)).toBe(true)
  })

  it.each(['2026-02-29', '1900-02-29', '2026-13-01', '2026-00-10', '2026-04-31', '0000-01-01', '26-1-1', ''])(
    '%p is none',
    (day) => {
      expect(isDay(day)).toBe(false)
    },
  )

  it.each([
    ['2026-05-20T13:15:36+0200', '2026-05-20T11:15:36.000Z'],
    ['2026-05-20T13:15:36-0400', '2026-05-20T17:15:36.000Z'],
    ['2026-05-20T13:15:36+0530', '2026-05-20T07:45:36.000Z'],
    ['2026-05-20T13:15:36+02:00', '2026-05-20T11:15:36.000Z'],
    ['2026-05-20T13:15:36Z', '2026-05-20T13:15:36.000Z'],
  ])('reads the time %s', (given, expected) => {
    expect(readTime(given)?.toISOString()).toBe(expected)
  })

  it.each(['', '2026-05-20', '20 May 2026', '2026-99-20T13:15:36+0200'])(
    'does not take %p for a time',
    (given) => {
      expect(readTime(given)).toBeNull()
    },
  )

  it('writes a time as the filter wants it: no Z, no fraction, no colon', () => {
    expect(writeTime(new Date('2026-05-20T11:15:36.789Z'))).toBe('2026-05-20T11:15:36+0000')
  })
})
