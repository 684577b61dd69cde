/** Logs are events: `log.info({ event: 'sync.page_staged', runId, page, rows, ms })`. JSON, pretty on a terminal. */
import { type DestinationStream, type Logger, pino } from 'pino'
import { traceIds } from './log-context.ts'

export type { Logger }

/** Keys that must never be printed, at any depth that our code or got's and pg's errors can produce. */
const secretKeys = [
  'accessToken',
  'refreshToken',
  'access_token',
  'refresh_token',
  'client_secret',
  'clientSecret',
  'code',
  'token',
  'authorization',
  'Authorization',
  'cookie',
  'password',
]

const redactPaths = secretKeys
  .filter((key) => key !== 'code')
  .flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`])

/**
 * An error as it is logged: name, code, message, stack and cause chain, nothing else. HTTP and SQL errors carry
 * requests, headers and parameters as properties, so no other property is copied.
 */
const plainError = (error: unknown, depth = 0): unknown => {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : undefined
  const { name, message, stack } = error
  const { code, details } = error as { code?: unknown; details?: unknown }
  return {
    type: name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(name === 'AppError' ? { details } : {}),
    message,
    stack,
    ...(error.cause !== undefined && depth < 4 ? { cause: plainError(error.cause, depth + 1) } : {}),
  }
}

export interface LoggerOptions {
  readonly level: string
  readonly pretty?: boolean
  readonly destination?: DestinationStream
}

/** Builds the root logger. Child loggers add ids: `ctx.log.child({ runId })`. */
export const createLogger = ({ level, pretty = false, destination }: LoggerOptions): Logger => {
  const options = {
    level,
    base: { pid: process.pid },
    // A copy: pino merges the line's own fields into it.
    mixin: () => ({ ...traceIds() }),
    redact: { paths: redactPaths, censor: '[redacted]' },
    serializers: { err: (error: unknown) => plainError(error), error: (error: unknown) => plainError(error) },
  }
  if (destination) return pino(options, destination)
  if (pretty)
    return pino({
      ...options,
      transport: { target: 'pino-pretty', options: { destination: 2, ignore: 'pid,hostname' } },
    })
  return pino(options, pino.destination(2))
}
