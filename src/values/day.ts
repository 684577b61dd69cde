/** Calendar days as `yyyy-mm-dd` strings, without time zones; they compare like strings. */

const utc = (day: string) => new Date(`${day}T00:00:00Z`)
const text = (date: Date) => date.toISOString().slice(0, 10)

export const addDays = (day: string, days: number): string => {
  if (days === 0) return day
  const date = utc(day)
  date.setUTCDate(date.getUTCDate() + days)
  return text(date)
}

/** Same day of a later month, or its last day when it is shorter (as Postgres does). */
export const addMonths = (day: string, months: number): string => {
  const date = utc(day)
  const dayOfMonth = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months + 1)
  date.setUTCDate(0)
  date.setUTCDate(Math.min(dayOfMonth, date.getUTCDate()))
  return text(date)
}

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((utc(to).getTime() - utc(from).getTime()) / 86_400_000)

/** Today where it is earliest on Earth (UTC−12): what ended by this day has ended for every organization. */
export const earliestToday = (now: Date): string => text(new Date(now.getTime() - 12 * 3_600_000))

const formats = new Map<string, Intl.DateTimeFormat>()

/** Today where the organization is; an unknown time zone counts as UTC. */
export const todayIn = (timeZone: string, now: Date): string => {
  let format = formats.get(timeZone)
  if (format === undefined) {
    const options = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
    try {
      format = new Intl.DateTimeFormat('en-CA', { ...options, timeZone })
    } catch {
      format = new Intl.DateTimeFormat('en-CA', { ...options, timeZone: 'UTC' })
    }
    formats.set(timeZone, format)
  }
  return format.format(now)
}
