/**
 * The closed set of errors. A code says what happened, `retry` what the queue does with it, `status` what HTTP
 * answers, `message` what a client reads, `hint` what an operator does. Each code has its section in
 * docs/operations.md; a test keeps the two in step. Errors are classified where they are thrown, from a status
 * and a code, never by searching a message.
 */

/**
 * now: the queue tries again by itself, soon. later: the row says when, the job ends. never: a person or a new
 * fact has to come first.
 */
export type Retry = 'now' | 'later' | 'never'

interface Entry {
  readonly status: number
  readonly retry: Retry
  readonly message: string
  readonly hint: string
}

const entry = (status: number, retry: Retry, message: string, hint: string): Entry => ({
  status,
  retry,
  message,
  hint,
})

const callerFault = 'Nothing to do here: the caller sent something that cannot be accepted.'

export const errorCatalogue = {
  // What a caller of our HTTP interface did
  invalid_request: entry(400, 'never', 'The request is not valid.', callerFault),
  invalid_json: entry(400, 'never', 'The body is not valid JSON.', callerFault),
  not_signed_in: entry(401, 'never', 'Please sign in again.', callerFault),
  token_invalid: entry(401, 'never', 'The sign-in token is not valid.', callerFault),
  token_expired: entry(401, 'never', 'The sign-in token has expired.', callerFault),
  forbidden: entry(403, 'never', 'You may not do this.', callerFault),
  csrf_failed: entry(
    403,
    'never',
    'This form is out of date. Reload the page and try again.',
    'A write came without a CSRF token or from another origin. Many of these: check PUBLIC_URL.',
  ),
  not_found: entry(404, 'never', 'There is nothing here.', callerFault),
  method_not_allowed: entry(405, 'never', 'This method is not allowed here.', callerFault),
  payload_too_large: entry(413, 'never', 'The request is too large.', callerFault),
  unsupported_media_type: entry(415, 'never', 'This content type is not accepted.', callerFault),
  idempotency_conflict: entry(
    422,
    'never',
    'This Idempotency-Key was already used for a different order.',
    'The caller re-used a key with another body. The first order stands.',
  ),
  confirmation_required: entry(
    422,
    'never',
    'Please confirm that the selected claims are undisputed.',
    callerFault,
  ),
  case_invoice_not_unpaid: entry(
    409,
    'never',
    'Zoho Books says that the invoice is no longer unpaid, so the case stays withdrawn.',
    'The client asked to reinstate a case whose invoice was paid, voided or deleted.',
  ),
  selection_empty: entry(422, 'never', 'No invoice is selected.', callerFault),
  selection_too_large: entry(422, 'never', 'At most 10,000 invoices fit into one order.', callerFault),
  too_many_requests: entry(
    429,
    'later',
    'Too many requests. Please wait a moment.',
    'A caller is being slowed down.',
  ),
  overloaded: entry(
    503,
    'later',
    'We are very busy right now. Please try again in a moment.',
    'Event loop or pool is saturated: add server processes or look for a slow query.',
  ),
  internal_error: entry(
    500,
    'now',
    'Something went wrong on our side. It has been recorded.',
    'A bug or an unexpected state: the log line with this error id has the stack.',
  ),

  // Connecting
  not_connected: entry(409, 'never', 'Zoho Books is not connected.', 'The client has to connect first.'),
  connection_paused: entry(
    409,
    'never',
    'The connection is paused. Resume it first.',
    'An operator paused this connection; nothing is synced until it is resumed.',
  ),
  connect_denied: entry(
    403,
    'never',
    'Access was not granted in Zoho. Nothing was connected.',
    'The person pressed Reject on the consent page.',
  ),
  connect_state_invalid: entry(
    400,
    'never',
    'This sign-in attempt is no longer valid. Please press Connect again.',
    'State missing, unknown, used before, expired, or from another browser session.',
  ),
  connect_failed: entry(
    502,
    'never',
    'Zoho did not complete the connection. Please press Connect again.',
    'The callback had neither code nor error, or Zoho refused the code (it lives two minutes).',
  ),
  connect_no_refresh_token: entry(
    502,
    'never',
    'Zoho granted access but no lasting permission. Please press Connect again and accept.',
    'The token answer had no refresh_token: access_type=offline and prompt=consent must be sent (contract 2).',
  ),
  connect_no_organization: entry(
    422,
    'never',
    'This Zoho account has no active Zoho Books organization.',
    'The list of organizations was empty or held only inactive ones.',
  ),
  unknown_data_center: entry(
    400,
    'never',
    'Zoho named a data centre that we do not know. Nothing was connected.',
    'accounts-server is not in the table (contract 1). If Zoho opened a new data centre, add a row; else it is an attack.',
  ),
  already_connected: entry(
    409,
    'never',
    'Zoho Books is already connected. Disconnect first to connect another account.',
    'Two tabs or a double submit finished the consent; the first one stands.',
  ),
  organization_unknown: entry(
    422,
    'never',
    'This organization is not available to the connected Zoho user.',
    callerFault,
  ),

  // Zoho: tokens
  reconnect_required: entry(
    409,
    'never',
    'Zoho no longer accepts our access. Please reconnect Zoho Books.',
    'The refresh token was revoked, removed under Connected Apps, or evicted by the limit of 20. Only the client can mend it.',
  ),
  zoho_client_misconfigured: entry(
    502,
    'later',
    'The connection to Zoho is disturbed on our side. We are on it.',
    'invalid_client, invalid_client_secret or invalid_redirect_uri: check ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET(S). Grants are kept.',
  ),
  zoho_token_throttled: entry(
    503,
    'later',
    'Zoho asks us to slow down. We continue by ourselves.',
    'Too many access tokens were minted (10 in 10 minutes). Never retried early: that lengthens the block.',
  ),
  zoho_token_unclear: entry(
    502,
    'later',
    'Zoho did not answer clearly. We try again by ourselves.',
    'The token endpoint answered 5xx, HTML, nothing, or something unknown. The grant is kept.',
  ),
  zoho_token_refused: entry(
    502,
    'now',
    'Zoho no longer accepts our short-lived access. We renew it by ourselves.',
    '401 from the Books API: the access token is dead or evicted, or a scope is missing. One forced refresh tells which.',
  ),
  zoho_permission_missing: entry(
    403,
    'never',
    'The connected Zoho user may not read invoices. Please reconnect with a user who may.',
    '401/57 although the token is fresh: a scope or a role is missing.',
  ),
  token_key_missing: entry(
    500,
    'later',
    'The connection is disturbed on our side. We are on it.',
    'A stored token names a key id that TOKEN_ENCRYPTION_KEYS lacks. Put the key back; the id is in details.',
  ),

  // Zoho: Books API
  zoho_minute_limit: entry(
    503,
    'later',
    'Zoho’s limit per minute is reached. We continue in a moment.',
    'Code 44. Another program of this organization also calls Zoho, or ZOHO_REQUESTS_PER_MINUTE is too high.',
  ),
  zoho_day_limit: entry(
    503,
    'later',
    'Zoho’s limit for today is reached. We continue when it resets.',
    'Code 45. The organization’s plan allows no more requests today.',
  ),
  zoho_concurrency_limit: entry(
    503,
    'later',
    'Zoho is busy with this organization. We continue in a moment.',
    'Code 1070. Too many calls of this organization at the same time.',
  ),
  zoho_unavailable: entry(
    502,
    'now',
    'Zoho Books is not answering properly. We try again by ourselves.',
    '5xx, time-out, reset connection, HTML or an empty answer.',
  ),
  zoho_answer_invalid: entry(
    502,
    'now',
    'Zoho Books gave an answer that we cannot trust. We try again by ourselves.',
    'A 200 with a non-zero code, a page that contradicts itself, or an unknown shape. Details name the path.',
  ),
  zoho_request_invalid: entry(
    502,
    'never',
    'Zoho Books refused our request. We are on it.',
    'Code 2, 5, 37 or another code under 4xx: a bug on our side or a change on theirs.',
  ),
  zoho_organization_gone: entry(
    409,
    'never',
    'The connected organization is no longer available to this Zoho user. Please choose another or reconnect.',
    'Code 6041: the user was removed from the organization or it was deleted.',
  ),
  not_proven: entry(
    503,
    'never',
    'Zoho Books could not be asked whether this invoice is still unpaid. Please try again.',
    'Zoho was down, its limit was used up or its answers could not be stored for as long as a command waits. The log has the reason as `code`.',
  ),
  zoho_invoice_gone: entry(404, 'never', 'This invoice no longer exists in Zoho Books.', 'Code 1002.'),

  // Running
  job_data_invalid: entry(
    500,
    'never',
    'An internal order could not be read.',
    'A job in the queue does not fit its schema: an old or a foreign job. The row it came from is swept again.',
  ),
  connection_gone: entry(
    409,
    'never',
    'The connection was removed in the meantime.',
    'The client disconnected while work was queued. Nothing to do.',
  ),
  lease_lost: entry(
    500,
    'later',
    'Another worker took this over.',
    'A worker was silent longer than JOB_LOCK_SECONDS, so another one went on. Nothing to do unless it repeats.',
  ),
  worker_lost: entry(
    500,
    'never',
    'The work was interrupted several times. We are on it.',
    'The worker died or hung five times while it did this job: look for restarts, memory and the last log lines of the job.',
  ),
  database_unavailable: entry(
    503,
    'now',
    'Our database is not reachable. Please try again in a moment.',
    'Check PostgreSQL, the network and the pool size.',
  ),
  queue_unavailable: entry(
    503,
    'now',
    'Our queue is not reachable. Your order is stored and will be carried out.',
    'Check Redis (memory, noeviction, failover). Rows keep the intent; the sweep rebuilds the jobs.',
  ),
  schema_outdated: entry(
    500,
    'never',
    'The database schema does not fit this version.',
    'Run npm run migrate with this version, or start the version that fits.',
  ),
} as const satisfies Record<string, Entry>

