/** An error as `application/problem+json` (RFC 9457): the same shape for every failure of the interface. */
import { z } from 'zod'
import { type AppError, isAppError, messageOf } from '../../errors.ts'

/** One field that is not valid, or could not be read. */
export const fieldProblem = z.object({ path: z.string(), message: z.string() }).meta({ id: 'FieldProblem' })

const problemSchema = z
  .object({
    type: z.string().describe('Reference to the explanation of this code'),
    title: z.string().describe('What this code means'),
    status: z.number().int(),
    code: z.string().describe('Stable; decide by this one'),
    detail: z.string().describe('What happened this time, for a person'),
    errorId: z.string().describe('Quote this to support; equals the header x-request-id'),
    retryAfter: z.number().int().optional().describe('Seconds after which it makes sense to try again'),
    errors: z.array(fieldProblem).optional().describe('Fields that are not valid'),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({
    id: 'Problem',
    example: {
      type: '/docs/errors#not_connected',
      title: 'Zoho Books is not connected.',
      status: 409,
      code: 'not_connected',
      detail: 'Zoho Books is not connected.',
      errorId: '0198f2c4-5f0e-7d9c-b1a4-0d3c2b1a0f9e',
    },
  })

export type Problem = z.infer<typeof problemSchema>

const secondsUntil = (retryAt: Date, now: Date) =>
  Math.max(1, Math.ceil((retryAt.getTime() - now.getTime()) / 1000))

/** Details of our own faults stay in the log; a caller's faults are explained. */
const shownDetails = (error: AppError) => {
  if (isAppError(error, 'invalid_request') && error.facts.errors) return { errors: [...error.facts.errors] }
  return error.status < 500 && Object.keys(error.details).length > 0 ? { details: error.details } : {}
}

/** When to come back for an error that ends by itself, but says not when. Seconds. */
const OUTAGE_RETRY_AFTER = 10

const retryAfterOf = (error: AppError, now: Date): number | undefined => {
  if (error.retryAt) return secondsUntil(error.retryAt, now)
  return error.status === 503 ? OUTAGE_RETRY_AFTER : undefined
}

/** The answer for an error; `errorId` is the id of the request, as in the log. */
export const toProblem = (error: AppError, errorId: string, now: Date): Problem => {
  const retryAfter = retryAfterOf(error, now)
  return {
    type: `/docs/errors#${error.code}`,
    title: messageOf(error.code),
    status: error.status,
    code: error.code,
    detail: error.message,
    errorId,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...shownDetails(error),
  }
}

/** Response declarations for the OpenAPI document. `default`, since generators of clients do not all know `4XX`. */
export const problemResponses = {
  default: {
    description:
      'It cannot be carried out (4xx), or we or Zoho are in trouble (5xx); see `code` and `retryAfter`',
    content: { 'application/problem+json': { schema: problemSchema } },
  },
} as const
