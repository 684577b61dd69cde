/** Small schemas that many routes share. */
import { z } from 'zod'

/** What nobody staged is an outcome of a command, not a malformed request. */
export const invoiceId = z.string().min(1).max(100).meta({ example: '982000000567114' })

export const zohoId = z
  .string()
  .regex(/^\d{1,30}$/, 'must be an id of Zoho: digits')
  .meta({ example: '982000000567114' })

export const isoTime = z.iso.datetime().meta({ example: '2026-06-10T12:00:00.000Z' })

export const time = (date: Date) => date.toISOString()
export const optionalTime = (date: Date | null) => date?.toISOString() ?? null
