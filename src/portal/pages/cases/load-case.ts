import { type CaseDetail, getBalanceNow, getCase } from '../../../cases/get-case.ts'
import type { PresentedCaseEvent } from '../../../cases/present-case.ts'
import type { Ctx } from '../../../context.ts'
import { listCaseDocuments } from '../../../documents/get-documents.ts'
import { isAppError } from '../../../errors.ts'
import type { CaseView, HistoryView } from './case-page.tsx'

const auditWords: Readonly<Record<string, string>> = {
  'case_command.submitted': 'Create Cases was pressed; the claim was confirmed as undisputed',
  'case_command.completed': 'Create Cases was completed',
  'case_document.added': 'A document was added',
  'case_document.deleted': 'A document was deleted',
}

/** What the events of the case say already is not told twice. */
const trailOf = ({ trail }: CaseDetail): readonly HistoryView[] =>
  trail.flatMap(({ at, actor, action }) => {
    const what = auditWords[action]
    return what === undefined ? [] : [{ at: new Date(at), what, who: actor }]
  })

const invoiceWords: Readonly<Record<PresentedCaseEvent['invoiceState'], string>> = {
  unpaid: 'Unpaid again in Zoho Books',
  partly_paid: 'Partly paid after the case was created',
  paid: 'Paid after the case was created',
  void: 'Voided in Zoho Books after the case was created',
  removed: 'Deleted in Zoho Books after the case was created',
}

const eventOf =
  ({ reference, currencyCode }: CaseDetail) =>
  ({ type, at, actor, reason, invoiceState, outstanding }: PresentedCaseEvent): HistoryView => {
    const told = { at: new Date(at), who: actor }
    switch (type) {
      case 'created':
        return { ...told, what: `Case ${reference} created` }
      case 'withdrawn':
        return { ...told, what: `Withdrawn: ${reason ?? ''}` }
      case 'description_changed':
        return { ...told, what: 'The description was changed' }
      case 'reinstated':
        return { ...told, what: 'Reinstated; Zoho Books said anew that the invoice was unpaid' }
      case 'invoice_changed':
        return {
          at: told.at,
          who: null,
          what: invoiceWords[invoiceState],
          left:
            invoiceState === 'partly_paid' || invoiceState === 'unpaid'
              ? { amount: outstanding, currencyCode }
              : undefined,
        }
    }
  }

/** Newest first: the audit trail together with what the case itself tells. */
const historyOf = (detail: CaseDetail): readonly HistoryView[] =>
  [
    ...trailOf(detail),
    ...detail.events.map(eventOf(detail)),
    {
      at: new Date(detail.provenAt),
      what: 'Zoho Books confirmed that the invoice was unpaid',
      who: null,
    },
  ].sort((a, b) => b.at.getTime() - a.at.getTime())

/** Asks Zoho; the case hears the answer. @returns why it could not be asked. */
const ask = async (ctx: Ctx, clientId: string, caseId: string): Promise<string | undefined> => {
  try {
    await getBalanceNow(ctx, { clientId, caseId })
    return undefined
  } catch (error) {
    if (!isAppError(error) || error.code === 'not_found') throw error
    return error.message
  }
}

/** A case with everything its page shows. @throws AppError not_found */
export const loadCase = async (
  ctx: Ctx,
  clientId: string,
  caseId: string,
  { askZoho }: { askZoho: boolean },
): Promise<CaseView> => {
  const problem = askZoho ? await ask(ctx, clientId, caseId) : undefined
  const [detail, documents] = await Promise.all([
    getCase(ctx, { clientId, caseId }),
    listCaseDocuments(ctx, { clientId, caseId }),
  ])
  return {
    ...detail,
    createdAt: new Date(detail.createdAt),
    proof: {
      provenAt: new Date(detail.provenAt),
      source: detail.proof.source,
      zohoStatus: detail.proof.zohoStatus,
      zohoModifiedAt: detail.proof.zohoModifiedAt === null ? null : new Date(detail.proof.zohoModifiedAt),
    },
    invoiceStateSince: new Date(detail.invoiceStateSince),
    invoiceAsOf: new Date(detail.invoiceAsOf),
    followedUntil: detail.followedUntil === null ? null : new Date(detail.followedUntil),
    documents: documents.map((one) => ({
      ...one,
      storedAt: one.storedAt === null ? null : new Date(one.storedAt),
      problem: one.problem?.message ?? null,
    })),
    problem,
    history: historyOf(detail),
  }
}
