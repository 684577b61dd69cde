/** Classifies an answer of the Books API from status and code alone; texts vary by edition and language (contract 10.2). */
import { type AnswerFacts, AppError } from '../errors.ts'
import type { HttpAnswer } from './http.ts'
import { tryParseJson } from './json.ts'
import { envelope } from './schemas.ts'

const integerHeader = (headers: HttpAnswer['headers'], name: string): number | null => {
  const value = headers[name]
  return typeof value === 'string' && /^\d{1,12}$/.test(value.trim()) ? Number(value) : null
}

/** More requests a day than any plan of Zoho's has; Postgres' integers end above it. */
const maxRequestsOfADay = 1_000_000_000

/**
 * No header of Zoho's stops an organization for longer than this: an epoch in the place of seconds, or a proxy's idea of
 * a Retry-After, would stop it for decades. Afterwards Zoho is simply asked again.
 */
const maxRetryAfterSeconds = 3_600
const maxDayResetSeconds = 86_400

const atMost = (most: number, seconds: number | null): number | null =>
  seconds === null ? null : Math.min(most, seconds)

const limitHeaders = ['retry-after', 'x-rate-limit-limit', 'x-rate-limit-remaining', 'x-rate-limit-reset']
const shownLength = 60

/** The headers about limits, as an operator reads them. */
const writtenLimitHeaders = (headers: HttpAnswer['headers']): string =>
  limitHeaders
    .flatMap((name) => {
      const value = headers[name]
      return typeof value === 'string' ? [`${name}: ${value.slice(0, shownLength)}`] : []
    })
    .join(', ')

/** True when a header says something that is not taken at its word. */
const notBelieved = (headers: HttpAnswer['headers']): boolean =>
  limitHeaders.some((name) => {
    if (headers[name] === undefined || name === 'retry-after') return false
    const number = integerHeader(headers, name)
    return (
      number === null || number > (name === 'x-rate-limit-reset' ? maxDayResetSeconds : maxRequestsOfADay)
    )
  })

/** Headers of authenticated answers; Reset is in seconds, not an epoch (contract 10.1). */
export const readFacts = ({ status, headers }: HttpAnswer): AnswerFacts => {
  const time = headers.date === undefined ? Number.NaN : Date.parse(headers.date)
  const written = status >= 400 || notBelieved(headers) ? writtenLimitHeaders(headers) : ''
  return {
    zohoTime: Number.isNaN(time) ? null : new Date(time),
    dayLimit: atMost(maxRequestsOfADay, integerHeader(headers, 'x-rate-limit-limit')),
    dayRemaining: atMost(maxRequestsOfADay, integerHeader(headers, 'x-rate-limit-remaining')),
    dayResetSeconds: atMost(maxDayResetSeconds, integerHeader(headers, 'x-rate-limit-reset')),
    ...(written === '' ? {} : { limitHeaders: written }),
  }
}

/** 429 by code; an unknown one is treated as the minute limit, the most careful reading (contract 10.1). */
const limitByCode: Readonly<Record<number, 'zoho_day_limit' | 'zoho_concurrency_limit'>> = {
  45: 'zoho_day_limit',
  1070: 'zoho_concurrency_limit',
}

/**
 * Code of the catalogue for an answer that is no success. `zohoCode` is null without the JSON envelope: such a page is
 * not Books' answer, whatever its status, and says nothing about the request or the invoice. Only 401 and 429 count
 * all the same: a new token and a pause do no harm.
 */
export const classifyRefusal = (status: number, zohoCode: number | null) => {
  if (status === 401) return 'zoho_token_refused'
  if (status === 429) return limitByCode[zohoCode ?? 44] ?? 'zoho_minute_limit'
  if (zohoCode === null || status < 400 || status >= 500) return 'zoho_unavailable'
  if (status === 404 && zohoCode === 1002) return 'zoho_invoice_gone'
  if (status === 400 && zohoCode === 6041) return 'zoho_organization_gone'
  return 'zoho_request_invalid'
}

/** Seconds to wait, when Zoho says so; not documented, but honoured (contract 10.1). */
const retryAfterSeconds = ({ headers }: HttpAnswer, now: Date): number | null => {
  const value = headers['retry-after']
  if (value === undefined) return null
  const seconds = integerHeader(headers, 'retry-after')
  if (seconds !== null) return seconds
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now.getTime()) / 1000))
}

/**
 * The body of a success (2xx, JSON envelope, code 0).
 *
 * @throws AppError for everything else; a refusal has the answer's facts; `details` has httpStatus, zohoCode and retryAfterSeconds.
 */
export const readBooksBody = (answer: HttpAnswer, now: () => Date): unknown => {
  const { status, body } = answer
  const parsed = tryParseJson(body)
  const known = envelope.safeParse(parsed)
  const zohoCode = known.success ? known.data.code : null
  if (status >= 200 && status < 300) {
    if (zohoCode === 0) return parsed
    // JSON without a code is a shape we do not know; no JSON at all is a gateway's page or a cut connection.
    const code = parsed === undefined ? 'zoho_unavailable' : 'zoho_answer_invalid'
    throw new AppError(code, { details: { httpStatus: status, zohoCode } })
  }
  const seconds = atMost(maxRetryAfterSeconds, retryAfterSeconds(answer, now()))
  throw new AppError(classifyRefusal(status, zohoCode), {
    facts: { ...readFacts(answer), retryAfterSeconds: seconds },
    details: { httpStatus: status, zohoCode },
    ...(seconds !== null && { retryAt: new Date(now().getTime() + seconds * 1000) }),
  })
}
