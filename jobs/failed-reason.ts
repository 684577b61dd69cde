/** BullMQ keeps a text of why a job failed and nothing typed: written and read here, and nowhere else. */
import type { Job } from 'bullmq'
import { type AppError, type ErrorCode, isErrorCode } from '../src/errors.ts'

/** A job that takes its worker down more often is failed and shown, not tried for ever. */
export const mostStalls = 5

/** Code and hint of a failure, and never more: no SQL, no URL, no personal data. */
export const failedReason = ({ code, message, hint }: AppError): string => `${code}: ${message} ${hint}`

/** Why a job failed. When its worker was lost too often, BullMQ fails it itself; the count of stalls tells. */
export const codeOf = (job: Pick<Job, 'failedReason' | 'stalledCounter'>): ErrorCode => {
  const [code = ''] = (job.failedReason ?? '').split(': ', 1)
  if (isErrorCode(code)) return code
  return job.stalledCounter > mostStalls ? 'worker_lost' : 'internal_error'
}
