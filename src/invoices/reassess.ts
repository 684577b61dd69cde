import { findOutdated, type RowToReassess, writeAssessments } from '../../db/invoices/reassessment.repo.ts'
import type { Ctx } from '../context.ts'
import { assessFrom } from '../eligibility/assess.ts'
import { baseRateOf } from '../eligibility/base-rate.ts'
import { earliestToday } from '../values/day.ts'

const batchSize = 500

/**
 * Assesses open staged rows again that were assessed under another policy, in batches, until all are current or
 * `signal` aborts. The portal shows the old verdicts until then; a command always judges by the current policy.
 *
 * @returns how many rows were assessed.
 */
export const reassessStagedInvoices = async (
  ctx: Ctx,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<number> => {
  let done = 0
  let after: RowToReassess | undefined
  while (!signal?.aborted) {
    const day = earliestToday(ctx.clock.now())
    const rows = await findOutdated(ctx.db, {
      policyVersion: ctx.policy.version,
      after,
      limit: batchSize,
    })
    if (rows.length > 0)
      await writeAssessments(
        ctx.db,
        ctx.policy.version,
        rows.map((row) => ({
          connectionId: row.connectionId,
          zohoInvoiceId: row.invoice.zohoInvoiceId,
          contentHash: row.contentHash,
          // Zoho's own rate stays; the reference amounts are the policy's.
          rate:
            row.rateSource === 'policy' || row.rateSource === 'none'
              ? baseRateOf({ ...row.invoice, exchangeRate: null }, row.baseCurrency, ctx.policy)
              : undefined,
          ...assessFrom(row.invoice, ctx.policy, day),
        })),
      )
    done += rows.length
    after = rows.at(-1)
    if (rows.length < batchSize) break
  }
  if (done > 0) ctx.log.info({ event: 'cases.reassessed', rows: done, policyVersion: ctx.policy.version })
  return done
}
