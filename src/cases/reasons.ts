/** Reasons of an item's outcome that are no rule of eligibility. */
import type { Finding } from '../../db/core/schema.ts'
import { type ErrorCode, errorCatalogue } from '../errors.ts'

export const unknownInvoice: Finding = {
  code: 'unknown_invoice',
  message: 'This invoice is not among the unpaid invoices of your connected organization.',
}

export const anotherClientsCase: Finding = {
  code: 'already_a_case',
  message: 'Another client who connected the same organization has a case for this invoice.',
}

/** An error as the reason of an outcome: its code and what a client reads, without what we would do about it. */
export const failure = (code: ErrorCode): Finding => ({ code, message: errorCatalogue[code].message })
