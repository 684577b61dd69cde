/**
 * The job behind Create Cases: chunk by chunk it proves, judges and inserts, and writes each item's outcome in the
 * transaction of its case. It may stop at any line: what is undecided is still undecided, and the row is still due.
 */
import { randomUUID } from 'node:crypto'
import {
  type Decision,
  failUndecided,
  findUndecided,
  proofCosts,
  type UndecidedItem,
} from '../../db/cases/case-command-items.repo.ts'
import {
  addOutcomes,
  askForFullRun,
  claimCommand,
  completeCommand,
  deferCommand,
  endAttempt,
  findCommand,
  fullRunWait,
  holdCommand,
  noteCommandError,
  releaseCommand,
  secondsWithoutProgress,
} from '../../db/cases/case-commands.repo.ts'
import { findConnection } from '../../db/connections/connections.repo.ts'
import { noteOutageOf } from '../../db/connections/outages.repo.ts'
import { notify } from '../../db/core/notify.ts'
import type { CaseCommand, Connection } from '../../db/core/schema.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError, type ErrorCode, toAppError } from '../errors.ts'
import { keepingLease } from '../sync/keep-lease.ts'
import { todayIn } from '../values/day.ts'
import { decide, type Verdict } from './decide.ts'
import { type Chunk, insertChunk } from './insert-chunk.ts'
import { proveItems } from './prove-items.ts'
import { failure } from './reasons.ts'

/** Larger chunks gain little and keep locks longer. */
const chunkSize = 500
/** A command holds a worker for so long; then others have their turn. */
const sliceMs = 10_000
/** Items read again before a chunk is inserted: at 100 calls a minute this takes half a minute at most. */
const maxRereads = 50
const pageSize = 200
/** A full run is waited for only when it saves calls worth mentioning. */
const minCallsSaved = 10
/** How often a command that waits for a full run looks again. */
const fullRunPollSeconds = 2
/**
 * Our own or Zoho's outages are sat out for so long since the last item got an outcome; then the remaining ones fail
 * and can be tried again.
 */
const patienceSeconds = { now: 3_600, later: 26 * 3_600 }

interface Work {
  readonly command: CaseCommand
  readonly connection: Connection
  readonly leaseToken: string
  readonly today: string
  readonly signal: AbortSignal | undefined
}

/**
 * Carries out a command as far as it gets in one slice. Does nothing when it is completed or another worker has it.
 *
 * @throws AppError of class `later` while Zoho's limits or an outage stand in the way, `lease_lost`
 */
