/**
 * How values are written for one reader: money, numbers and dates in the locale of their browser, days and times in
 * the time zone of the organization. The words of a page stay English, so relative times do too.
 */

export interface Formatter {
  readonly locale: string
  readonly timeZone: string
  /** A decimal string, exact at any size. A code that is no currency is written behind the number. */
  readonly money: (amount: string, currencyCode: string | null) => string
  readonly count: (value: number) => string
  /** `yyyy-mm-dd` → a date. Anything else is given back as it is. */
  readonly day: (day: string) => string
  readonly moment: (at: Date) => string
  /** "3 minutes ago", "in 2 hours", "just now". */
  readonly relative: (at: Date) => string
}

const FALLBACK_LOCALE = 'en-GB'
const localeShape = /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$/

/**
 * The best locale of an `Accept-Language` header that we can format for. Extensions (`-u-nu-…`) are dropped: the
 * header comes from anywhere, and each locale kept costs memory.
 */
export const localeOf = (acceptLanguage: string | undefined): string => {
  const wanted = (acceptLanguage ?? '')
    .slice(0, 500)
    .split(',')
    .map((entry) => {
      const [tag = '', ...parameters] = entry.trim().split(';')
      const quality = parameters.map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1]).find(Boolean)
      return { tag, quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ tag, quality }) => localeShape.test(tag) && quality > 0)
    .sort((a, b) => b.quality - a.quality)
  for (const { tag } of wanted) {
    const [supported] = Intl.NumberFormat.supportedLocalesOf([tag])
    if (supported) return supported
  }
  return FALLBACK_LOCALE
}

const timeZoneOf = (timeZone: string | undefined): string => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timeZone ?? 'UTC' }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]
const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** Also the rule of `portal.js`, which keeps these words true while a page is open. */
export const relativeTime = (at: Date, now: Date): string => {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000)
  for (const [unit, size] of steps)
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit)
  return seconds > 0 ? 'in less than a minute' : 'just now'
}

const isDecimal = (text: string) => /^-?\d+(\.\d+)?$/.test(text)

type Shapes = Pick<Formatter, 'money' | 'count' | 'day' | 'moment'>

const shapesFor = (locale: string, timeZone: string): Shapes => {
  const currencies = new Map<string, Intl.NumberFormat | undefined>()
  const currencyFormat = (code: string) => {
    if (!currencies.has(code)) {
      const known = /^[A-Z]{3}$/.test(code)
      if (!known || currencies.size > 300) return undefined
      currencies.set(code, new Intl.NumberFormat(locale, { style: 'currency', currency: code }))
    }
    return currencies.get(code)
  }
  const numbers = new Intl.NumberFormat(locale)
  const plain = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 6 })
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  const moments = new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
    timeZoneName: 'short',
  })
  return {
    money: (amount, code) => {
      if (!isDecimal(amount)) return [amount, code].filter(Boolean).join(' ')
      // A string keeps every digit; the types of this library version know only numbers.
      const exact = amount as unknown as number
      const format = code === null ? undefined : currencyFormat(code)
      return format ? format.format(exact) : [plain.format(exact), code].filter(Boolean).join(' ')
    },
    count: (value) => numbers.format(value),
    day: (day) => (/^\d{4}-\d{2}-\d{2}$/.test(day) ? days.format(new Date(`${day}T00:00:00Z`)) : day),
    moment: (at) => moments.format(at),
  }
}

/** Intl objects cost some 50 µs each, so those of a locale and zone are kept; the number of both is bounded. */
const kept = new Map<string, Shapes>()

/** Builds the formatter of one request. */
export const createFormatter = ({
  acceptLanguage,
  timeZone,
  now,
}: {
  acceptLanguage?: string | undefined
  timeZone?: string | undefined
  now: Date
}): Formatter => {
  const locale = localeOf(acceptLanguage)
  const zone = timeZoneOf(timeZone)
  const key = `${locale} ${zone}`
  const shapes = kept.get(key) ?? shapesFor(locale, zone)
  if (kept.size >= 200) kept.clear()
  kept.set(key, shapes)
  return { locale, timeZone: zone, ...shapes, relative: (at) => relativeTime(at, now) }
}
