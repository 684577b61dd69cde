/** Reasons of an item's outcome that are no rule of eligibility. */
import type { Finding } from '../../db/core/schema.ts'
import { finding } from '../eligibility/finding-texts.ts'
import type { ErrorCode } from '../errors.ts'

export const unknownInvoice = finding('unknown_invoice')

export const anotherClientsCase = finding('already_a_case')

/** An error as the reason of an outcome. */
export const failure = (code: ErrorCode): Finding => ({ code })