export const createCases = async (
  ctx: Ctx,
  commandId: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<void> => {
  const leaseToken = randomUUID()
  const command = await claimCommand(ctx.db, commandId, {
    leaseToken,
    lockSeconds: ctx.config.jobLockSeconds,
  })
  if (command === undefined) return
  const { jobLockSeconds: lockSeconds } = ctx.config
  const renew = () => holdCommand(ctx.db, commandId, { leaseToken, lockSeconds })
  const own: Ctx = { ...ctx, log: ctx.log.child({ attemptId: leaseToken }) }
  try {
    await keepingLease(own, renew, () => carryOut(own, command, leaseToken, signal))
  } catch (thrown) {
    const error = toAppError(thrown)
    own.log.info({ event: 'cases.attempt_ended', commandId, code: error.code })
    await releaseCommand(ctx.db, commandId, { leaseToken, dueInSeconds: 5 }).catch(() => undefined)
    const outcome = error.retry === 'later' ? 'deferred' : 'failed'
    await endAttempt(ctx.db, leaseToken, { outcome, code: error.code }).catch(() => undefined)
    throw thrown
  }
}

const carryOut = async (
  ctx: Ctx,
  command: CaseCommand,
  leaseToken: string,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const connection =
    command.connection_id === null ? undefined : await findConnection(ctx.db, command.connection_id)
  if (connection === undefined || connection.state === 'disconnected')
    return finish(ctx, command, leaseToken, 'connection_gone')
  const today = todayIn(connection.organization_time_zone, ctx.clock.now())
  const work: Work = { command, connection, leaseToken, today, signal }
  const ended = await workThrough(ctx, work)
  if (ended === 'finished') return finish(ctx, command, leaseToken, undefined)
  if (ended === 'waiting' && (await secondsWithoutProgress(ctx.db, command.id)) > patienceSeconds.now)
    return finish(ctx, command, leaseToken, 'not_proven')
  // What delays the full run that it waits for delays the command.
  const waiting = {
    dueInSeconds: fullRunPollSeconds,
    code: connection.delayed_code ?? connection.problem_code,
  }
  await releaseCommand(ctx.db, command.id, {
    leaseToken,
    ...(ended === 'waiting' ? waiting : { dueInSeconds: 0 }),
  })
  await endAttempt(ctx.db, leaseToken, {
    outcome: ended,
    code: ended === 'waiting' ? waiting.code : null,
  })
  if (!signal?.aborted) nudgeNext(ctx, command.id)
}

/** The client's command whose turn it is now: this one again, or one that waited for it. */
const nudgeNext = (ctx: Ctx, commandId: string): void => ctx.nudge({ job: 'create-cases', id: commandId })

type Ended = 'finished' | 'yielded' | 'waiting'

/** Goes through the undecided items in order, again and again while that decides any. */
const workThrough = async (ctx: Ctx, work: Work): Promise<Ended> => {
  const started = performance.now()
  let after = 0
  let decidedInPass = 0
  let lookedForFullRun = false
  let unanswered: AppError | undefined
  for (;;) {
    if (work.signal?.aborted || performance.now() - started > sliceMs) return 'yielded'
    const items = await undecided(ctx, work, { after, limit: chunkSize })
    if (items.length === 0 && after === 0) return 'finished'
    if (items.length === 0) {
      // What is left changed under our hands, or got no answer; it is looked at anew, and given a break when that
      // does not help.
      if (decidedInPass === 0 && unanswered !== undefined) throw unanswered
      if (decidedInPass === 0) return 'waiting'
      after = 0
      decidedInPass = 0
      unanswered = undefined
      continue
    }
    const verdicts = judge(ctx, work, items)
    if (!lookedForFullRun && [...verdicts.values()].some(({ verdict }) => verdict === 'unproven')) {
      lookedForFullRun = true
      if (await fullRunIsCheaper(ctx, work)) return 'waiting'
    }
    const part = upToRereads(items, verdicts)
    const proofs = await prove(ctx, work, part, verdicts)
    const chunk = asChunk(proofs.items, proofs.verdicts, proofs.failed)
    decidedInPass += await insertOrIsolate(ctx, work, chunk)
    unanswered ??= proofs.unanswered
    if (proofs.stopped !== undefined) await giveUpOrThrow(ctx, work, proofs.stopped)
    after = part.at(-1)?.ordinal ?? after
  }
}

/** The items up to the last one that may be read again now: the first answer must still be warm at the insert. */
const upToRereads = (
  items: readonly UndecidedItem[],
  verdicts: ReadonlyMap<number, Verdict>,
): readonly UndecidedItem[] => {
  let rereads = 0
  const end = items.findIndex(({ ordinal }) => {
    if (verdicts.get(ordinal)?.verdict === 'unproven') rereads += 1
    return rereads === maxRereads
  })
  return end === -1 ? items : items.slice(0, end + 1)
}

const originOf = (ctx: Ctx, { command, connection }: Work) => ({
  commandId: command.id,
  clientId: command.client_id,
  connectionId: connection.id,
  organizationId: connection.zoho_organization_id,
  dataCenter: connection.data_center,
  createdBy: command.requested_by,
  proofMaxAgeSeconds: ctx.config.proofMaxAgeSeconds,
})

const undecided = (
  ctx: Ctx,
  { command, connection }: Work,
  part: { readonly after: number; readonly limit: number },
): Promise<readonly UndecidedItem[]> =>
  findUndecided(ctx.db, command.id, {
    connectionId: connection.id,
    proofMaxAgeSeconds: ctx.config.proofMaxAgeSeconds,
    ...part,
  })

const judge = (ctx: Ctx, { today }: Work, items: readonly UndecidedItem[]): Map<number, Verdict> =>
  new Map(items.map((item) => [item.ordinal, decide(item, { policy: ctx.policy, today })]))

interface Proven {
  readonly items: readonly UndecidedItem[]
  readonly verdicts: ReadonlyMap<number, Verdict>
  readonly failed: ReadonlyMap<string, AppError>
  readonly unanswered: AppError | undefined
  readonly stopped: AppError | undefined
}

/** Re-reads what lacks a proof, then judges the chunk anew from the rows: what was not stored proves nothing. */
const prove = async (
  ctx: Ctx,
  work: Work,
  items: readonly UndecidedItem[],
  verdicts: ReadonlyMap<number, Verdict>,
): Promise<Proven> => {
  const unproven = items.filter(({ ordinal }) => verdicts.get(ordinal)?.verdict === 'unproven')
  if (unproven.length === 0)
    return { items, verdicts, failed: new Map(), unanswered: undefined, stopped: undefined }
  // Each attempt begins elsewhere, so that some invoices without an answer do not keep others from being asked for.
  const first = (work.command.attempts - 1) % unproven.length
  const proofs = await proveItems(
    ctx,
    work.connection,
    [...unproven.slice(first), ...unproven.slice(0, first)].map(({ zohoInvoiceId }) => zohoInvoiceId),
    { signal: work.signal, withinMs: ctx.config.proofMaxAgeSeconds * 500 },
  )
  const again = await undecided(ctx, work, { after: (items[0]?.ordinal ?? 1) - 1, limit: items.length })
  return { items: again, verdicts: judge(ctx, work, again), ...proofs }
}

const asChunk = (
  items: readonly UndecidedItem[],
  verdicts: ReadonlyMap<number, Verdict>,
  failed: ReadonlyMap<string, AppError>,
): Chunk => {
  const ready: Chunk['ready'][number][] = []
  const duplicates: Chunk['duplicates'][number][] = []
  const decided: Decision[] = []
  for (const { ordinal, zohoInvoiceId, existing, staged } of items) {
    const judged = verdicts.get(ordinal)
    if (judged?.verdict === 'duplicate' && existing !== null)
      duplicates.push({ ordinal, existing: { ...existing, zohoInvoiceId } })
    else if (judged?.verdict === 'ineligible')
      decided.push({ ordinal, outcome: 'ineligible', reasons: judged.reasons })
    else if (judged?.verdict === 'ready' && staged !== null)
      ready.push({
        ordinal,
        zohoInvoiceId,
        contentHash: staged.contentHash,
        warnings: judged.warnings,
        evidence: judged.evidence,
      })
    else {
      const error = failed.get(zohoInvoiceId)
      if (error !== undefined) decided.push({ ordinal, outcome: 'failed', reasons: [failure(error.code)] })
    }
  }
  return { ready, duplicates, decided }
}

/**
 * One call per item, or one per page of a full list, whichever are fewer. A full run proves as of its first request,
 * so one that takes longer than half the age of a proof would come too late, and one that began before the command
 * proves nothing for it. Asked for once per command.
 */
const fullRunIsCheaper = async (
  ctx: Ctx,
  { command, connection, leaseToken, today }: Work,
): Promise<boolean> => {
  const { proofMaxAgeSeconds } = ctx.config
  const wait = await fullRunWait(ctx.db, command.id, {
    connectionId: connection.id,
    patienceSeconds: proofMaxAgeSeconds,
  })
  if (wait !== 'not_asked') return wait === 'waiting'
  if (connection.state !== 'active') return false
  const { stale, open } = await proofCosts(ctx.db, command.id, {
    connectionId: connection.id,
    proofMaxAgeSeconds,
    today,
  })
  const pages = Math.ceil(open / pageSize) + 1
  const inTime = (pages / ctx.config.zoho.requestsPerMinute) * 60 < proofMaxAgeSeconds / 2
  if (!inTime || stale - pages < minCallsSaved) return false
  await ctx.db.transaction().execute(async (trx) => {
    const held = await holdCommand(trx, command.id, {
      leaseToken,
      lockSeconds: ctx.config.jobLockSeconds,
    })
    if (!held) throw new AppError('lease_lost')
    await askForFullRun(trx, command.id, connection.id)
  })
  ctx.log.info({ event: 'cases.full_run_asked', commandId: command.id, stale, pages })
  ctx.nudge({ job: 'sync-connection', id: connection.id })
  return true
}

/** The database refused a value or a constraint: a fault in one row, not in the chunk. */
const refusedRow = (error: unknown): boolean =>
  /^2[23]/.test(String((error as { code?: unknown } | null)?.code))

/** Inserts a chunk; when the database refuses a row of it, row by row, so that only that one fails. */
const insertOrIsolate = async (ctx: Ctx, work: Work, chunk: Chunk): Promise<number> => {
  const insert = (part: Chunk) => insertChunk(ctx, originOf(ctx, work), work.leaseToken, part)
  try {
    return await insert(chunk)
  } catch (error) {
    if (!refusedRow(error)) throw error
    ctx.log.error({ event: 'cases.row_refused', commandId: work.command.id, err: error })
  }
  let decided = await insert({ ...chunk, ready: [] })
  for (const item of chunk.ready)
    try {
      decided += await insert({ ready: [item], duplicates: [], decided: [] })
    } catch (error) {
      if (!refusedRow(error)) throw error
      const failed: Decision = {
        ordinal: item.ordinal,
        outcome: 'failed',
        reasons: [failure('internal_error')],
      }
      decided += await insert({ ready: [], duplicates: [], decided: [failed] })
    }
  return decided
}

/** A lost connection fails the items that needed it; the proven ones are through by then. Anything else waits. */
const giveUpOrThrow = async (ctx: Ctx, work: Work, error: AppError): Promise<void> => {
  if (error.retry !== 'never') throw error
  await failUnproven(ctx, work, error.code)
}

const failUnproven = async (ctx: Ctx, work: Work, code: ErrorCode): Promise<void> => {
  let after = 0
  for (;;) {
    const items = await undecided(ctx, work, { after, limit: chunkSize })
    const last = items.at(-1)
    if (last === undefined) return
    const verdicts = judge(ctx, work, items)
    const chunk = asChunk(items, verdicts, new Map())
    const lost = items
      .filter(({ ordinal }) => verdicts.get(ordinal)?.verdict === 'unproven')
      .map(({ ordinal }): Decision => ({ ordinal, outcome: 'failed', reasons: [failure(code)] }))
    await insertChunk(ctx, originOf(ctx, work), work.leaseToken, {
      ...chunk,
      decided: [...chunk.decided, ...lost],
    })
    after = last.ordinal
  }
}

/** Completes the command; with a code, what is undecided fails with it. */
const finish = async (
  ctx: Ctx,
  command: CaseCommand,
  leaseToken: string,
  code: ErrorCode | undefined,
): Promise<void> => {
  const completed = await ctx.db.transaction().execute(async (trx) => {
    const held = await holdCommand(trx, command.id, {
      leaseToken,
      lockSeconds: ctx.config.jobLockSeconds,
    })
    if (!held) throw new AppError('lease_lost')
    if (code !== undefined) {
      const failed = await failUndecided(trx, command.id, failure(code))
      await addOutcomes(trx, command.id, { created: 0, duplicate: 0, ineligible: 0, failed })
      if (failed > 0) ctx.metrics.commandItems.inc({ outcome: 'failed' }, failed)
    }
    const row = await completeCommand(trx, command.id, leaseToken)
    if (row === undefined) throw new AppError('lease_lost')
    await endAttempt(trx, leaseToken, { outcome: 'completed', code })
    const { total, created, duplicate, ineligible, failed } = row
    await audit(trx, {
      clientId: row.client_id,
      actor: 'create-cases',
      actorRole: 'system',
      action: 'case_command.completed',
      subjectType: 'case_command',
      subjectId: row.id,
      details: { total, created, duplicate, ineligible, failed },
    })
    await notify(trx, row.client_id, { type: 'command', id: row.id })
    return row
  })
  const { total, created, duplicate, ineligible, failed } = completed
  const seconds = (completed.completed_at?.getTime() ?? 0) - completed.created_at.getTime()
  ctx.metrics.commandSeconds.observe(Math.max(0, seconds) / 1000)
  ctx.log.info({
    event: 'cases.command_completed',
    commandId: command.id,
    total,
    created,
    duplicate,
    ineligible,
    failed,
  })
  nudgeNext(ctx, command.id)
}

/**
 * Brings the row in line after an attempt failed: due again when it makes sense, and it says why it waits; when that
 * is never, the undecided items fail with the error; when it has been for too long, they could not be proven. Either
 * way the command completes.
 */
export const createCasesFailed = async (
  ctx: Ctx,
  commandId: string,
  error: AppError,
  { last }: { last: boolean },
): Promise<void> => {
  if (error.code === 'lease_lost') return
  const command = await findCommand(ctx.db, commandId)
  if (command === undefined || command.state === 'completed') return
  if (error.retry === 'now' && !last) {
    await noteCommandError(ctx.db, commandId, error.code)
    await notify(ctx.db, command.client_id, { type: 'command', id: commandId })
    return
  }
  const waited = await secondsWithoutProgress(ctx.db, commandId)
  if (error.retry === 'never' || waited > patienceSeconds[error.retry]) {
    const leaseToken = randomUUID()
    const claimed = await claimCommand(ctx.db, commandId, {
      leaseToken,
      lockSeconds: ctx.config.jobLockSeconds,
    })
    const code = error.retry === 'never' ? error.code : 'not_proven'
    if (claimed !== undefined) await finish(ctx, claimed, leaseToken, code)
    return
  }
  if (error.code === 'zoho_unavailable' && command.connection_id !== null)
    await noteOutageOf(ctx.db, command.connection_id, 'books')
  await deferCommand(ctx.db, commandId, {
    code: error.code,
    until: error.retryAt ?? { seconds: Math.min(300, 10 + waited / 10) },
  })
  await notify(ctx.db, command.client_id, { type: 'command', id: commandId })
  nudgeNext(ctx, commandId)
}
