/** Small schemas that many routes share. */
import { z } from 'zod'

/** Text as people type it. NUL is refused: PostgreSQL has no place for it. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes('\0'), 'must not contain a NUL character')

export const zohoId = z
  .string()
  .regex(/^\d{1,30}$/, 'must be an id of Zoho: digits')
  .meta({ example: '982000000567114' })

export const isoTime = z.iso.datetime().meta({ example: '2026-06-10T12:00:00.000Z' })

export const time = (date: Date) => date.toISOString()
export const optionalTime = (date: Date | null) => date?.toISOString() ?? null
