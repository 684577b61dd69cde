/** The client says what a claim is about, where the invoice does not say it well enough. */
import { z } from 'zod'
import { lockCase, setDescription } from '../../db/cases/cases.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { maxDescriptionLength } from '../eligibility/assess.ts'
import { evidenceOf } from '../eligibility/evidence.ts'
import { AppError } from '../errors.ts'
import { cleanText } from '../sync/map-invoice.ts'
import { invoiceOfCase } from './present-case.ts'
import type { CaseRequest } from './withdraw-case.ts'

/** A description as it comes from outside: its line breaks stay, other control characters do not. */
export const caseDescription = z
  .string()
  .overwrite((text) => cleanText(text.replace(/\r\n?/g, '\n')) ?? '')
  .min(1, 'Write a description.')
  .max(maxDescriptionLength, `At most ${maxDescriptionLength.toLocaleString('en')} characters.`)

/**
 * Adds or changes the description of a new case. What the case needs in writing, and has, follows by the policy of today; the proof
 * keeps what stood in the invoice. The same text again changes nothing.
 *
 * @throws AppError not_found, case_not_new
 */
export const describeCase = (
  ctx: Ctx,
  { clientId, subject, ip, caseId, description }: CaseRequest & { readonly description: string },
): Promise<void> =>
  ctx.db.transaction().execute(async (trx) => {
    const found = await lockCase(trx, clientId, caseId)
    if (found === undefined) throw new AppError('not_found')
    if (found.status !== 'pending_verification') throw new AppError('case_not_new')
    if (found.claim_description === description) return
    const invoice = { ...invoiceOfCase(found), claimDescription: description }
    await setDescription(trx, found, {
      description,
      evidence: evidenceOf(invoice, ctx.policy),
      actor: subject,
    })
    await audit(trx, {
      clientId,
      actor: subject,
      actorRole: 'client',
      action: 'case.description_changed',
      subjectType: 'case',
      subjectId: caseId,
      details: { reference: found.reference },
      ip,
    })
  })
