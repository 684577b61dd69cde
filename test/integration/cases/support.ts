/** The loop that a worker with its sweep would be, for commands. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db } from '../../../db/core/database.ts'
import { createCasesJob } from '../../../jobs/create-cases.job.ts'
import type { Ctx } from '../../../src/context.ts'
import { attemptJob } from '../../support/attempt-job.ts'
import { settle as settleSync } from '../sync/support.ts'

export const commandOf = (db: Db, id: string) =>
  db.selectFrom('case_commands').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

export const itemsOf = (db: Db, commandId: string) =>
  db
    .selectFrom('case_command_items')
    .selectAll()
    .where('command_id', '=', commandId)
    .orderBy('ordinal')
    .execute()

export const outcomesOf = async (db: Db, commandId: string): Promise<Record<string, string | null>> =>
  Object.fromEntries((await itemsOf(db, commandId)).map((item) => [item.zoho_invoice_id, item.outcome]))

export const casesOf = (db: Db) => db.selectFrom('cases').selectAll().orderBy('zoho_invoice_id').execute()

export const countsOf = async (db: Db, id: string) => {
  const { state, total, created, duplicate, ineligible, failed } = await commandOf(db, id)
  return { state, total, created, duplicate, ineligible, failed }
}

/** One attempt of the command's job. @returns the code of its error, if any. */
export const attempt = (
  ctx: Ctx,
  commandId: string,
  options?: Parameters<typeof attemptJob>[3],
): Promise<string | null> => attemptJob(ctx, createCasesJob, { commandId }, options)

/** Makes the command so old that whatever it waited for has taken too long; nothing is proven by that. */
export const loseProgress = async (db: Db, commandId: string): Promise<void> => {
  await sql`update case_commands set created_at = created_at - interval '2 hours' where id = ${commandId}`.execute(
    db,
  )
  await sql`
    update case_command_items set decided_at = decided_at - interval '2 hours' where command_id = ${commandId}`.execute(
    db,
  )
  await sql`update connections set proven_at = null`.execute(db)
}

/**
 * Attempts until the command is completed; waits where the row says so, or with `impatient` not. A full run that the
 * command asks for is carried out.
 */
export const settle = async (
  ctx: Ctx,
  commandId: string,
  { impatient = true, attempts = 100 }: { impatient?: boolean; attempts?: number } = {},
): Promise<string[]> => {
  const codes: string[] = []
  for (let at = 0; at < attempts; at += 1) {
    const { rows } = await sql<{ state: string; wait_ms: number }>`
      select state, (extract(epoch from greatest(next_attempt_at, coalesce(lease_until, next_attempt_at)) - now()) * 1000)::float8 as wait_ms
      from case_commands where id = ${commandId}`.execute(ctx.db)
    const row = rows[0]
    if (row === undefined || row.state === 'completed') return codes
    if (row.wait_ms > 0) {
      if (impatient)
        await sql`update case_commands set next_attempt_at = now(), lease_until = null where id = ${commandId}`.execute(
          ctx.db,
        )
      else await sleep(Math.ceil(row.wait_ms) + 1)
    }
    const code = await attempt(ctx, commandId)
    if (code !== null) codes.push(code)
    const { connection_id, full_run_armed_at, created_at, state } = await commandOf(ctx.db, commandId)
    if (full_run_armed_at === null || connection_id === null || state === 'completed') continue
    const { proven_at } = await ctx.db
      .selectFrom('connections')
      .select('proven_at')
      .where('id', '=', connection_id)
      .executeTakeFirstOrThrow()
    // The run that it asked for may have been carried out before, and the command has needed another attempt.
    if (proven_at === null || proven_at <= created_at) await settleSync(ctx, connection_id)
  }
  throw new Error(
    `the command did not settle: ${codes.join(', ')} ${JSON.stringify(await commandOf(ctx.db, commandId))}`,
  )
}
