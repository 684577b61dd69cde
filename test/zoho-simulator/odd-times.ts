import { z } from 'zod'
import { localTime } from './zone-time.ts'

const moment = z.union([z.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])

/** How a `last_modified_time` is shown instead of the true one. */
export const oddTime = z.union([
  /** Not there at all, or `""`. */
  z.enum(['missing', 'empty']),
  z.object({ at: moment }),
  /** From the true one. */
  z.object({ shiftSeconds: z.number() }),
  /** From the moment of the answer: always in the future, or always just past. */
  z.object({ fromNowSeconds: z.number() }),
  z.object({ text: z.string() }),
])

export type OddTime = z.output<typeof oddTime>

/** The moment that is meant, undefined when it is none. */
export function oddMoment(odd: OddTime, modifiedAt: number, now: number): number | undefined {
  if (typeof odd === 'string' || 'text' in odd) return undefined
  if ('at' in odd) return odd.at
  const exact = 'shiftSeconds' in odd ? modifiedAt + odd.shiftSeconds * 1000 : now + odd.fromNowSeconds * 1000
  return Math.floor(exact / 1000) * 1000
}

/** The text shown; undefined: the key is left out. */
export function oddTimeText(
  odd: OddTime,
  { zone, modifiedAt, now }: { zone: string; modifiedAt: number; now: number },
): string | undefined {
  if (odd === 'missing') return undefined
  if (odd === 'empty') return ''
  if ('text' in odd) return odd.text
  return localTime(zone, oddMoment(odd, modifiedAt, now) ?? modifiedAt)
}

/** How the `Date` header is sent instead of the true one. */
export const oddDate = z.union([
  z.literal('missing'),
  z.object({ at: moment }),
  z.object({ shiftSeconds: z.number() }),
  z.object({ text: z.string() }),
])

export type OddDate = z.output<typeof oddDate>

/** The header's text; undefined: no header. */
export function oddDateText(odd: OddDate, now: number): string | undefined {
  if (odd === 'missing') return undefined
  if ('text' in odd) return odd.text
  return new Date('at' in odd ? odd.at : now + odd.shiftSeconds * 1000).toUTCString()
}
