/** The only way to the Books API: with a slot of the organization's budget and a valid access token. */
import { setTimeout as sleep } from 'node:timers/promises'
import { findConnection } from '../../db/connections/connections.repo.ts'
import type { Connection } from '../../db/core/schema.ts'
import {
  type Acquired,
  acquireSlot,
  type BudgetKey,
  blockBudget,
  type LearnedFacts,
  releaseSlot,
  renewSlot,
} from '../../db/sync/organization-budgets.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError, isAppError, toAppError } from '../errors.ts'
import { getAccessToken } from '../tokens/get-access-token.ts'
import { outageOver } from '../tokens/outage-over.ts'
import type { AnswerFacts, BooksCall } from '../zoho/client.ts'
import { limitsFor, type Priority } from './budget-limits.ts'

export type { Priority } from './budget-limits.ts'

export type Endpoint = 'organizations' | 'invoices' | 'invoice' | 'invoice_pdf' | 'contacts'

export interface CallOptions {
  readonly priority: Priority
  readonly endpoint: Endpoint
  readonly signal?: AbortSignal | undefined
  /** Keeps the access token between the calls of a few seconds; it is good for five minutes when it is handed out. */
  readonly tokenHolder?: TokenHolder | undefined
}

export interface TokenHolder {
  accessToken?: string
}

/** Enough of a connection to call Books with; saves the look-up by id. */
export type BooksTarget = Pick<Connection, 'id' | 'data_center' | 'zoho_organization_id'>

/** Waits up to this long are waited out on the spot; a job with more to wait for ends and comes back. */
const shortWaitMs = 1_000
const concurrencyPollMs = 50

/** One request: its access, and the database's time just before it is sent (when its slot was granted). */
export type Call<T> = (access: BooksCall, requestedAt: Date) => Promise<T>

/**
 * Calls Books within the budget of the connection's organization (contract 10.1).
 *
 * @throws AppError zoho_minute_limit | zoho_day_limit | zoho_concurrency_limit with `retryAt` when no slot comes
 * free within a second or Zoho refused (`facts.blockedByZoho`); zoho_permission_missing when a fresh token is
 * refused; what `call` and `getAccessToken` throw.
 */
export const callBooks = async <T extends { readonly facts: AnswerFacts }>(
  ctx: Ctx,
  connection: string | BooksTarget,
  options: CallOptions,
  call: Call<T>,
): Promise<T> => {
  const target = typeof connection === 'string' ? await loadTarget(ctx, connection) : connection
  const { tokenHolder: holder = {} } = options
  holder.accessToken ??= await getAccessToken(ctx, target.id)
  const { accessToken } = holder
  try {
    return await callOnce(ctx, target, options, accessToken, call)
  } catch (error) {
    if (!isAppError(error, 'zoho_token_refused')) throw error
  }
  // 401 says "dead token" and "missing scope" alike (contract 4): one forced refresh tells them apart.
  // Another call of this slice may have found out first.
  if (holder.accessToken === accessToken)
    holder.accessToken = await getAccessToken(ctx, target.id, { rejected: accessToken })
  const fresh = holder.accessToken ?? (await getAccessToken(ctx, target.id, { rejected: accessToken }))
  try {
    return await callOnce(ctx, target, options, fresh, call)
  } catch (error) {
    if (isAppError(error, 'zoho_token_refused'))
      throw new AppError('zoho_permission_missing', { cause: error, details: error.details })
    throw error
  }
}

const loadTarget = async (ctx: Ctx, connectionId: string): Promise<BooksTarget> => {
  const found = await findConnection(ctx.db, connectionId)
  if (!found || found.state === 'disconnected') throw new AppError('connection_gone')
  return found
}

const callOnce = async <T extends { readonly facts: AnswerFacts }>(
  ctx: Ctx,
  target: BooksTarget,
  { priority, endpoint, signal }: CallOptions,
  accessToken: string,
  call: Call<T>,
): Promise<T> => {
  const key = { dataCenter: target.data_center, organizationId: target.zoho_organization_id }
  const limits = limitsFor(ctx.config, priority)
  const { slot, grantedAt } = await waitForSlot(ctx, key, priority, signal)
  const { slotSeconds } = limits
  const kept = keepSlot(ctx, key, slot, slotSeconds)
  const release = async (facts: LearnedFacts | null, wellAnswered: boolean) => {
    const heldUntil = await kept.end()
    const outage = await releaseSlot(ctx.db, key, slot, { slotSeconds, heldUntil, facts, wellAnswered })
    if (outage && wellAnswered) await outageOver(ctx, { dataCenter: key.dataCenter, service: 'books' })
  }
  const started = performance.now()
  const observe = (outcome: string) => {
    ctx.metrics.zohoRequests.inc({ endpoint, outcome })
    ctx.metrics.zohoRequestSeconds.observe({ endpoint }, (performance.now() - started) / 1000)
  }
  try {
    const access = {
      dataCenter: ctx.zoho.dataCenter(target.data_center),
      accessToken,
      organizationId: target.zoho_organization_id,
      ...(signal && { signal }),
    }
    const answer = await call(access, grantedAt)
    observe('ok')
    await release(answer.facts, true)
    return answer
  } catch (thrown) {
    const error = toAppError(thrown)
    observe(error.code)
    await release(factsOf(error), answered.has(error.code))
    throw (await blocked(ctx, key, error)) ?? error
  }
}

