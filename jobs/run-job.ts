/**
 * The one wrapper around every job: parse the data, make a child logger, run, and turn the class of an error
 * into what BullMQ does next.
 *
 * - `now`: thrown, so the queue retries with backoff; when attempts are used up the row is told.
 * - `later`: the row is armed for its time and the job ends well: waiting never holds a worker slot.
 * - `never`: the row is told and BullMQ gets an `UnrecoverableError`, so nobody tries again in vain.
 */
import { type Span, SpanKind } from '@opentelemetry/api'
import { type Job, UnrecoverableError } from 'bullmq'
import { z } from 'zod'
import type { Ctx } from '../src/context.ts'
import { AppError, toAppError } from '../src/errors.ts'
import { traced } from '../src/observability/log-context.ts'
import {
  apartFrom,
  continuing,
  failSpan,
  inSpan,
  traceIdField,
  traceparent,
} from '../src/observability/spans/in-span.ts'
import type { JobDefinition, RetryPolicy } from './define-job.ts'
import { failedReason } from './failed-reason.ts'

/** What a completed job leaves on the dashboard. */
export interface JobResult {
  readonly outcome: 'done' | 'deferred'
  readonly code?: string
  readonly retryAt?: string
}

/** Exponential with a cap; half of it random, so that a crowd does not come back at once. Milliseconds. */
export const backoffMs = (
  { baseMs, maxMs }: RetryPolicy,
  attempt: number,
  random = Math.random(),
): number => {
  const full = Math.min(maxMs, baseMs * 2 ** Math.max(0, attempt - 1))
  return Math.round(full / 2 + (full / 2) * random)
}

const failingWith = (error: AppError): Error => {
  const reason = failedReason(error)
  const shown = error.retry === 'never' ? new UnrecoverableError(reason) : new Error(reason)
  // The dashboard shows the stack in place of the reason; a true one could quote data of a cause.
  shown.stack = reason
  return shown
}

/**
 * A job that failed for good carries this mark as its progress. When such a job runs again, an operator retried
 * it: only then its row is made due, whatever its schedule says.
 */
const failedMark = z.object({ failed: z.string() })
const isOperatorRetry = (job: Job): boolean => failedMark.safeParse(job.progress).success

/** What an operator retries, perhaps weeks later, is a trace of its own; the queue's own retries stay in it. */
const retriedMark = z.object({ traceparent: z.string() })
const traceOf = (job: Job) => {
  const begun = job.opts.telemetry?.metadata
  if (isOperatorRetry(job)) return apartFrom(begun)
  // The trace of whoever enqueued the job, never that of whatever this process did last.
  return { parent: continuing(retriedMark.safeParse(job.progress).data?.traceparent ?? begun) }
}

/** What a queue that is away would answer when it is back, a process that is told to stop waits for so long. */
const lastWordMs = 1_000
const noteProgress = async (job: Job, progress: number | object, signal: AbortSignal): Promise<void> => {
  const listening = new AbortController()
  const stopped = new Promise<void>((stop) => {
    const soon = () => setTimeout(stop, lastWordMs).unref()
    if (signal.aborted) soon()
    signal.addEventListener('abort', soon, { signal: listening.signal })
  })
  await Promise.race([job.updateProgress(progress), stopped]).catch(() => undefined)
  listening.abort()
}

/** Runs one attempt of a job. Resolves with what happened, or throws what BullMQ should see. */
export const runJob = (
  ctx: Ctx,
  definitions: readonly JobDefinition[],
  job: Job,
  signal: AbortSignal,
): Promise<JobResult> =>
  inSpan(
    `process ${job.queueName}`,
    {
      kind: SpanKind.CONSUMER,
      ...traceOf(job),
      attributes: {
        'messaging.system': 'bullmq',
        'messaging.destination.name': job.queueName,
        'job.name': job.name,
        'job.id': job.id,
        'job.attempt': job.attemptsMade + 1,
      },
    },
    (span) => attempt(ctx, definitions, job, signal, span),
  )

const attempt = async (
  ctx: Ctx,
  definitions: readonly JobDefinition[],
  job: Job,
  signal: AbortSignal,
  span: Span,
): Promise<JobResult> => {
  const started = performance.now()
  const definition = definitions.find(
    (candidate) => candidate.queue === job.queueName && namesOf(candidate).includes(job.name),
  )
  const log = ctx.log.child({ job: job.name, jobId: job.id, attempt: job.attemptsMade + 1 })
  const end = (outcome: 'completed' | 'deferred' | 'retried' | 'failed') => {
    span.setAttribute('job.outcome', outcome)
    ctx.metrics.jobs.inc({ job: definition?.name ?? 'unknown', outcome })
    ctx.metrics.jobSeconds.observe(
      { job: definition?.name ?? 'unknown' },
      (performance.now() - started) / 1000,
    )
  }

  const parsed = definition?.data.safeParse(job.data)
  if (!definition || !parsed?.success) {
    const problems = parsed?.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    const error = new AppError('job_data_invalid', {
      details: { job: job.name, problems: problems ?? ['unknown job'] },
    })
    log.error({ event: 'job.data_invalid', err: error })
    end('failed')
    failSpan(span, error.code)
    throw failingWith(error)
  }

  const { data } = parsed
  const jobCtx: Ctx = { ...ctx, log }
  const ids = data as Record<string, unknown>
  for (const [name, id] of Object.entries(ids))
    if (typeof id === 'string') span.setAttribute(`job.${name}`, id)
  return traced({ ...ids, ...traceIdField() }, async (): Promise<JobResult> => {
    try {
      if (isOperatorRetry(job)) {
        await definition.rearm(jobCtx, data)
        const begun = traceparent()
        await noteProgress(job, begun === undefined ? 0 : { traceparent: begun }, signal)
      }
      await definition.run(jobCtx, data, { signal })
      end('completed')
      jobCtx.log.debug({ event: 'job.completed', ms: Math.round(performance.now() - started) })
      return { outcome: 'done' }
    } catch (thrown) {
      const error = toAppError(thrown)
      const last = error.retry !== 'now' || job.attemptsMade + 1 >= (job.opts.attempts ?? 1)
      await definition.failed(jobCtx, data, { error, last }).catch((failure: unknown) => {
        // The row stays due, so the sweep comes back to it.
        jobCtx.log.error({ event: 'job.failure_not_recorded', err: failure })
      })
      if (error.retry === 'later') {
        end('deferred')
        span.setAttribute('job.deferred_by', error.code)
        jobCtx.log.info({
          event: 'job.deferred',
          code: error.code,
          retryAt: error.retryAt,
          details: error.details,
        })
        return {
          outcome: 'deferred',
          code: error.code,
          ...(error.retryAt ? { retryAt: error.retryAt.toISOString() } : {}),
        }
      }
      if (last) await noteProgress(job, { failed: error.code }, signal)
      end(last ? 'failed' : 'retried')
      failSpan(span, error.code)
      jobCtx.log[last ? 'error' : 'warn']({
        event: last ? 'job.failed' : 'job.retried',
        code: error.code,
        err: error,
      })
      throw failingWith(error)
    }
  })
}

/** `connection-events` has one job under three names; elsewhere a definition has one. */
const namesOf = (definition: JobDefinition): readonly string[] =>
  definition.name === 'connection-event' ? ['connected', 'reconnected', 'disconnected'] : [definition.name]
