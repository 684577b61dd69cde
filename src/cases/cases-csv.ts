/** The list of cases as CSV, as filtered and in its order. */
import type { Readable } from 'node:stream'
import type { CaseFilter, CaseSort } from '../../db/cases/portal-cases.repo.ts'
import type { Cursor } from '../../db/core/keyset-page.ts'
import type { Ctx } from '../context.ts'
import { csvOfPages, formulaSafe } from '../values/csv.ts'
import { listClientCases } from './get-case.ts'
import type { Case } from './present-case.ts'

const columns = [
  'reference',
  'status',
  'creditorReference',
  'debtorName',
  'date',
  'dueDate',
  'amountToRecover',
  'currencyCode',
  'invoiceState',
  'outstanding',
  'invoiceStateSince',
  'followedUntil',
  'createdAt',
  'createdBy',
  'zohoInvoiceId',
] as const

const pageSize = 500

const record = (one: Case): Record<(typeof columns)[number], string> => ({
  reference: one.reference,
  status: one.status,
  creditorReference: formulaSafe(one.creditorReference ?? ''),
  debtorName: formulaSafe(one.debtor.name ?? ''),
  date: one.date ?? '',
  dueDate: one.dueDate ?? '',
  // written by us from a number, so a minus is a minus
  amountToRecover: one.amountToRecover,
  currencyCode: formulaSafe(one.currencyCode ?? ''),
  invoiceState: one.invoiceState,
  outstanding: one.outstanding,
  invoiceStateSince: one.invoiceStateSince,
  followedUntil: one.followedUntil ?? '',
  createdAt: one.createdAt,
  createdBy: formulaSafe(one.createdBy),
  zohoInvoiceId: formulaSafe(one.zohoInvoiceId),
})

/** Streams all that match; page by page, each in a short transaction of its own. */
export const casesCsv = (
  ctx: Ctx,
  clientId: string,
  query: {
    readonly filter: CaseFilter
    readonly sort?: CaseSort | undefined
    readonly ascending?: boolean | undefined
  },
): Readable =>
  csvOfPages(
    columns,
    (cursor: Cursor | undefined) => listClientCases(ctx, clientId, { ...query, limit: pageSize, cursor }),
    record,
  )
