/** The numbers of the token path, in seconds. */

/** An access token that lives longer than this is used as it is. */
export const freshSeconds = 300
/** When no new token is to be had, the old one still serves until so shortly before its end. */
export const lastResortSeconds = 30
/** Zoho mints 10 per refresh token and 10 minutes. Two are left for calls of killed workers, which went unrecorded. */
export const mintsPerTenMinutes = 8

const minute = 60

/** How long before its end a token is renewed on schedule: 5 to 15 minutes, spread so that a crowd does not come at once. */
export const refreshLeadSeconds = (random = Math.random()): number => freshSeconds + 10 * minute * random

/** Seconds from a mint to the scheduled refresh; a token that lives shorter than usual is renewed at half its life. */
export const nextRefreshSeconds = (expiresIn: number, random = Math.random()): number =>
  Math.max(expiresIn / 2, expiresIn - refreshLeadSeconds(random))

export type FailureKind = 'throttled' | 'our_fault' | 'unclear'

const pauses: Readonly<Record<FailureKind, { readonly first: number; readonly longest: number }>> = {
  // Retrying early lengthens the block (contract 3, limits).
  throttled: { first: 10 * minute, longest: 60 * minute },
  our_fault: { first: 5 * minute, longest: 60 * minute },
  unclear: { first: 5, longest: 10 * minute },
}

/** Seconds to leave the token endpoint alone after so many failures in a row (this one not counted), with jitter. */
export const pauseSeconds = (kind: FailureKind, failuresBefore: number, random = Math.random()): number => {
  const { first, longest } = pauses[kind]
  return Math.min(longest, first * 2 ** Math.min(failuresBefore, 20)) * (1 + random / 4)
}
