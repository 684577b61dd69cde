/** What the operator's pages know of the queues. `jobs/` implements it; nothing here knows BullMQ. */
import type { ErrorCode } from '../errors.ts'

/** The states that say something about load and trouble; completed jobs are history. */
export const countedStates = ['waiting', 'active', 'delayed', 'failed'] as const
export type CountedState = (typeof countedStates)[number]

export interface QueueState {
  readonly name: string
  readonly paused: boolean
  readonly counts: Readonly<Record<CountedState, number>>
}

/** Failed jobs are handled by kind of job and error code. */
export interface FailedKind {
  readonly queue: string
  readonly kind: string
  readonly code: ErrorCode
}

export interface FailedGroup extends FailedKind {
  readonly open: number
  readonly recovered: number
  readonly newest: Date
  /** Connections whose work is still open, a few of them. */
  readonly connections: readonly { readonly id: string; readonly clientId: string }[]
}

/** Who asks, for the audit trail. */
export interface Operator {
  readonly subject: string
  readonly ip: string
}

/** Every method rejects when the queue's store does not answer. */
export interface QueueInspection {
  readonly backend: 'redis' | 'postgres'
  readonly queueNames: readonly [string, ...string[]]
  readonly readStates: () => Promise<readonly QueueState[]>
  readonly readFailedGroups: () => Promise<readonly FailedGroup[]>
  /** Audited before it happens. @returns how many jobs are queued again. */
  readonly retryFailedKind: (kind: FailedKind, by: Operator) => Promise<number>
  /** Audited before it happens. @returns how many jobs were removed. */
  readonly clearRecoveredKind: (kind: FailedKind, by: Operator) => Promise<number>
  readonly pause: (queue: string) => Promise<void>
  readonly resume: (queue: string) => Promise<void>
}
