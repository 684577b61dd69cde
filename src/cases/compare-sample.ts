/** Holds some cases and open rows against what Zoho Books says at this moment. Changes nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type SampledInvoice, sampleInvoices } from '../../db/cases/sample.repo.ts'
import type { Ctx } from '../context.ts'
import { type AppError, isAppError, toAppError } from '../errors.ts'
import { callBooks } from '../sync/call-books.ts'
import { stateOf } from '../sync/staged-row.ts'
import { withOverlap } from '../sync/zoho-time.ts'
import { scaled } from '../values/money.ts'
import type { ZohoInvoice } from '../zoho/schemas.ts'

export interface Difference {
  readonly kind: SampledInvoice['kind']
  readonly label: string
  readonly zohoInvoiceId: string
  readonly here: string
  readonly atZoho: string
  /**
   * Zoho changed the invoice after it had said what we hold: no fault. A deletion leaves no time, and counts as later.
   */
  readonly explained: boolean
}

export interface Comparison {
  readonly compared: number
  readonly differences: readonly Difference[]
  /** Codes of the errors of those that could not be read, and how many each. */
  readonly unread: ReadonlyMap<string, number>
}

/** A limit that lasts longer than this is not waited for. */
const longestWaitMs = 120_000

/**
 * Reads up to `size` cases and as many open rows again by id, one after the other, within the background's part of
 * each organization's budget, and compares state, amount and currency.
 */
export const compareSample = async (ctx: Ctx, size: number): Promise<Comparison> => {
  const differences: Difference[] = []
  const unread = new Map<string, number>()
  let compared = 0
  for (const sampled of await sampleInvoices(ctx.db, size)) {
    const now = await readNow(ctx, sampled)
    if ('code' in now) {
      unread.set(now.code, (unread.get(now.code) ?? 0) + 1)
      continue
    }
    compared += 1
    const difference = compare(sampled, now.invoice)
    if (difference !== undefined) differences.push(difference)
  }
  return { compared, differences, unread }
}

type Now = { readonly invoice: ZohoInvoice | null } | { readonly code: AppError['code'] }

const readNow = async (ctx: Ctx, { connectionId, zohoInvoiceId }: SampledInvoice): Promise<Now> => {
  for (let attempt = 1; ; attempt += 1)
    try {
      const { invoice } = await callBooks(
        ctx,
        connectionId,
        { priority: 'background', endpoint: 'invoice' },
        (access) => ctx.zoho.getInvoice({ ...access, invoiceId: zohoInvoiceId }),
      )
      return { invoice }
    } catch (thrown) {
      if (isAppError(thrown, 'zoho_invoice_gone')) return { invoice: null }
      const { code, retryAt } = toAppError(thrown)
      const waitMs = retryAt ? retryAt.getTime() - ctx.clock.now().getTime() : Number.POSITIVE_INFINITY
      if (attempt > 2 || waitMs > longestWaitMs) return { code }
      await sleep(Math.max(0, waitMs))
    }
}

const said = (amount: string, currency: string | null) => `open, ${amount} ${currency ?? '?'}`

const compare = (sampled: SampledInvoice, invoice: ZohoInvoice | null): Difference | undefined => {
  const { kind, label, zohoInvoiceId, amountToRecover, currencyCode } = sampled
  const here = said(amountToRecover, currencyCode)
  if (invoice === null)
    return { kind, label, zohoInvoiceId, here, atZoho: 'no longer there', explained: true }
  const state = stateOf(invoice)
  const same =
    state === 'open' &&
    scaled(invoice.balance) === scaled(amountToRecover) &&
    invoice.currencyCode === currencyCode
  if (same) return undefined
  return {
    kind,
    label,
    zohoInvoiceId,
    here,
    atZoho: state === 'open' ? said(invoice.balance, invoice.currencyCode) : state,
    explained: isLater(sampled, invoice.modifiedAt),
  }
}

/**
 * A newer version is not enough: one that was there when Zoho was asked should have been seen. Of rows those of the
 * last minutes may be missing until the next run (contract 6.2); a case rests on its answer alone.
 */
const isLater = ({ kind, modifiedAt, answeredAt }: SampledInvoice, changedAt: Date): boolean => {
  if (modifiedAt === null || changedAt <= modifiedAt) return false
  if (answeredAt === null) return true
  const seenUntil = kind === 'case' ? answeredAt : withOverlap(answeredAt)
  return changedAt.getTime() >= seenUntil.getTime() - seenUntil.getMilliseconds()
}
