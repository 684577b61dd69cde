/** An error as `application/problem+json` (RFC 9457): the same shape for every failure of the interface. */
import { z } from 'zod'
import { type AppError, messageOf } from '../../errors.ts'

export const problemSchema = z
  .object({
    type: z.string().describe('Reference to the explanation of this code'),
    title: z.string().describe('What this code means'),
    status: z.number().int(),
    code: z.string().describe('Stable; decide by this one'),
    detail: z.string().describe('What happened this time, for a person'),
    errorId: z.string().describe('Quote this to support; equals the header x-request-id'),
    retryAfter: z.number().int().optional().describe('Seconds after which it makes sense to try again'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Fields that are not valid'),
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

export interface FieldError {
  readonly path: string
  readonly message: string
}

const secondsUntil = (retryAt: Date, now: Date) =>
  Math.max(1, Math.ceil((retryAt.getTime() - now.getTime()) / 1000))

/** Details of our own faults stay in the log; a caller's faults are explained. */
const shownDetails = (error: AppError) => {
  const { errors, ...rest } = error.details
  return {
    ...(Array.isArray(errors) ? { errors: errors as FieldError[] } : {}),
    ...(error.status < 500 && Object.keys(rest).length > 0 ? { details: rest } : {}),
  }
}

/** The answer for an error; `errorId` is the id of the request, as in the log. */
export const toProblem = (error: AppError, errorId: string, now: Date): Problem => ({
  type: `/docs/errors#${error.code}`,
  title: messageOf(error.code),
  status: error.status,
  code: error.code,
  detail: error.message,
  errorId,
  ...(error.retryAt ? { retryAfter: secondsUntil(error.retryAt, now) } : {}),
  ...shownDetails(error),
})

/** Response declarations for the OpenAPI document. */
export const problemResponses = {
  '4xx': {
    description: 'The request cannot be carried out; see `code`',
    content: { 'application/problem+json': { schema: problemSchema } },
  },
  '5xx': {
    description: 'We or Zoho are in trouble; see `retryAfter`',
    content: { 'application/problem+json': { schema: problemSchema } },
  },
} as const
