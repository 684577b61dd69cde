import {
  type FilledRow,
  findRowsOfCustomers,
  findRowsToFill,
  type RowToFill,
  writeFilledRows,
} from '../../db/sync/staged-debtors.repo.ts'
import type { Ctx } from '../context.ts'
import { assessFrom } from '../eligibility/assess.ts'
import { earliestToday } from '../values/day.ts'
import { loadCustomers } from './customer-records.ts'
import { fillIn } from './fill-in.ts'

const batch = 200

/**
 * Fills in what the staged customers say about open invoices, and judges these anew.
 *
 * @returns `time` when `mayGoOn` said stop first.
 */
export const fillInDebtors = async (
  ctx: Ctx,
  connectionId: string,
  mayGoOn: () => boolean,
): Promise<'done' | 'time'> => {
  let after = ''
  while (mayGoOn()) {
    const rows = await findRowsToFill(ctx.db, connectionId, { after, limit: batch })
    const filled = await fillRows(ctx, connectionId, rows)
    await writeFilledRows(ctx.db, { connectionId, policyVersion: ctx.policy.version }, filled)
    if (rows.length < batch) return 'done'
    after = rows.at(-1)?.invoice.zohoInvoiceId ?? after
  }
  return 'time'
}

/** The same for all open invoices of some customers, whatever was filled in before. */
export const fillInCustomers = async (
  ctx: Ctx,
  connectionId: string,
  zohoCustomerIds: readonly string[],
): Promise<void> => {
  let after = ''
  for (;;) {
    const rows = await findRowsOfCustomers(ctx.db, connectionId, { zohoCustomerIds, after, limit: batch })
    const filled = await fillRows(ctx, connectionId, rows)
    await writeFilledRows(ctx.db, { connectionId, policyVersion: ctx.policy.version }, filled)
    if (rows.length < batch) return
    after = rows.at(-1)?.invoice.zohoInvoiceId ?? after
  }
}

const fillRows = async (
  ctx: Ctx,
  connectionId: string,
  rows: readonly RowToFill[],
): Promise<readonly FilledRow[]> => {
  const day = earliestToday(ctx.clock.now())
  const customers = await loadCustomers(
    ctx.db,
    connectionId,
    rows.map(({ invoice }) => invoice.zohoCustomerId),
  )
  return rows.flatMap(({ invoice, contentHash }) => {
    const customer = customers.get(invoice.zohoCustomerId ?? '')
    if (customer === undefined) return []
    const filled = fillIn(invoice, customer)
    return [
      {
        invoice: filled,
        contentHash,
        debtorHash: customer.contentHash,
        ...assessFrom(filled, ctx.policy, day),
      },
    ]
  })
}
