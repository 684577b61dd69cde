/**
 * Zoho's time, for watermarks: they go back to Zoho as a filter. Which look is later, and whether one is later than a
 * command, is decided by the database's clock alone (`requestedAt` in call-books.ts).
 */
import type { AnswerFacts } from '../zoho/client.ts'

/** Late commits, clocks of several Zoho servers and the second's resolution all fit into this (contract 6.2). */
export const overlapMs = 5 * 60_000

/** A `Date` further ahead of the database's clock is a fault of some server and not believed. */
const mostAheadMs = 5 * 60_000

/** When a request was sent by the database's clock, and how long its answer took. */
export interface Asked {
  readonly requestedAt: Date
  readonly tookMs: number
}

/**
 * A moment of Zoho's clock that is surely not after the answer was computed: its `Date` header, which is written
 * when the answer leaves, less the time the request took. Null without a header that can be believed: one of 2099
 * would be a watermark for ever.
 */
export const observedAt = ({ zohoTime }: AnswerFacts, { requestedAt, tookMs }: Asked): Date | null => {
  const took = Math.ceil(Math.max(0, tookMs))
  if (zohoTime === null || zohoTime.getTime() > requestedAt.getTime() + took + mostAheadMs) return null
  return new Date(zohoTime.getTime() - took)
}

/** Where an incremental list has to start so that nothing after `watermark` is missed. */
export const withOverlap = (watermark: Date): Date => new Date(watermark.getTime() - overlapMs)
