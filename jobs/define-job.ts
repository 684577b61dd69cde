/**
 * A job is data: which queue, which name, what it carries, how it is retried, what it runs and what becomes of
 * its row when that fails. Nothing here knows BullMQ.
 */
import type { z } from 'zod'
import type { Ctx } from '../src/context.ts'
import type { AppError } from '../src/errors.ts'

export const queueNames = [
  'connection-events',
  'invoice-sync',
  'token-refresh',
  'case-creation',
  'documents',
  'event-delivery',
  'housekeeping',
] as const
export type QueueName = (typeof queueNames)[number]

/** Jobs of a queue that a process does at once, where that is fewer than elsewhere: each holds a whole file of up to 25 MB. */
export const mostAtOnce: Readonly<Partial<Record<QueueName, number>>> = { documents: 4 }

/** Retries inside the queue, for errors of class `now`. Durations in milliseconds. */
export interface RetryPolicy {
  readonly attempts: number
  readonly baseMs: number
  readonly maxMs: number
}

export interface JobRun {
  /** Aborts when the process is asked to stop: finish the page at hand and leave. */
  readonly signal: AbortSignal
}

export interface JobFailure {
  readonly error: AppError
  /** True when the queue will not try again by itself. */
  readonly last: boolean
}

export interface JobDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly queue: QueueName
  readonly name: string
  /** Ids only, never rows or secrets. New fields are optional: yesterday's jobs are still queued. */
  readonly data: Schema
  readonly retry: RetryPolicy
  /** At most one waiting job a key; what is enqueued while it runs becomes exactly one more. */
  key(data: z.output<Schema>): string
  run(ctx: Ctx, data: z.output<Schema>, run: JobRun): Promise<void>
  /** Brings the row in line: when it is due again, and what the client sees. */
  failed(ctx: Ctx, data: z.output<Schema>, failure: JobFailure): Promise<void>
  /** An operator pressed Retry on a failed job: make its row due now. */
  rearm(ctx: Ctx, data: z.output<Schema>): Promise<void>
}

/** Declares a job; infers the type of its data from the schema. */
export const defineJob = <Schema extends z.ZodType>(
  definition: JobDefinition<Schema>,
): JobDefinition<Schema> => definition