/**
 * A slot is short, so that a dead worker's is soon free, and is renewed while its request is under way.
 * `end` stops that, and tells until when the slot is held.
 */
const keepSlot = (ctx: Ctx, key: BudgetKey, slot: string, slotSeconds: number) => {
  let heldUntil: string | undefined
  let renewing: Promise<void> = Promise.resolve()
  const timer = setInterval(
    () => {
      renewing = renewing
        .then(() => renewSlot(ctx.db, key, slot, { slotSeconds, heldUntil }))
        .then((until) => {
          heldUntil = until ?? heldUntil
        })
        // Then it runs out, and one more request may be under way than there should be.
        .catch(() => undefined)
    },
    (slotSeconds * 1000) / 3,
  )
  return {
    end: async (): Promise<string | undefined> => {
      clearInterval(timer)
      await renewing
      return heldUntil
    },
  }
}

/** Errors that are proper answers all the same. */
const answered = new Set(['zoho_invoice_gone', 'zoho_permission_missing', 'zoho_token_refused'])

const factsOf = ({ facts }: AppError): LearnedFacts | null => {
  if (!('dayLimit' in facts)) return null
  const { dayLimit = null, dayRemaining = null, dayResetSeconds = null, limitHeaders } = facts
  return { dayLimit, dayRemaining, dayResetSeconds, ...(limitHeaders !== undefined && { limitHeaders }) }
}

/** How long Zoho's refusals keep everybody away: 44 at least a minute, 45 until the reset, 1070 a few seconds. */
const blocks = {
  zoho_minute_limit: { minutes: 1, maxMinutes: 15, untilDayReset: false },
  zoho_day_limit: { minutes: 60, maxMinutes: 60, untilDayReset: true },
  zoho_concurrency_limit: { minutes: 0.04, maxMinutes: 0.5, untilDayReset: false },
} as const

export type LimitError = AppError<keyof typeof blocks>

/** Zoho's limits, its own and the share of them that we keep. */
export const isLimit = (error: AppError): error is LimitError => error.code in blocks

const blocked = async (ctx: Ctx, key: BudgetKey, error: AppError): Promise<AppError | undefined> => {
  if (!isLimit(error)) return undefined
  const { code, facts, details } = error
  const { minutes, maxMinutes, untilDayReset } = blocks[code]
  const minuteSeconds = (ctx.config.zoho.minuteMs ?? 60_000) / 1000
  const retryAt = await blockBudget(ctx.db, key, {
    code,
    seconds: minutes * minuteSeconds,
    maxSeconds: maxMinutes * minuteSeconds,
    retryAfterSeconds: facts.retryAfterSeconds ?? null,
    untilDayReset,
  })
  ctx.metrics.budgetWaits.inc({ reason: code })
  ctx.log.warn({ event: 'budget.blocked_by_zoho', code, retryAt, ...key })
  return new AppError(code, { cause: error, details, facts: { ...facts, blockedByZoho: true }, retryAt })
}

const waitForSlot = async (
  ctx: Ctx,
  key: BudgetKey,
  priority: Priority,
  signal: AbortSignal | undefined,
): Promise<Extract<Acquired, { slot: string }>> => {
  const limits = limitsFor(ctx.config, priority)
  const deadline = performance.now() + shortWaitMs
  for (;;) {
    signal?.throwIfAborted()
    const acquired = await acquireSlot(ctx.db, key, limits)
    if ('slot' in acquired) return acquired
    const waitMs = acquired.waitMs ?? concurrencyPollMs
    if (performance.now() + waitMs > deadline) throw noSlot(ctx, acquired)
    // a little jitter, so that several waiters do not come back as a crowd
    await sleep(
      Math.max(1, waitMs + Math.random() * Math.min(10, waitMs / 10)),
      undefined,
      signal ? { signal } : {},
    )
  }
}

const noSlot = (
  ctx: Ctx,
  { refusal, retryAt, blockedByZoho }: Exclude<Acquired, { slot: string }>,
): AppError => {
  ctx.metrics.budgetWaits.inc({ reason: refusal })
  const soon = new Date(ctx.clock.now().getTime() + 1_000 + Math.random() * 1_000)
  return new AppError(refusal, {
    retryAt: retryAt ?? soon,
    facts: { blockedByZoho },
    details: { budget: true },
  })
}
