/** Asks Zoho again about single invoices, a few at a time. What it said stands in the staged rows afterwards, or nowhere. */
import type { Connection } from '../../db/core/schema.ts'
import type { Ctx } from '../context.ts'
import { type AppError, toAppError } from '../errors.ts'
import { restageInvoice } from '../sync/restage-invoice.ts'

const attempts = 2
/** So many invoices in a row without an answer: then it is not about them. */
const silenceAfter = 3

/** Errors that say something about this one invoice; all others concern the connection or the moment. */
const aboutTheInvoice = new Set<string>(['zoho_answer_invalid', 'zoho_request_invalid'])

export interface Proofs {
  /** Zoho answered, and the answer cannot be used. */
  readonly failed: ReadonlyMap<string, AppError>
  /** Why some got no answer, though others did. They are asked for again later. */
  readonly unanswered: AppError | undefined
  /** Why the rest was not asked for: the connection, the budget, Zoho as a whole. */
  readonly stopped: AppError | undefined
}

/**
 * Re-reads invoices by id; each answer has been given to its staged row when this returns. Never throws. Stops asking
 * at the first error that concerns more than one invoice, and after `withinMs`.
 */
export const proveItems = async (
  ctx: Ctx,
  connection: Connection,
  zohoInvoiceIds: readonly string[],
  { signal, withinMs }: { readonly signal?: AbortSignal | undefined; readonly withinMs: number },
): Promise<Proofs> => {
  const failed = new Map<string, AppError>()
  let unanswered: AppError | undefined
  let stopped: AppError | undefined
  let answered = 0
  let silent = 0
  const waiting = [...zohoInvoiceIds]
  const deadline = performance.now() + withinMs

  const readOne = async (id: string): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await restageInvoice(ctx, connection, id, { priority: 'person', signal })
        answered += 1
        silent = 0
        return
      } catch (thrown) {
        const error = toAppError(thrown)
        const outage = error.code === 'zoho_unavailable'
        if (!outage && !aboutTheInvoice.has(error.code)) {
          stopped ??= error
          return
        }
        if (attempt < attempts && error.retry === 'now') continue
        if (outage) {
          unanswered ??= error
          silent += 1
        } else failed.set(id, error)
        return
      }
    }
  }
  const mayAsk = () =>
    stopped === undefined && !signal?.aborted && silent < silenceAfter && performance.now() < deadline
  const reader = async (): Promise<void> => {
    while (mayAsk()) {
      const id = waiting.shift()
      if (id === undefined) return
      await readOne(id)
    }
  }
  await Promise.all(Array.from({ length: ctx.config.zoho.maxInFlight }, reader))
  return { failed, unanswered, stopped: stopped ?? (answered === 0 ? unanswered : undefined) }
}
