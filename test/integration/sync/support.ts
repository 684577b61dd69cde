/** A connected simulator and the loop that a worker with its sweep would be. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db } from '../../../db/core/database.ts'
import type { Connection } from '../../../db/core/schema.ts'
import { syncConnectionJob } from '../../../jobs/sync-connection.job.ts'
import type { Ctx } from '../../../src/context.ts'
import { attemptJob } from '../../support/attempt-job.ts'
import { aConnection, type ConnectionOptions } from '../../support/builders.ts'
import type { Simulator } from '../../zoho-simulator/index.ts'

/** A connection to an organization of the simulator, with live tokens, due now. */
export const connectTo = (
  ctx: Ctx,
  simulator: Simulator,
  organizationId: string,
  options: ConnectionOptions = {},
) => {
  const grant = simulator.control.grant()
  return aConnection(ctx, {
    organizationId,
    dataCenter: 'sim',
    accessToken: grant.accessToken,
    refreshToken: grant.refreshToken,
    nextSyncAt: new Date(0),
    ...options,
  })
}

export const reload = (db: Db, id: string): Promise<Connection> =>
  db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

export const runsOf = (db: Db, connectionId: string) =>
  db
    .selectFrom('sync_runs')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .orderBy('started_at')
    .orderBy('id')
    .execute()

export const stagedOf = (db: Db, connectionId: string) =>
  db
    .selectFrom('staged_invoices')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .orderBy('zoho_invoice_id')
    .execute()

export const openOf = async (db: Db, connectionId: string) =>
  (await stagedOf(db, connectionId)).filter((row) => row.state === 'open')

/** One attempt of the connection's job. @returns the code of its error, if any. */
export const attempt = (
  ctx: Ctx,
  connectionId: string,
  options?: Parameters<typeof attemptJob>[3],
): Promise<string | null> => attemptJob(ctx, syncConnectionJob, { connectionId }, options)

export const makeDue = async (
  db: Db,
  connectionId: string,
  { kind }: { kind?: 'full' | 'incremental' } = {},
): Promise<void> => {
  await db
    .updateTable('connections')
    .set({ next_sync_at: sql<Date>`now()`, ...(kind ? { next_sync_kind: kind } : {}) })
    .where('id', '=', connectionId)
    .execute()
}

/**
 * Does what is due until the connection has no run under way and nothing is due; waits where the row says so.
 *
 * @returns codes of the errors met on the way.
 */
export const settle = async (
  ctx: Ctx,
  connectionId: string,
  { impatient = false, attempts = 200 }: { impatient?: boolean; attempts?: number } = {},
): Promise<string[]> => {
  const errors: string[] = []
  for (let at = 0; at < attempts; at += 1) {
    const { rows } = await sql<{ wait_ms: number | null; running: boolean; ordered: boolean }>`
      select (extract(epoch from next_sync_at - now()) * 1000)::float8 as wait_ms,
        exists (select 1 from sync_runs r where r.connection_id = c.id and r.state = 'running') as running,
        -- begins two seconds after the command has asked for it
        next_sync_trigger = 'command' as ordered
      from connections c where id = ${connectionId}`.execute(ctx.db)
    const { wait_ms: waitMs, running, ordered } = rows[0] ?? { wait_ms: null, running: false, ordered: false }
    if (waitMs === null || (waitMs > 0 && !running && !ordered)) return errors
    if (waitMs > 0) {
      if (impatient) await makeDue(ctx.db, connectionId)
      else if (waitMs > 10_000)
        throw new Error(`the next slice is ${waitMs} ms away after: ${errors.join(', ') || 'no error'}`)
      else await sleep(Math.ceil(waitMs) + 1)
    }
    const error = await attempt(ctx, connectionId)
    if (error !== null) errors.push(error)
  }
  const state = JSON.stringify([await reload(ctx.db, connectionId), await runsOf(ctx.db, connectionId)])
  throw new Error(`the sync did not settle in ${attempts} attempts: ${errors.join(', ')} ${state}`)
}

/** Has a run of this kind now and waits for its end. */
export const syncNow = async (
  ctx: Ctx,
  connectionId: string,
  kind: 'full' | 'incremental',
  options: { impatient?: boolean } = {},
): Promise<string[]> => {
  await makeDue(ctx.db, connectionId, { kind })
  return settle(ctx, connectionId, options)
}
