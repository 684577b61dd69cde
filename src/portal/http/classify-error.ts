/** Fastify's own failures (parsing, validation, routing) as errors of our catalogue, by code and status. */
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { UnknownCursorError } from '../../../db/core/keyset-page.ts'
import { AppError, type ErrorCode, type FieldProblem, toAppError } from '../../errors.ts'

const byFastifyCode: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_BAD_URL: 'invalid_request',
  FST_ERR_ASYNC_CONSTRAINT: 'invalid_request',
}

const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  401: 'not_signed_in',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'payload_too_large',
  414: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
}

const fieldErrors = (
  validation: readonly { instancePath: string; message?: string | undefined }[],
): readonly FieldProblem[] =>
  validation.map(({ instancePath, message }) => ({
    path: instancePath.slice(1).replaceAll('/', '.'),
    message: message ?? 'is not valid',
  }))

/** A caller's fault, with all bad fields at once. */
export const invalidRequest = (errors: readonly FieldProblem[], cause?: unknown) =>
  new AppError('invalid_request', {
    ...(cause === undefined ? {} : { cause }),
    facts: { errors },
    message: `The request is not valid: ${errors
      .slice(0, 3)
      .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
      .join('; ')}`,
  })

/** Turns anything thrown while serving a request into one of our errors. */
export const classifyError = (error: unknown): AppError => {
  if (error instanceof AppError) return error
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(fieldErrors(error.validation), error)
  if (error instanceof UnknownCursorError)
    return invalidRequest([{ path: 'cursor', message: 'does not belong to this list' }], error)
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown }
  const known = typeof code === 'string' ? byFastifyCode[code] : undefined
  if (known) return new AppError(known, { cause: error })
  const status = typeof statusCode === 'number' ? byStatus[statusCode] : undefined
  if (status) return new AppError(status, { cause: error })
  return toAppError(error)
}
