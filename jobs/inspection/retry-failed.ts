/** "Retry all of this kind" and "Clear what has recovered": both audited before they happen. And all of a queue. */
import type { Job } from 'bullmq'
import { audit } from '../../src/audit.ts'
import type { Ctx } from '../../src/context.ts'
import { AppError, onlyClientFixes } from '../../src/errors.ts'
import type { FailedKind, Operator } from '../../src/operator/queue-inspection.ts'
import type { QueueName } from '../define-job.ts'
import { codeOf } from '../failed-reason.ts'
import type { Queues } from '../queues.ts'
import { type FailedJob, readFailedJobs } from './failed-jobs.ts'

const atOnce = 50

/** Does `act` for each job; what another operator or the queue did meanwhile is counted as skipped. */
const forEach = async (jobs: readonly FailedJob[], act: (one: FailedJob) => Promise<unknown>) => {
  let done = 0
  for (let at = 0; at < jobs.length; at += atOnce) {
    const results = await Promise.allSettled(jobs.slice(at, at + atOnce).map(act))
    done += results.filter(({ status }) => status === 'fulfilled').length
  }
  return done
}

const record = (
  ctx: Ctx,
  by: Operator,
  action: string,
  kind: FailedKind,
  jobs: readonly FailedJob[],
): Promise<void> =>
  audit(ctx.db, {
    clientId: null,
    actor: by.subject,
    actorRole: 'operator',
    action,
    subjectType: 'queue',
    subjectId: kind.queue,
    details: { ...kind, jobs: jobs.length, jobIds: jobs.slice(0, 100).map(({ job }) => job.id) },
    ip: by.ip,
  })

const jobsOfKind = async (ctx: Ctx, queues: Queues, kind: FailedKind, open: boolean) => {
  const jobs = await readFailedJobs(ctx, queues, kind.queue as QueueName)
  return jobs.filter((one) => one.kind === kind.kind && one.code === kind.code && one.open === open)
}

/**
 * Retries the failed jobs of one kind and code whose work still waits, with all attempts anew. Each job makes its
 * row due when it runs (`jobs/run-job.ts`). At most as many as one page of failed jobs holds.
 *
 * @returns how many are queued again.
 * @throws AppError only_client_can_help
 */
export const retryFailedKind = async (
  ctx: Ctx,
  queues: Queues,
  kind: FailedKind,
  by: Operator,
): Promise<number> => {
  if (onlyClientFixes(kind.code)) throw new AppError('only_client_can_help')
  const jobs = await jobsOfKind(ctx, queues, kind, true)
  if (jobs.length === 0) return 0
  await record(ctx, by, 'queue.kind_retried', kind, jobs)
  const retried = await forEach(jobs, ({ job }) => job.retry('failed', { resetAttemptsMade: true }))
  ctx.log.info({ event: 'operator.kind_retried', ...kind, retried, skipped: jobs.length - retried })
  return retried
}

/** Removes the failed jobs of one kind and code whose work has been done since. @returns how many. */
export const clearRecoveredKind = async (
  ctx: Ctx,
  queues: Queues,
  kind: FailedKind,
  by: Operator,
): Promise<number> => {
  const jobs = await jobsOfKind(ctx, queues, kind, false)
  if (jobs.length === 0) return 0
  await record(ctx, by, 'queue.recovered_cleared', kind, jobs)
  const cleared = await forEach(jobs, ({ job }) => job.remove())
  ctx.log.info({ event: 'operator.recovered_cleared', ...kind, cleared })
  return cleared
}

/** Whether an operator's retry of it could only fail again. */
export const isClientsToFix = (job: Pick<Job, 'failedReason' | 'stalledCounter'>): boolean =>
  onlyClientFixes(codeOf(job))

/**
 * Retries every failed job of a queue but those that only the client can help.
 *
 * @returns how many are queued again, and how many stay as they are, also because somebody else was faster.
 */
export const retryFailedOfQueue = async (
  queues: Queues,
  name: QueueName,
): Promise<{ readonly retried: number; readonly skipped: number }> => {
  const queue = queues.queue(name)
  const seen = new Set<string | undefined>()
  let retried = 0
  for (;;) {
    // The oldest first: what stays keeps its place at the beginning, what fails anew comes last.
    const stayed = seen.size - retried
    const page = (await queue.getJobs(['failed'], stayed, stayed + atOnce - 1, true)) as (Job | undefined)[]
    const fresh = page.filter((job): job is Job => job !== undefined && !seen.has(job.id))
    if (fresh.length === 0) return { retried, skipped: seen.size - retried }
    for (const { id } of fresh) seen.add(id)
    const results = await Promise.allSettled(
      fresh
        .filter((job) => !isClientsToFix(job))
        .map((job) => job.retry('failed', { resetAttemptsMade: true })),
    )
    retried += results.filter(({ status }) => status === 'fulfilled').length
  }
}
