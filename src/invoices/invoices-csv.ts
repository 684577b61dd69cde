/** The list of unpaid invoices as CSV, as filtered and in its order. */
import type { Readable } from 'node:stream'
import type { Ctx } from '../context.ts'
import { inSentences } from '../eligibility/finding-texts.ts'
import { csvOfPages, formulaSafe } from '../values/csv.ts'
import { type ListQuery, listClientInvoices } from './list-invoices.ts'
import type { PresentedInvoice } from './present-invoice.ts'

const columns = [
  'zohoInvoiceId',
  'creditorReference',
  'date',
  'dueDate',
  'daysOverdue',
  'amountToRecover',
  'currencyCode',
  'claimDescription',
  'debtorName',
  'debtorEmail',
  'debtorPhone',
  'debtorAddress',
  'debtorZipCode',
  'debtorCity',
  'debtorState',
  'debtorCountryAlpha2',
  'zohoStatus',
  'eligible',
  'blockers',
  'warnings',
  'caseReference',
  'zohoUrl',
] as const

const pageSize = 500

const text = (value: string | null) => formulaSafe(value ?? '')

const findings = (list: PresentedInvoice['blockers']) => formulaSafe(inSentences(list))

const record = (invoice: PresentedInvoice): Record<(typeof columns)[number], string> => ({
  zohoInvoiceId: text(invoice.zohoInvoiceId),
  creditorReference: text(invoice.creditorReference),
  date: invoice.date ?? '',
  dueDate: invoice.dueDate ?? '',
  daysOverdue: String(invoice.daysOverdue ?? ''),
  // written by us from a number, so a minus is a minus
  amountToRecover: invoice.amountToRecover,
  currencyCode: text(invoice.currencyCode),
  claimDescription: text(invoice.claimDescription),
  debtorName: text(invoice.debtor.name),
  debtorEmail: text(invoice.debtor.email),
  debtorPhone: text(invoice.debtor.phone),
  debtorAddress: text(invoice.debtor.address),
  debtorZipCode: text(invoice.debtor.zipCode),
  debtorCity: text(invoice.debtor.city),
  debtorState: text(invoice.debtor.state),
  debtorCountryAlpha2: text(invoice.debtor.countryAlpha2),
  zohoStatus: text(invoice.zohoStatus),
  eligible: invoice.eligible ? 'yes' : 'no',
  blockers: findings(invoice.blockers),
  warnings: findings(invoice.warnings),
  caseReference: invoice.caseReference ?? '',
  zohoUrl: text(invoice.zohoUrl),
})

/** Streams all that match; page by page, each in a short transaction of its own. */
export const invoicesCsv = (
  ctx: Ctx,
  clientId: string,
  query: Pick<ListQuery, 'filter' | 'sort' | 'order'>,
): Readable =>
  csvOfPages(
    columns,
    (cursor: string | undefined) => listClientInvoices(ctx, clientId, { ...query, limit: pageSize, cursor }),
    record,
  )
