import { type Answer, booksError } from './answer.ts'
import type { Organization, World } from './world.ts'
import { localDate, secondsToMidnight } from './zone-time.ts'

/** Limits per organization (contract 10.1); `'off'` still sends the headers, with a quota nobody reaches. */
export type Limits =
  | 'off'
  | {
      readonly perMinute: number
      readonly perDay: number
      readonly concurrent: number
      /** How long code 44 blocks after it was given; 0: only the sliding window counts. Zoho's value is not known. */
      readonly blockSeconds?: number
      /** Whether refused calls count too; not known, default no. */
      readonly countRefused?: boolean
    }

/** What one organization has used. */
export interface Meter {
  inFlight: number
  /** Times of the calls of the last 60 s, oldest first. */
  minute: number[]
  day: string
  usedToday: number
  blockedUntil: number
}

/** Limits of an organization on a paid plan (contract 10.1). */
export const realLimits: Limits = { perMinute: 100, perDay: 10_000, concurrent: 10 }

const OPEN_QUOTA = 1_000_000
const MINUTE = 60_000

/** A meter that has counted nothing. */
export const createMeter = (): Meter => ({ inFlight: 0, minute: [], day: '', usedToday: 0, blockedUntil: 0 })

/** The X-Rate-Limit headers: daily quota, what is left, and the SECONDS until the organization's midnight. */
export function rateLimitHeaders(world: World, organization: Organization): Record<string, string> {
  const { limits, clock } = world
  const limit = limits === 'off' ? OPEN_QUOTA : limits.perDay
  const remaining = limits === 'off' ? OPEN_QUOTA : Math.max(0, limits.perDay - organization.meter.usedToday)
  return {
    'X-Rate-Limit-Limit': String(limit),
    'X-Rate-Limit-Remaining': String(remaining),
    'X-Rate-Limit-Reset': String(secondsToMidnight(organization.zone, clock.now())),
  }
}

function refusal(
  world: World,
  organization: Organization,
  code: number,
  message: string,
  retrySeconds: number,
): Answer {
  return booksError(429, code, message, {
    ...(world.switches.rateLimitHeadersOn429 ? rateLimitHeaders(world, organization) : {}),
    ...(world.switches.retryAfter ? { 'Retry-After': String(Math.max(1, Math.ceil(retrySeconds))) } : {}),
  })
}

const minuteMessage =
  'For security reasons your organization has been blocked as it have exceeded the maximum number of requests per minute that can originate from an organization.'
const concurrencyMessage =
  'You have reached the maximum number of in process requests allowed. Kindly try again after some time.'

function roll(world: World, { meter, zone }: Organization): void {
  const now = world.clock.now()
  const today = localDate(zone, now)
  if (meter.day !== today) {
    meter.day = today
    meter.usedToday = 0
  }
  const firstCounted = meter.minute.findIndex((time) => time > now - MINUTE)
  meter.minute.splice(0, firstCounted < 0 ? meter.minute.length : firstCounted)
}

/** Takes a call into the organization's books of account, or answers 429 with 1070, 45 or 44 (contract 10.1). */
export function admit(world: World, organization: Organization): Answer | undefined {
  const { limits } = world
  const { meter } = organization
  if (limits === 'off') return undefined
  roll(world, organization)
  const now = world.clock.now()
  const reset = secondsToMidnight(organization.zone, now)
  const perDay = limits.perDay.toLocaleString('en-US')
  const dayMessage = `The API call for this organization has exceeded the maximum call rate limit of ${perDay}.`
  const answer =
    meter.inFlight >= limits.concurrent
      ? refusal(world, organization, 1070, concurrencyMessage, 5)
      : meter.usedToday >= limits.perDay
        ? refusal(world, organization, 45, dayMessage, reset)
        : meter.minute.length >= limits.perMinute || now < meter.blockedUntil
          ? refusal(world, organization, 44, minuteMessage, 60)
          : undefined
  if (answer && now >= meter.blockedUntil && meter.minute.length >= limits.perMinute) {
    meter.blockedUntil = now + (limits.blockSeconds ?? 0) * 1000
  }
  if (!answer || limits.countRefused) {
    meter.minute.push(now)
    meter.usedToday += 1
  }
  return answer
}
