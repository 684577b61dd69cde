/**
 * Dates and times as Zoho writes them: in the organization's zone, the offset without a colon (contract 6.3).
 * `Intl` costs microseconds per call, so an offset is looked up once per day and zone; only the days on which
 * the clocks change are looked up by the half hour.
 */
const DAY = 86_400_000
const HALF_HOUR = 1_800_000

const formats = new Map<string, Intl.DateTimeFormat>()
const offsets = new Map<string, Map<number, number>>()
const days = new Map<number, string>()
const pad = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'))

function lookUpOffset(zone: string, ms: number): number {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    formats.set(zone, format)
  }
  const name = format.formatToParts(ms).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0))
}

/** Minutes east of UTC in this zone at this moment. */
function offsetMinutes(zone: string, ms: number): number {
  let known = offsets.get(zone)
  if (!known) {
    known = new Map()
    offsets.set(zone, known)
  }
  const day = Math.floor(ms / DAY)
  const ofDay = known.get(day)
  if (ofDay !== undefined && !Number.isNaN(ofDay)) return ofDay
  if (ofDay === undefined) {
    const start = lookUpOffset(zone, day * DAY)
    const constant = start === lookUpOffset(zone, (day + 1) * DAY)
    known.set(day, constant ? start : Number.NaN)
    if (constant) return start
  }
  const slot = -1 - Math.floor(ms / HALF_HOUR)
  const ofSlot = known.get(slot) ?? lookUpOffset(zone, ms)
  known.set(slot, ofSlot)
  return ofSlot
}

/** `yyyy-mm-dd` of a day counted from 1970-01-01. */
export function dayText(day: number): string {
  let text = days.get(day)
  if (text === undefined) {
    text = new Date(day * DAY).toISOString().slice(0, 10)
    days.set(day, text)
  }
  return text
}

/** The day (counted from 1970-01-01) that `yyyy-mm-dd` names. */
export function dayOf(date: string): number {
  return Math.floor(Date.parse(`${date}T00:00:00Z`) / DAY)
}

/** The organization's calendar day at this moment, counted from 1970-01-01. */
export function localDay(zone: string, ms: number): number {
  return Math.floor((ms + offsetMinutes(zone, ms) * 60_000) / DAY)
}

/** The organization's date at this moment, `yyyy-mm-dd`. */
export function localDate(zone: string, ms: number): string {
  return dayText(localDay(zone, ms))
}

const minutesOfDay = Array.from({ length: 1440 }, (_, at) => `T${pad[Math.floor(at / 60)]}:${pad[at % 60]}:`)
const tails = new Map<number, string>()

/** `27+0200`: seconds and offset; there are only a few hundred of them. */
function tailText(second: number, offset: number): string {
  const key = offset * 60 + second
  let text = tails.get(key)
  if (text === undefined) {
    const east = Math.abs(offset)
    text = `${pad[second]}${offset < 0 ? '-' : '+'}${pad[Math.floor(east / 60)]}${pad[east % 60]}`
    tails.set(key, text)
  }
  return text
}

/** `2026-05-01T09:46:27+0200`: local time with an offset that has no colon. */
export function localTime(zone: string, ms: number): string {
  const offset = offsetMinutes(zone, ms)
  const local = ms + offset * 60_000
  const day = Math.floor(local / DAY)
  const seconds = Math.floor((local - day * DAY) / 1000)
  return dayText(day) + minutesOfDay[Math.floor(seconds / 60)] + tailText(seconds % 60, offset)
}

/** Seconds until the organization's next midnight: the value of `X-Rate-Limit-Reset` (contract 10.1). */
export function secondsToMidnight(zone: string, ms: number): number {
  const midnight = (localDay(zone, ms) + 1) * DAY
  const guess = midnight - offsetMinutes(zone, ms) * 60_000
  return Math.ceil((midnight - offsetMinutes(zone, guess) * 60_000 - ms) / 1000)
}
