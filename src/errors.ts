/**
 * The one error class. A code of the catalogue says what happened; `facts` are what control flow may rest on, `details` what
 * the log keeps. Errors are classified where they are thrown, from a status and a code, never by searching a message.
 */
import { type ErrorCode, errorCatalogue, hintOf, messageOf, type Retry } from './error-catalogue.ts'

export {
  type ErrorCode,
  errorCatalogue,
  errorCodes,
  errorGroups,
  hintOf,
  isErrorCode,
  messageOf,
  onlyClientFixes,
  type Retry,
} from './error-catalogue.ts'

/** A field of a request, or of a row of Zoho's, that cannot be read. */
export interface FieldProblem {
  readonly path: string
  readonly message: string
}

/** What every answer of the Books API also tells us. */
export interface AnswerFacts {
  /** Zoho's clock (`Date` header). */
  readonly zohoTime: Date | null
  readonly dayLimit: number | null
  readonly dayRemaining: number | null
  /** Seconds until the daily quota resets. */
  readonly dayResetSeconds: number | null
  /** The headers about limits as they were received, shortened: of a refusal, and where one was not believed. */
  readonly limitHeaders?: string
}

/** None when nothing of Zoho's came back to read them from. */
interface Refused extends Partial<AnswerFacts> {
  /** How long Zoho asked to be left alone, as far as that is believed. */
  readonly retryAfterSeconds?: number | null
}

interface Limited extends Refused {
  /** Zoho itself refused; else it is our own pace or reserve. */
  readonly blockedByZoho?: boolean
}

/** What is known about an occurrence of these codes, for whoever catches it. */
export interface ErrorFacts {
  readonly invalid_request: { readonly errors?: readonly FieldProblem[] }
  readonly token_key_missing: { readonly keyId?: string | null }
  /** What was wrong with one row; absent when the whole answer was. */
  readonly zoho_answer_invalid: { readonly rowProblems?: readonly FieldProblem[] }
  readonly zoho_minute_limit: Limited
  readonly zoho_day_limit: Limited
  readonly zoho_concurrency_limit: Limited
  readonly zoho_token_refused: Refused
  readonly zoho_unavailable: Refused
  readonly zoho_request_invalid: Refused
  readonly zoho_organization_gone: Refused
  readonly zoho_invoice_gone: Refused
}

type FactsOf<Code> = Code extends keyof ErrorFacts ? ErrorFacts[Code] : Readonly<Record<string, never>>

export interface AppErrorOptions<Code extends ErrorCode = ErrorCode> {
  /** What control flow may rest on; the log has it among the details. */
  readonly facts?: FactsOf<Code>
  readonly cause?: unknown
  /** For the log and, of a caller's fault, for the caller: ids, paths, numbers. Never a secret, never personal data. */
  readonly details?: Readonly<Record<string, unknown>>
  /** For `later`: when it makes sense to try again. */
  readonly retryAt?: Date
  /** Replaces the catalogue's message for the caller, e.g. to name the bad field. */
  readonly message?: string
}

/** An error of the catalogue with what is known about this occurrence. */
export class AppError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'AppError'
  readonly code: Code
  readonly retry: Retry
  readonly status: number
  readonly facts: FactsOf<Code>
  readonly details: Readonly<Record<string, unknown>>
  readonly retryAt: Date | undefined

  constructor(code: Code, options: AppErrorOptions<Code> = {}) {
    super(
      options.message ?? messageOf(code),
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    const { retry, status } = errorCatalogue[code]
    this.code = code
    this.retry = retry
    this.status = status
    this.facts = options.facts ?? ({} as FactsOf<Code>)
    this.details = { ...this.facts, ...options.details }
    this.retryAt = options.retryAt
  }

  get hint(): string {
    return hintOf(this.code)
  }
}

/** True when the error is ours and has this code. */
export const isAppError = <Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is AppError<Code> => error instanceof AppError && (code === undefined || error.code === code)

const databaseDown = new Set([
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08003',
  '08006',
  '08001',
  '53300',
  'ECONNREFUSED',
  'ECONNRESET',
])

/** SQLSTATE disk_full: what is there can be read, nothing new can be written. */
const diskFull = '53100'

/** Turns anything thrown into an AppError; what nobody classified becomes `internal_error` with its cause. */
export const toAppError = (error: unknown): AppError => {
  if (error instanceof AppError) return error
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code === 'string' && databaseDown.has(code))
    return new AppError('database_unavailable', { cause: error })
  if (code === diskFull) return new AppError('database_full', { cause: error })
  return new AppError('internal_error', { cause: error })
}
