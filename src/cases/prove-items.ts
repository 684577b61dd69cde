/** Asks Zoho again about single invoices, a few at a time, and remembers which answers are still warm. */
import type { Connection } from '../../db/core/schema.ts'
import type { Ctx } from '../context.ts'
import { type AppError, toAppError } from '../errors.ts'
import { restageInvoice } from '../sync/restage-invoice.ts'

const attempts = 2

/** Errors that say something about this one invoice; all others concern the connection or the moment. */
const aboutTheInvoice = new Set<string>(['zoho_answer_invalid', 'zoho_request_invalid'])
/** Errors that one invoice can have while the others are answered well. */
const perhapsAboutTheInvoice = new Set<string>(['zoho_unavailable'])

export interface Proofs {
  /** Read again just now; the staged row says what Zoho said. */
  readonly proven: ReadonlySet<string>
  /** Could not be read, though others could. */
  readonly failed: ReadonlyMap<string, AppError>
  /** Why the rest was not asked for: the connection, the budget, Zoho as a whole. */
  readonly stopped: AppError | undefined
}

/**
 * Re-reads invoices by id; each answer has been written to its staged row when this returns. Never throws.
 * Stops asking at the first error that concerns more than one invoice.
 */
export const proveItems = async (
  ctx: Ctx,
  connection: Connection,
  zohoInvoiceIds: readonly string[],
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Proofs> => {
  const proven = new Set<string>()
  const failed = new Map<string, AppError>()
  let stopped: AppError | undefined
  const waiting = [...zohoInvoiceIds]

  const readOne = async (id: string): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await restageInvoice(ctx, connection, id, { priority: 'person', signal })
        proven.add(id)
        return
      } catch (thrown) {
        const error = toAppError(thrown)
        const single = aboutTheInvoice.has(error.code) || perhapsAboutTheInvoice.has(error.code)
        if (!single) {
          stopped ??= error
          return
        }
        if (attempt < attempts && error.retry === 'now') continue
        failed.set(id, error)
        return
      }
    }
  }
  const reader = async (): Promise<void> => {
    while (stopped === undefined && !signal?.aborted && !zohoIsDown()) {
      const id = waiting.shift()
      if (id === undefined) return
      await readOne(id)
    }
  }
  /** Nobody got an answer: then it is not about the invoices. */
  const zohoIsDown = () => proven.size === 0 && failed.size >= 3 && onlyOutages(failed)

  await Promise.all(Array.from({ length: ctx.config.zoho.maxInFlight }, reader))
  if (stopped === undefined && proven.size === 0 && failed.size > 0 && onlyOutages(failed)) {
    stopped = [...failed.values()][0]
    failed.clear()
  }
  return { proven, failed, stopped }
}

const onlyOutages = (failed: ReadonlyMap<string, AppError>) =>
  [...failed.values()].every(({ code }) => perhapsAboutTheInvoice.has(code))
