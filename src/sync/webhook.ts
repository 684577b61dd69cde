import { findConnectionByWebhookToken } from '../../db/connections/connections.repo.ts'
import { armSync } from '../../db/connections/sync-schedule.repo.ts'
import type { Db } from '../../db/core/database.ts'
import type { Connection } from '../../db/core/schema.ts'
import type { Ctx } from '../context.ts'
import { restageInvoice } from './restage-invoice.ts'
import { invoiceHints } from './webhook-hint.ts'

/** Re-reads per connection, minute and process; a third of Zoho's minute. What comes above becomes one incremental run. */
const perMinute = 30
const minuteMs = 60_000
const biggestBody = 1_000_000
/** A burst of changes is left to settle, then one run picks all of them up. */
const settleSeconds = 30

const tokenShape = /^[\w-]{20,100}$/

/**
 * A nudge from Zoho: re-reads the invoices it names. Nothing else of it is believed; the token in the URL tells the
 * connection, the re-read is the proof. When one of them cannot be re-read now, the next run comes sooner. Never throws.
 */
export const receiveWebhook = async (
  ctx: Ctx,
  {
    token,
    contentType,
    body,
  }: { readonly token: string; readonly contentType: string | undefined; readonly body: Buffer },
): Promise<void> => {
  try {
    if (!tokenShape.test(token) || body.length > biggestBody) return
    const connection = await findConnectionByWebhookToken(ctx.db, token)
    if (connection?.state !== 'active') return
    await follow(ctx, connection, invoiceHints(contentType, body))
  } catch (error) {
    ctx.log.warn({ event: 'webhook.failed', err: error })
  }
}

const follow = async (ctx: Ctx, connection: Connection, invoiceIds: readonly string[]): Promise<void> => {
  let missed = invoiceIds.length === 0
  for (const invoiceId of invoiceIds) if (!(await reread(ctx, connection, invoiceId))) missed = true
  if (missed)
    await ctx.db
      .transaction()
      .execute((trx) =>
        armSync(trx, connection.id, { kind: null, trigger: 'webhook', withinSeconds: settleSeconds }),
      )
}

const reread = async (ctx: Ctx, connection: Connection, invoiceId: string): Promise<boolean> => {
  const { id: connectionId } = connection
  if (!withinRate(ctx, connectionId)) return false
  try {
    const state = await restageInvoice(ctx, connection, invoiceId, { priority: 'background' })
    ctx.log.debug({ event: 'webhook.restaged', connectionId, invoiceId, state })
    return true
  } catch (error) {
    ctx.log.info({ event: 'webhook.not_restaged', connectionId, invoiceId, err: error })
    return false
  }
}

/** Only slows down: forgetting it costs a few requests of a budget that is kept in the database. */
const recent = new WeakMap<Db, Map<string, number[]>>()

const withinRate = (ctx: Ctx, connectionId: string): boolean => {
  const now = ctx.clock.now().getTime()
  const windows = recent.get(ctx.db) ?? new Map<string, number[]>()
  recent.set(ctx.db, windows)
  const times = (windows.get(connectionId) ?? []).filter((time) => time > now - minuteMs)
  const allowed = times.length < perMinute
  windows.set(connectionId, allowed ? [...times, now] : times)
  return allowed
}
