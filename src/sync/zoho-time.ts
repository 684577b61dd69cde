/** Zoho's time for what we know, and never ours: watermarks and proofs rest on it. */
import type { AnswerFacts } from '../zoho/client.ts'

/** Late commits, clocks of several Zoho servers and the second's resolution all fit into this (contract 6.2). */
export const overlapMs = 5 * 60_000

/**
 * A moment of Zoho's clock that is surely not after the answer was computed: its `Date` header, which is written
 * when the answer leaves, less the time the request took.
 */
export const observedAt = ({ zohoTime }: AnswerFacts, requestMs: number): Date | null =>
  zohoTime === null ? null : new Date(zohoTime.getTime() - Math.ceil(Math.max(0, requestMs)))

/** Where an incremental list has to start so that nothing after `watermark` is missed. */
export const withOverlap = (watermark: Date): Date => new Date(watermark.getTime() - overlapMs)
