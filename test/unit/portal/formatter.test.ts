import fc from 'fast-check'
import { createFormatter, localeOf, relativeTime } from '../../../src/portal/components/formatter.ts'

const now = new Date('2026-03-18T09:30:00Z')
const format = (acceptLanguage?: string, timeZone = 'Europe/Copenhagen') =>
  createFormatter({ acceptLanguage, timeZone, now })
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ')

describe('the locale of a reader', () => {
  it.each([
    ['de-DE,de;q=0.9,en;q=0.8', 'de-DE'],
    ['da', 'da'],
    ['en;q=0.2, fr-CA;q=0.9', 'fr-CA'],
    ['zh-Hant-TW', 'zh-Hant-TW'],
    ['xx-nonsense, *', 'en-GB'],
    ['de-DE-u-nu-thai', 'en-GB'],
    ['', 'en-GB'],
    [undefined, 'en-GB'],
    ['fr;q=0', 'en-GB'],
  ])('%s → %s', (header, locale) => {
    expect(localeOf(header)).toBe(locale)
  })

  it('never fails, whatever the header holds', () => {
    fc.assert(fc.property(fc.string(), (header) => typeof localeOf(header) === 'string'))
  })
})

describe('money', () => {
  it.each([
    ['en-US', '1234.5', 'USD', '$1,234.50'],
    ['de-DE', '1234.50', 'EUR', '1.234,50 €'],
    ['en-GB', '5000', 'JPY', 'JP¥5,000'],
    ['en-GB', '12.345', 'KWD', 'KWD 12.345'],
    ['en-GB', '-3.20', 'EUR', '-€3.20'],
  ])('%s: %s %s is %s', (locale, amount, code, text) => {
    expect(plain(format(locale).money(amount, code))).toBe(text)
  })

  it('keeps every digit of an amount that no number could hold', () => {
    expect(format('en-GB').money('90071992547409931.25', 'EUR')).toBe('€90,071,992,547,409,931.25')
  })

  it('writes what is no currency behind the number', () => {
    expect(plain(format('en-GB').money('690', 'euro'))).toBe('690.00 euro')
    expect(format('en-GB').money('690', null)).toBe('690.00')
    expect(format('en-GB').money('n/a', 'EUR')).toBe('n/a EUR')
  })
})

describe('days and moments', () => {
  it('a day is never moved by a time zone', () => {
    expect(format('en-GB', 'Pacific/Kiritimati').day('2026-01-31')).toBe('31 Jan 2026')
    expect(format('de-DE', 'America/Los_Angeles').day('2026-01-31')).toBe('31.01.2026')
  })

  it('a moment is told in the organization’s time, with its zone', () => {
    expect(format('en-GB').moment(now)).toBe('18 Mar 2026, 10:30 CET')
  })

  it('an unknown time zone is no reason to fail', () => {
    expect(format('en-GB', 'Mars/Olympus').moment(now)).toContain('09:30')
  })
})

describe('relative time', () => {
  const at = (seconds: number) => relativeTime(new Date(now.getTime() + seconds * 1000), now)

  it.each([
    [0, 'just now'],
    [-59, 'just now'],
    [-60, '1 minute ago'],
    [-3599, '59 minutes ago'],
    [-7200, '2 hours ago'],
    [-86_400, 'yesterday'],
    [30, 'in less than a minute'],
    [600, 'in 10 minutes'],
    [3 * 86_400, 'in 3 days'],
  ])('%d s → %s', (seconds, text) => {
    expect(at(seconds)).toBe(text)
  })
})
