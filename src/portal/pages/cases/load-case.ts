import { type BalanceNow, type CaseDetail, getBalanceNow, getCase } from '../../../cases/get-case.ts'
import type { Ctx } from '../../../context.ts'
import { isAppError } from '../../../errors.ts'
import { loadConnection } from '../integrations/load-connection.ts'
import type { CaseView, HistoryView, SourceView } from './case-page.tsx'

const words: Readonly<Record<string, string>> = {
  'case_command.submitted': 'Ordered; the claim was confirmed as undisputed',
  'case_command.completed': 'The order was completed',
}

const trailOf = ({ trail }: CaseDetail): readonly HistoryView[] =>
  trail.map(({ at, actor, action }) => ({
    at: new Date(at),
    what: words[action] ?? action.replaceAll(/[._]/g, ' '),
    who: actor === 'system' ? null : actor,
  }))

/** Newest first: the audit trail together with what the case itself tells. */
const historyOf = (detail: CaseDetail): readonly HistoryView[] =>
  [
    ...trailOf(detail),
    {
      at: new Date(detail.provenAt),
      what: 'Zoho Books confirmed that the invoice was unpaid',
      who: null,
    },
    { at: new Date(detail.createdAt), what: `Case ${detail.reference} created`, who: detail.createdBy },
  ].sort((a, b) => b.at.getTime() - a.at.getTime())

type Source = Pick<SourceView, 'state' | 'amount' | 'currencyCode' | 'asOf' | 'problem'>

const staged = async (ctx: Ctx, clientId: string, { now, currencyCode }: CaseDetail): Promise<Source> => {
  if (now === null) return { state: 'unknown', amount: null, currencyCode, asOf: null, problem: undefined }
  const { lastSyncedAt } = await loadConnection(ctx, clientId)
  return {
    state: now.state,
    amount: now.amountToRecover,
    currencyCode,
    asOf: lastSyncedAt,
    problem: undefined,
  }
}

const notOwed = new Set(['paid', 'void'] as const)
const stateOf = (zohoStatus: string): SourceView['state'] =>
  (notOwed as ReadonlySet<string>).has(zohoStatus) ? (zohoStatus as 'paid' | 'void') : 'open'

const fresh = (balance: BalanceNow, currencyCode: string): Source =>
  balance.state === 'removed'
    ? { state: 'removed', amount: null, currencyCode, asOf: new Date(balance.readAt), problem: undefined }
    : {
        state: stateOf(balance.zohoStatus),
        amount: balance.balance,
        currencyCode: balance.currencyCode,
        asOf: new Date(balance.readAt),
        problem: undefined,
      }

/** What Zoho says at this moment; what we know anyway when it cannot be asked. */
const askedNow = async (ctx: Ctx, clientId: string, detail: CaseDetail): Promise<Source> => {
  try {
    return fresh(await getBalanceNow(ctx, { clientId, caseId: detail.id }), detail.currencyCode)
  } catch (error) {
    if (!isAppError(error)) throw error
    return { ...(await staged(ctx, clientId, detail)), problem: error.message }
  }
}

/** A case with everything its page shows. @throws AppError not_found */
export const loadCase = async (
  ctx: Ctx,
  clientId: string,
  caseId: string,
  { askZoho }: { askZoho: boolean },
): Promise<CaseView> => {
  const detail = await getCase(ctx, { clientId, caseId })
  const source = await (askZoho ? askedNow : staged)(ctx, clientId, detail)
  return {
    ...detail,
    createdAt: new Date(detail.createdAt),
    proof: {
      provenAt: new Date(detail.provenAt),
      source: detail.proof.source,
      zohoStatus: detail.proof.zohoStatus,
      zohoModifiedAt: detail.proof.zohoModifiedAt === null ? null : new Date(detail.proof.zohoModifiedAt),
    },
    source: { ...source, zohoUrl: detail.zohoUrl, zohoInvoiceId: detail.zohoInvoiceId },
    history: historyOf(detail),
  }
}
