/** Reads an answer of the token endpoint. The body's `error` is looked at before the status (contract 3). */
import type { HttpAnswer } from './http.ts'
import { tryParseJson } from './json.ts'
import { type TokenAnswer, tokenAnswer } from './schemas.ts'

export type TokenVerdict =
  | { readonly verdict: 'token'; readonly token: TokenAnswer; readonly expiresIn: number }
  /** On a refresh: the grant is dead. On an exchange: the code was wrong, used or too old. */
  | { readonly verdict: 'invalid_code' }
  | { readonly verdict: 'our_fault'; readonly reason: string }
  | { readonly verdict: 'inconclusive'; readonly reason: string; readonly throttled: boolean }

const ourFaults = new Set(['invalid_client', 'invalid_client_secret', 'invalid_redirect_uri'])
const dayInSeconds = 86_400

const inconclusive = (reason: string, throttled = false): TokenVerdict => ({
  verdict: 'inconclusive',
  reason,
  throttled,
})

/** Seconds. Until 2019 `expires_in` was in milliseconds with the seconds beside it; more than a day is certainly ms. */
const lifetime = ({ expires_in: given, expires_in_sec: givenSeconds }: TokenAnswer): number => {
  const seconds = givenSeconds ?? given ?? 3600
  return Math.floor(seconds > dayInSeconds ? seconds / 1000 : seconds)
}

/**
 * The verdict on any answer. A dead grant needs the very word `invalid_code` from a server that works; the throttle is
 * recognised by shape, because its text is localised; everything unknown is inconclusive.
 */
export const judgeTokenAnswer = ({ status, body }: HttpAnswer): TokenVerdict => {
  const parsed = tryParseJson(body)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return inconclusive(`http_${status}_without_json`, status === 429)
  const { error, status: outcome } = parsed as { error?: unknown; status?: unknown }
  if (status >= 500) return inconclusive(`http_${status}`)
  if (error === 'invalid_code') return { verdict: 'invalid_code' }
  if (typeof error === 'string' && ourFaults.has(error)) return { verdict: 'our_fault', reason: error }
  if (outcome === 'failure' || status === 400 || status === 429) return inconclusive('throttled', true)
  if (error !== undefined) return inconclusive('unknown_error')
  if (status < 200 || status > 299) return inconclusive(`http_${status}`)
  const token = tokenAnswer.safeParse(parsed)
  if (!token.success) return inconclusive('unknown_shape')
  const expiresIn = lifetime(token.data)
  return expiresIn > 0 ? { verdict: 'token', token: token.data, expiresIn } : inconclusive('expires_at_once')
}
