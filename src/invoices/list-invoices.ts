/** The staged invoices of a client as the portal and the API list them. All reads are limited to the client. */
import { asPortalReader, type Trx } from '../../db/core/database.ts'
import type { PortalConnection, RateSource } from '../../db/core/schema.ts'
import {
  countFindings,
  findInvoice,
  findUntypedDebtors,
  type InvoiceSort,
  listInvoices,
  type Order,
  summariseInvoices,
  type UntypedDebtor,
} from '../../db/invoices/portal-invoices.repo.ts'
import { findPortalConnection } from '../../db/portal/portal-connection.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import { todayIn } from '../values/day.ts'
import { addAmounts, presentAmount } from '../values/money.ts'
import { decodeInvoiceCursor, encodeInvoiceCursor } from './cursor.ts'
import { findingTitle } from './finding-title.ts'
import { type FilterOfSelection, filterOn, type InvoiceFilter } from './invoice-filter.ts'
import { invoiceLinks } from './links.ts'
import { type PresentedInvoice, presentInvoice } from './present-invoice.ts'

export interface ListQuery {
  readonly filter: FilterOfSelection
  readonly sort?: InvoiceSort | undefined
  readonly order?: Order | undefined
  /** 1 to 200, default 50. */
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

export interface InvoiceList {
  readonly items: readonly PresentedInvoice[]
  readonly next: string | null
  readonly previous: string | null
}

const todayOf = (ctx: Ctx, connection: PortalConnection) =>
  todayIn(connection.organization_time_zone, ctx.clock.now())

const read = <T>(
  ctx: Ctx,
  clientId: string,
  use: (trx: Trx, connection: PortalConnection) => Promise<T>,
): Promise<T | undefined> =>
  asPortalReader(ctx.db, clientId, async (trx) => {
    const connection = await findPortalConnection(trx)
    return connection === undefined ? undefined : use(trx, connection)
  })

/**
 * One page; empty while nothing is connected.
 *
 * @throws AppError invalid_request for a cursor that is not of this list.
 */
export const listClientInvoices = async (
  ctx: Ctx,
  clientId: string,
  { filter, sort = 'dueDate', order = 'asc', limit = 50, cursor }: ListQuery,
): Promise<InvoiceList> => {
  const place = decodeInvoiceCursor(cursor, { sort, order })
  const list = await read(ctx, clientId, async (trx, connection) => {
    const today = todayOf(ctx, connection)
    const page = await listInvoices(trx, {
      connectionId: connection.id,
      today,
      filter: filterOn(filter, today, ctx.policy),
      sort,
      order,
      limit,
      cursor: place,
    })
    const links = invoiceLinks(ctx.zoho, connection)
    return {
      items: page.rows.map((row) => presentInvoice(row, { today, links })),
      next: encodeInvoiceCursor(page.next, { sort, order }),
      previous: encodeInvoiceCursor(page.previous, { sort, order }),
    }
  })
  return list ?? { items: [], next: null, previous: null }
}

/** @throws AppError not_found */
export const getClientInvoice = async (
  ctx: Ctx,
  clientId: string,
  zohoInvoiceId: string,
): Promise<PresentedInvoice> => {
  const invoice = await read(ctx, clientId, async (trx, connection) => {
    const row = await findInvoice(trx, { connectionId: connection.id, zohoInvoiceId })
    if (row === undefined) return undefined
    return presentInvoice(row, {
      today: todayOf(ctx, connection),
      links: invoiceLinks(ctx.zoho, connection),
    })
  })
  if (invoice === undefined) throw new AppError('not_found')
  return invoice
}

export interface InvoiceSummary {
  readonly total: number
  /** All currencies together, in the organization's; null while that is not known. */
  readonly value: {
    readonly currencyCode: string
    readonly all: string
    readonly eligible: string
    readonly case: string
    readonly blocked: string
    /** Which rates it took. */
    readonly rateSources: readonly RateSource[]
    /** Of the policy's reference amounts, where any was taken. */
    readonly referenceAmountsAsOf: string
  } | null
  readonly eligible: number
  readonly withCase: number
  readonly sums: readonly {
    readonly currencyCode: string | null
    readonly count: number
    readonly amount: string
    readonly eligibleCount: number
    readonly eligibleAmount: string
    readonly caseCount: number
    readonly caseAmount: string
    /** Neither eligible nor a case. */
    readonly blockedCount: number
    readonly blockedAmount: string
  }[]
}

/** Counts and sums of all that match. Reads every match, so it belongs beside the list, not before it. */
export const summariseClientInvoices = async (
  ctx: Ctx,
  clientId: string,
  filter: InvoiceFilter,
): Promise<InvoiceSummary> => {
  const found = await read(ctx, clientId, async (trx, connection) => {
    const today = todayOf(ctx, connection)
    const rows = await summariseInvoices(trx, {
      connectionId: connection.id,
      today,
      filter: filterOn(filter, today, ctx.policy),
    })
    return { rows, baseCurrency: connection.organization_currency_code }
  })
  const { rows, baseCurrency } = found ?? { rows: [], baseCurrency: null }
  const inBase = (currencyCode: string, of: (row: (typeof rows)[number]) => string) =>
    presentAmount(
      rows.reduce((all, row) => addAmounts(all, of(row)), '0'),
      currencyCode,
    )
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((all, row) => all + of(row), 0)
  return {
    total: sum((row) => row.total),
    value:
      baseCurrency === null
        ? null
        : {
            currencyCode: baseCurrency,
            all: inBase(baseCurrency, (row) => row.value),
            eligible: inBase(baseCurrency, (row) => row.eligible_value),
            case: inBase(baseCurrency, (row) => row.case_value),
            blocked: inBase(baseCurrency, (row) => row.blocked_value),
            rateSources: [...new Set(rows.flatMap((row) => row.rate_sources))].sort(),
            referenceAmountsAsOf: ctx.policy.referenceAmountsAsOf,
          },
    eligible: sum((row) => row.eligible),
    withCase: sum((row) => row.with_case),
    sums: rows.map((row) => ({
      currencyCode: row.currency_code,
      count: row.total,
      amount: presentAmount(row.amount, row.currency_code),
      eligibleCount: row.eligible,
      eligibleAmount: presentAmount(row.eligible_amount, row.currency_code),
      caseCount: row.with_case,
      caseAmount: presentAmount(row.case_amount, row.currency_code),
      blockedCount: row.total - row.eligible - row.with_case,
      blockedAmount: presentAmount(row.blocked_amount, row.currency_code),
    })),
  }
}

export interface ReasonCount {
  readonly code: string
  /** The reason in the words for a group. */
  readonly title: string
  readonly count: number
}

/** Of the invoices that match: how many have which finding, the most frequent first. */
const countOf = async (
  ctx: Ctx,
  clientId: string,
  filter: FilterOfSelection,
  kind: 'blockers' | 'warnings',
): Promise<readonly ReasonCount[]> => {
  const counted =
    (await read(ctx, clientId, (trx, connection) => {
      const today = todayOf(ctx, connection)
      const scope = { connectionId: connection.id, today, filter: filterOn(filter, today, ctx.policy) }
      return countFindings(trx, scope, kind)
    })) ?? []
  return counted.map(({ code, count }) => ({
    code,
    title: findingTitle(code),
    count,
  }))
}

/** Debtors of whom the client has to say whether they are a company, among those a case can be made against. */
export const listUntypedDebtors = async (
  ctx: Ctx,
  clientId: string,
  filter: FilterOfSelection,
  limit: number,
): Promise<readonly UntypedDebtor[]> =>
  (await read(ctx, clientId, (trx, connection) => {
    const today = todayOf(ctx, connection)
    const eligible = filterOn({ ...filter, eligibility: 'eligible' }, today, ctx.policy)
    return findUntypedDebtors(trx, { connectionId: connection.id, today, filter: eligible }, limit)
  })) ?? []

/** Why no case can be made of those that match. */
export const countClientReasons = (ctx: Ctx, clientId: string, filter: FilterOfSelection) =>
  countOf(ctx, clientId, { ...filter, eligibility: 'blocked' }, 'blockers')

/** What is worth a look at those that match and that a case can be made of. */
export const countClientWarnings = (ctx: Ctx, clientId: string, filter: FilterOfSelection) =>
  countOf(ctx, clientId, { ...filter, eligibility: 'eligible' }, 'warnings')