export type ErrorCode = keyof typeof errorCatalogue

export interface AppErrorOptions {
  readonly cause?: unknown
  /** Facts for operator and caller: ids, paths, numbers. Never a secret, never personal data. */
  readonly details?: Readonly<Record<string, unknown>>
  /** For `later`: when it makes sense to try again. */
  readonly retryAt?: Date
  /** Replaces the catalogue's message for the caller, e.g. to name the bad field. */
  readonly message?: string
}

/** The one error class of the product: a code of the catalogue with what is known about this occurrence. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly retry: Retry
  readonly status: number
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>
  readonly retryAt: Date | undefined

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    const known = errorCatalogue[code]
    super(
      options.message ?? known.message,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.code = code
    this.retry = known.retry
    this.status = known.status
    this.hint = known.hint
    this.details = options.details ?? {}
    this.retryAt = options.retryAt
  }
}

/** True when the error is ours and has this code. */
export const isAppError = (error: unknown, code?: ErrorCode): error is AppError =>
  error instanceof AppError && (code === undefined || error.code === code)

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

/** Turns anything thrown into an AppError; what nobody classified becomes `internal_error` with its cause. */
export const toAppError = (error: unknown): AppError => {
  if (error instanceof AppError) return error
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code === 'string' && databaseDown.has(code))
    return new AppError('database_unavailable', { cause: error })
  return new AppError('internal_error', { cause: error })
}
