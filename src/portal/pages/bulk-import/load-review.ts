import { randomUUID } from 'node:crypto'
import { asPortalReader } from '../../../../db/core/database.ts'
import { findInvoice } from '../../../../db/invoices/portal-invoices.repo.ts'
import { findPortalConnection } from '../../../../db/portal/portal-connection.repo.ts'
import { previewCommand } from '../../../cases/preview-command.ts'
import { type Selection, selectionFilterSchema } from '../../../cases/selection.ts'
import type { Ctx } from '../../../context.ts'
import type { FilterOfSelection } from '../../../invoices/invoice-filter.ts'
import {
  countClientWarnings,
  listClientInvoices,
  listUntypedDebtors,
} from '../../../invoices/list-invoices.ts'
import { presentAmount } from '../../../values/money.ts'
import type { ConnectionView } from '../integrations/connection-view.ts'
import { loadConnection } from '../integrations/load-connection.ts'
import { exceptionsOf, filterOf, listHref, listParameters, parseIds, parseListQuery } from './list-query.ts'
import type { PaymentInProgressView, ReviewView } from './review-page.tsx'

/** Invoices with a payment under way that the page names one by one. */
const NAMED = 25
/** Debtors whose type is asked for at once. */
const ASKED = 10
/** Rows of a page. */
const ROWS = 50
/** Also the rule of `selection.js`: more ids than this are sent in a body. */
const MOST_IN_ADDRESS = 100

export interface Draft {
  readonly selection: Selection
  /** The selection again, as fields of a form. */
  readonly fields: Readonly<Record<string, string>>
  readonly back: string
}

/** What a form or an address of the list selects: ids, or all eligible that match. */
export const draftOf = (given: unknown): Draft => {
  const query = parseListQuery(given)
  const all = query.select === 'all'
  const fields = (given ?? {}) as { ids?: unknown; remove?: unknown }
  const [removed] = parseIds(fields.remove)
  const ids = all ? [] : parseIds(fields.ids).filter((id) => id !== removed)
  const except = all ? [...exceptionsOf(given, query), ...(removed === undefined ? [] : [removed])] : []
  return {
    selection: all
      ? { filter: { ...filterOf(query), eligibility: 'eligible', except: [...except] } }
      : { zohoInvoiceIds: ids },
    fields: {
      ...listParameters({
        ...query,
        cursor: undefined,
        at: undefined,
        except: except.join(',') || undefined,
      }),
      ...(all ? {} : { ids: ids.join(',') }),
    },
    back: listHref(query, all ? { select: 'all', except: except.join(',') || undefined } : {}),
  }
}

const named = (ctx: Ctx, clientId: string, ids: readonly string[]): Promise<PaymentInProgressView[]> =>
  asPortalReader(ctx.db, clientId, async (trx) => {
    const connection = await findPortalConnection(trx)
    const found: PaymentInProgressView[] = []
    for (const zohoInvoiceId of connection ? ids.slice(0, NAMED) : []) {
      const row = connection && (await findInvoice(trx, { connectionId: connection.id, zohoInvoiceId }))
      if (row)
        found.push({
          zohoInvoiceId,
          creditorReference: row.creditor_reference,
          debtorName: row.debtor_name,
          amount: presentAmount(row.amount_to_recover, row.currency_code),
          currencyCode: row.currency_code,
        })
    }
    return found
  })

/** The page says of all of them that their copies will be attached. */
const toMind = ({ code }: { readonly code: string }) => code !== 'evidence_needed'

const nothing = (draft: Draft, connection: ConnectionView): ReviewView => ({
  connection,
  rows: [],
  pager: { previous: null, next: null },
  warnings: [],
  untypedDebtors: [],
  moreUntyped: false,
  isLong: false,
  selected: 0,
  create: { count: 0, sums: [] },
  duplicates: 0,
  notCreated: [],
  paymentInProgress: [],
  moreInProgress: 0,
  fields: {},
  back: draft.back,
  problem: undefined,
})

/** What the draft would come to, as things stand. The key makes a second press of the button the same draft. */
export const loadReview = async (
  ctx: Ctx,
  clientId: string,
  draft: Draft,
  {
    problem,
    key = randomUUID(),
    cursor,
  }: { problem?: string | undefined; key?: string | undefined; cursor?: string | undefined } = {},
): Promise<ReviewView> => {
  const { selection } = draft
  const connection = await loadConnection(ctx, clientId)
  if ('zohoInvoiceIds' in selection && selection.zohoInvoiceIds.length === 0)
    return nothing(draft, connection)
  const filter: FilterOfSelection =
    'filter' in selection
      ? { ...selectionFilterSchema.parse(selection.filter), notHeld: true }
      : { only: selection.zohoInvoiceIds, eligibility: 'eligible', notHeld: true }
  const [preview, list, warnings, untyped] = await Promise.all([
    previewCommand(ctx, { clientId, selection }),
    listClientInvoices(ctx, clientId, { filter, sort: 'amount', order: 'desc', limit: ROWS, cursor }),
    countClientWarnings(ctx, clientId, filter),
    listUntypedDebtors(ctx, clientId, filter, ASKED + 1),
  ])
  const held = preview.paymentInProgress
  const paymentInProgress = held.length === 0 ? [] : await named(ctx, clientId, held)
  return {
    connection,
    rows: list.items.map((row) => ({ ...row, warnings: row.warnings.filter(toMind) })),
    pager: { previous: list.previous, next: list.next },
    warnings: warnings.filter(toMind),
    untypedDebtors: untyped.slice(0, ASKED),
    moreUntyped: untyped.length > ASKED,
    isLong: 'zohoInvoiceIds' in selection && selection.zohoInvoiceIds.length > MOST_IN_ADDRESS,
    selected: preview.counts.total,
    create: { count: preview.counts.created, sums: preview.sums, value: preview.value ?? undefined },
    duplicates: preview.counts.duplicate,
    notCreated: preview.reasons.filter(({ code }) => code !== 'already_a_case'),
    paymentInProgress,
    moreInProgress: held.length - paymentInProgress.length,
    fields: { ...draft.fields, idempotencyKey: key },
    back: draft.back,
    problem,
  }
}
