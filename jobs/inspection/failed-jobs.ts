/** Failed jobs as an operator reads them: by kind and error code, with whose work it was and whether it still waits. */
import type { Job } from 'bullmq'
import { z } from 'zod'
import { findWork, type Work } from '../../db/jobs/due-rows.repo.ts'
import { lastScheduledRuns } from '../../db/operator/operator.repo.ts'
import type { Ctx } from '../../src/context.ts'
import type { ErrorCode } from '../../src/errors.ts'
import type { FailedGroup } from '../../src/operator/queue-inspection.ts'
import { type QueueName, queueNames } from '../define-job.ts'
import { allJobs } from '../due-jobs.ts'
import { codeOf } from '../failed-reason.ts'
import type { Queues } from '../queues.ts'

/** More failed jobs of one queue than this are counted, not read. */
export const mostRead = 1000

const eventNames = new Set(['connected', 'reconnected', 'disconnected'])

/** One failed job with what its row says today. */
export interface FailedJob {
  readonly job: Job
  readonly queue: QueueName
  readonly kind: string
  readonly code: ErrorCode
  readonly failedAt: Date
  readonly work: Work | undefined
  /** False: its work has been done, has gone or failed again since, so the job is only a memory. */
  readonly open: boolean
}

const kindOf = (job: Pick<Job, 'name'>): string => (eventNames.has(job.name) ? 'connection-event' : job.name)

/** The id that a job carries, its key; undefined for work of the whole installation and for data that is not ours. */
export const idOf = (job: Pick<Job, 'name' | 'data'>): string | undefined => {
  const definition = allJobs.find(({ name }) => name === kindOf(job))
  const data = definition?.data.safeParse(job.data)
  if (!definition || !data?.success) return undefined
  return z.uuid().safeParse(definition.key(data.data)).data
}

/** The newest failed jobs of one queue, each held against its row. */
export const readFailedJobs = async (
  ctx: Ctx,
  queues: Queues,
  queue: QueueName,
): Promise<readonly FailedJob[]> => {
  const read = await queues.queue(queue).getJobs(['failed'], 0, mostRead - 1)
  // A job that is removed between the listing and the reading is a gap in the list.
  const jobs = read.filter((job): job is Job => Boolean(job))
  if (jobs.length === 0) return []
  const work = new Map<string, Work>()
  for (const kind of new Set(jobs.map(kindOf))) {
    const ids = jobs.filter((job) => kindOf(job) === kind).flatMap((job) => idOf(job) ?? [])
    for (const found of await findWork(ctx.db, kind, ids)) work.set(`${kind} ${found.id}`, found)
  }
  const scheduled = await lastScheduledRuns(ctx.db)
  const seen = new Set<string>()
  return jobs.map((job) => {
    const kind = kindOf(job)
    const id = idOf(job)
    // What only a person can fix fails again every hour: of one row's failures the newest counts.
    const row = `${kind} ${id}`
    const superseded = seen.has(row)
    seen.add(row)
    const failedAt = new Date(job.finishedOn ?? job.timestamp)
    const found = id === undefined ? undefined : work.get(row)
    const lastDone = scheduled.get(kind)
    const waits = id === undefined ? lastDone === undefined || lastDone < failedAt : (found?.open ?? false)
    return {
      job,
      queue,
      kind,
      code: codeOf(job),
      failedAt,
      work: found,
      open: waits && !superseded,
    }
  })
}

const linksPerGroup = 5

const groupOf = (jobs: readonly FailedJob[], first: FailedJob): FailedGroup => {
  const open = jobs.filter((one) => one.open)
  const connections = new Map(
    open.flatMap(({ work }) =>
      work?.connectionId && work.clientId !== null ? [[work.connectionId, work.clientId] as const] : [],
    ),
  )
  return {
    queue: first.queue,
    kind: first.kind,
    code: first.code,
    open: open.length,
    recovered: jobs.length - open.length,
    newest: new Date(Math.max(...jobs.map(({ failedAt }) => failedAt.getTime()))),
    connections: [...connections].slice(0, linksPerGroup).map(([id, clientId]) => ({ id, clientId })),
  }
}

/** Groups by queue, kind and code; what still waits for someone comes first. */
export const groupFailedJobs = (jobs: readonly FailedJob[]): readonly FailedGroup[] => {
  const groups = new Map<string, FailedJob[]>()
  for (const one of jobs) {
    const key = `${one.queue} ${one.kind} ${one.code}`
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  return [...groups.values()]
    .flatMap((group) => (group[0] ? [groupOf(group, group[0])] : []))
    .sort((a, b) => b.open - a.open || b.newest.getTime() - a.newest.getTime())
}

/** All groups of all queues. */
export const readFailedGroups = async (ctx: Ctx, queues: Queues): Promise<readonly FailedGroup[]> => {
  const perQueue = await Promise.all(queueNames.map((queue) => readFailedJobs(ctx, queues, queue)))
  return groupFailedJobs(perQueue.flat())
}
