import { type CaseDetail, getBalanceNow, getCase } from '../../../cases/get-case.ts'
import type { PresentedCaseEvent } from '../../../cases/present-case.ts'
import type { Ctx } from '../../../context.ts'
import { listCaseDocuments } from '../../../documents/get-documents.ts'
import { isAppError } from '../../../errors.ts'
import type { CaseView, HistoryView } from './case-page.tsx'
import { loadCase as words } from './words.tsx'

const auditWords: Readonly<Record<string, string>> = {
  'case_command.submitted': words.createCasesWasPressedThe,
  'case_command.completed': words.createCasesWasCompleted,
  'case_document.added': words.aDocumentWasAdded,
  'case_document.deleted': words.aDocumentWasDeleted,
}

/** What the events of the case say already is not told twice. */
const trailOf = ({ trail }: CaseDetail): readonly HistoryView[] =>
  trail.flatMap(({ at, actor, action }) => {
    const what = auditWords[action]
    return what === undefined ? [] : [{ at: new Date(at), what, who: actor }]
  })

const invoiceWords: Readonly<Record<PresentedCaseEvent['invoiceState'], string>> = {
  unpaid: words.unpaidAgainInZohoBooks,
  partly_paid: words.partlyPaidAfterTheCase,
  paid: words.paidAfterTheCaseWas,
  void: words.voidedInZohoBooksAfter,
  removed: words.deletedInZohoBooksAfter,
}

const eventOf =
  ({ reference, currencyCode }: CaseDetail) =>
  ({ type, at, actor, reason, invoiceState, outstanding }: PresentedCaseEvent): HistoryView => {
    const told = { at: new Date(at), who: actor }
    switch (type) {
      case 'created':
        return { ...told, what: words.caseCreated(reference) }
      case 'withdrawn':
        return { ...told, what: words.withdrawnLabel(reason ?? '') }
      case 'description_changed':
        return { ...told, what: words.theDescriptionWasChanged }
      case 'reinstated':
        return { ...told, what: words.reinstatedZohoBooksSaidAnew }
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
      what: words.zohoBooksConfirmedThatThe,
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
