/**
 * The closed set of errors, told once: what a client reads, what the queue does, what an operator reads. The error codes of
 * docs/operations.md are written from here (`npm run docs`), and so is `/docs/errors`.
 */

/**
 * now: the queue tries again by itself, soon. later: the row says when, the job ends. never: a person or a new
 * fact has to come first.
 */
export type Retry = 'now' | 'later' | 'never'

export interface CatalogueEntry {
  /** Of the HTTP answer. */
  readonly status: number
  readonly retry: Retry
  /** What a client reads. */
  readonly message: string
  /** Nobody but the client can end it: an operator's retry would only fail again. */
  readonly fixedBy?: 'client'
  /** What we do about it, for the client; not said of an outcome that is final. */
  readonly promise?: string
  /** For the operator: what it means, what the system does by itself, what to do. */
  readonly meaning: string
  readonly byItself: string
  readonly toDo: string
}

const callers = {
  invalid_request: {
    status: 400,
    retry: 'never',
    message: 'The request is not valid.',
    meaning: 'a field, a parameter or a filter is not valid; the answer names each bad field.',
    byItself: 'nothing was done.',
    toDo: 'nothing. Many from one client: its host portal sends something that changed; compare with `/docs`.',
  },
  invalid_json: {
    status: 400,
    retry: 'never',
    message: 'The body is not valid JSON.',
    meaning: 'the body is not JSON although it says so.',
    byItself: 'nothing was done.',
    toDo: 'nothing; the caller has to fix it.',
  },
  not_signed_in: {
    status: 401,
    retry: 'never',
    message: 'Please sign in again.',
    meaning:
      'no session and no bearer token, or the session has ended, for want of use too (`SESSION_IDLE_MINUTES`).',
    byItself: 'a browser on the demo is sent to the sign-in page.',
    toDo: "nothing. Everybody at once: sessions were deleted, or the cookie does not arrive because `PUBLIC_URL` or the proxy's scheme changed.",
  },
  token_invalid: {
    status: 401,
    retry: 'never',
    message: 'The sign-in token is not valid.',
    meaning:
      'the JWT has a wrong signature, algorithm, shape or claims, a one-time link was used twice or as a bearer token, or a link has no `purpose` although `SIGN_IN_PURPOSE_REQUIRED` is set.',
    byItself: 'nothing was done.',
    toDo: 'all tokens of a host portal are refused: compare `PORTAL_JWT_SECRET` on both sides, and `PORTAL_JWT_AUDIENCE` and `PORTAL_JWT_ISSUER` with the claims `aud` and `iss`.',
  },
  token_expired: {
    status: 401,
    retry: 'never',
    message: 'The sign-in token has expired.',
    meaning: "the JWT's `exp` has passed.",
    byItself: 'nothing was done.',
    toDo: 'nothing. All at once: a clock is wrong, here or at the host portal.',
  },
  forbidden: {
    status: 403,
    retry: 'never',
    message: 'You may not do this.',
    meaning: 'signed in, but not in this role; or a write on the queue dashboard that is switched off.',
    byItself: 'nothing was done.',
    toDo: 'check the claim `role`. Jobs are never made or edited by hand: fix the row or retry the job.',
  },
  only_client_can_help: {
    status: 409,
    retry: 'never',
    message: 'Only the client can help with this. It goes on by itself after that.',
    meaning:
      'an operator wanted to retry a job that failed for a reason which nobody but the client can end, such as a grant that is gone.',
    byItself: 'nothing was done. The work goes on once the client has done their part.',
    toDo: 'look up the error code of the job, and tell the client what it asks for.',
  },
  events_expired: {
    status: 410,
    retry: 'never',
    message: 'Events after this number are no longer kept.',
    meaning: 'somebody follows the event log and was away for more than 30 days; what it missed is gone.',
    byItself: 'nothing; events are kept for 30 days.',
    toDo: 'the reader begins again without `after`, and compares what it knows with the API.',
  },
  webhook_url_refused: {
    status: 400,
    retry: 'never',
    message: 'Events cannot be delivered to this address.',
    meaning:
      'an address for events is not https (in production), holds a user, or is a private, local or reserved address. What a name resolves to is looked at with each delivery.',
    byItself: 'nothing was done.',
    toDo: 'an address in a network of your own: `WEBHOOK_PRIVATE_NETWORKS`.',
  },
  webhook_disabled: {
    status: 409,
    retry: 'never',
    message: 'Deliveries to this address are switched off.',
    meaning: 'a test or a replay was asked for, of an endpoint that is disabled.',
    byItself: 'nothing was done.',
    toDo: 'enable the endpoint first.',
  },
  csrf_failed: {
    status: 403,
    retry: 'never',
    message: 'This form is out of date. Reload the page and try again.',
    meaning: "a browser's write came without the page's token and from another origin.",
    byItself: 'nothing was done.',
    toDo: 'one: an old tab, reload. Many: `PUBLIC_URL` is not the origin that browsers see, or someone tries to forge requests; the access log has the route.',
  },
  not_found: {
    status: 404,
    retry: 'never',
    message: 'There is nothing here.',
    meaning: 'no such page or object, or it belongs to another client: the answer is the same on purpose.',
    byItself: 'nothing was done.',
    toDo: 'nothing.',
  },
  method_not_allowed: {
    status: 405,
    retry: 'never',
    message: 'This method is not allowed here.',
    meaning: 'the path exists, the method does not.',
    byItself: "the answer's `Allow` lists the methods.",
    toDo: 'nothing.',
  },
  payload_too_large: {
    status: 413,
    retry: 'never',
    message: 'The request is too large.',
    meaning: 'the body is over 1 MB, or the URL is too long.',
    byItself: 'nothing was read.',
    toDo: 'nothing; a command takes at most 10,000 ids, larger selections go by filter.',
  },
  unsupported_media_type: {
    status: 415,
    retry: 'never',
    message: 'This content type is not accepted.',
    meaning: 'the content type is none that this route reads.',
    byItself: 'nothing was read.',
    toDo: 'nothing.',
  },
  document_type_unknown: {
    status: 415,
    retry: 'never',
    message: 'Only PDF, JPG and PNG files can be added.',
    meaning: 'the content of an upload is none of these types, whatever its name or its header says.',
    byItself: 'nothing was kept.',
    toDo: 'nothing; the person has to choose another file.',
  },
  document_damaged: {
    status: 422,
    retry: 'never',
    message: 'This file is damaged or not complete. Please choose it again.',
    meaning: 'an upload was cut off, or its content has no proper end.',
    byItself: 'nothing was kept.',
    toDo: 'nothing. Many from one client: a proxy in front cuts large requests off.',
  },
  upload_too_slow: {
    status: 408,
    retry: 'never',
    message: 'The file came too slowly, or not at all any more. Please try again on a better connection.',
    meaning: 'an upload brought less than 16 kB a second during half a minute.',
    byItself: 'nothing was kept. A slow upload may take up to 27 minutes as long as it goes on.',
    toDo: 'nothing. Many: a proxy in front passes uploads on only in part.',
  },
  document_too_large: {
    status: 413,
    retry: 'never',
    message: 'The file is larger than 25 MB.',
    meaning: 'an upload, or the PDF of an invoice at Zoho, is larger than a collector takes.',
    byItself: 'nothing was kept. The case says that it has no copy of its invoice.',
    toDo: 'nothing; the person can add a smaller file to the case.',
  },
  document_quota_exceeded: {
    status: 409,
    retry: 'never',
    message: 'There is no room for this file. Delete others that are not needed.',
    meaning: 'the uploads of a client would exceed `UPLOAD_QUOTA_MB`, or one case has 100 documents.',
    byItself: 'nothing was kept.',
    toDo: 'raise `UPLOAD_QUOTA_MB` if the client needs it.',
  },
  case_not_new: {
    status: 409,
    retry: 'never',
    message: 'This case is not new any more. Its description stays as it is.',
    meaning:
      'the description of a case can be changed only while the case is new; a withdrawn one has to be reinstated first.',
    byItself: 'nothing was done.',
    toDo: 'nothing.',
  },
  document_kept: {
    status: 409,
    retry: 'never',
    message: 'This document stays with the case.',
    meaning:
      'a document can be deleted or added only while its case is new; the copy of the invoice always stays.',
    byItself: 'nothing was done.',
    toDo: 'nothing.',
  },
  idempotency_conflict: {
    status: 422,
    retry: 'never',
    message: 'This Idempotency-Key was already used for a different command.',
    meaning: 'an `Idempotency-Key` came again with another body.',
    byItself: 'the first command stands and goes on.',
    toDo: 'nothing; the caller must use a new key for a new command.',
  },
  confirmation_required: {
    status: 422,
    retry: 'never',
    message: 'Please confirm that the selected claims are undisputed.',
    meaning: 'Create Cases without the confirmation that the claims are undisputed.',
    byItself: 'no command was stored.',
    toDo: 'nothing.',
  },
  case_invoice_not_unpaid: {
    status: 409,
    retry: 'never',
    message: 'Zoho Books says that the invoice is no longer unpaid, so the case stays withdrawn.',
    meaning:
      'a withdrawn case was to be reinstated, and Zoho Books says that its invoice is paid, void or deleted.',
    byItself: 'nothing changes; the case page shows what became of the invoice.',
    toDo: 'nothing. The case can be reinstated once the invoice is unpaid again.',
  },
  selection_empty: {
    status: 422,
    retry: 'never',
    message: 'No invoice is selected.',
    meaning: 'Create Cases with no invoice.',
    byItself: 'no command was stored.',
    toDo: 'nothing.',
  },
  selection_too_large: {
    status: 422,
    retry: 'never',
    message: 'At most 10,000 invoices fit into one command.',
    meaning: 'more than 10,000 invoices in one command.',
    byItself: 'no command was stored.',
    toDo: 'nothing; the caller splits it into parts.',
  },
  too_many_requests: {
    status: 429,
    retry: 'later',
    message: 'Too many requests. Please wait a moment.',
    meaning: 'one caller passed a rate limit (sign-in, calls that reach Zoho).',
    byItself: '`Retry-After` says when.',
    toDo: 'nothing. Sign-in limits hit from many addresses: someone is guessing.',
  },
  overloaded: {
    status: 503,
    retry: 'later',
    message: 'We are very busy right now. Please try again in a moment.',
    meaning: "the server's event loop is late, so it turns requests away before they become slow.",
    byItself:
      'takes requests again as soon as the loop is on time; `/healthz`, `/readyz`, `/metrics` are exempt.',
    toDo: 'add server processes; look at `http_request_seconds` by route for the one that costs.',
  },
  internal_error: {
    status: 500,
    retry: 'now',
    message: 'Something went wrong on our side. It has been recorded.',
    meaning: 'something that nobody classified: a bug or an unexpected state.',
    byItself: 'a job is retried; a request is answered with an error id.',
    toDo: 'find the log line by the error id (`requestId`) or job id: it has the stack and the causes. Fix it, deploy, then "Retry all of this kind".',
  },
} as const satisfies Record<string, CatalogueEntry>

const connecting = {
  not_connected: {
    status: 409,
    retry: 'never',
    message: 'Zoho Books is not connected.',
    meaning: 'the client has no Zoho Books connection.',
    byItself: 'nothing.',
    toDo: 'nothing; the client has to press Connect.',
  },
  connection_paused: {
    status: 409,
    retry: 'never',
    message: 'The connection is paused. Resume it first.',
    meaning: 'an operator paused this connection.',
    byItself: 'nothing is synced; staged invoices stay as they are.',
    toDo: "Resume on the connection's page when the reason is gone. It starts with a full run.",
  },
  connect_denied: {
    status: 403,
    retry: 'never',
    message: 'Access was not granted in Zoho. Nothing was connected.',
    meaning: "the person pressed Reject on Zoho's consent page.",
    byItself: 'nothing was connected.',
    toDo: 'nothing.',
  },
  connect_state_invalid: {
    status: 400,
    retry: 'never',
    message: 'This sign-in attempt is no longer valid. Please press Connect again.',
    meaning:
      "the callback's state is missing, unknown, spent, expired (ten minutes) or of another browser session.",
    byItself: 'nothing was connected.',
    toDo: 'one: the person took too long, Connect again. All: the session cookie does not survive the way to Zoho and back; check `PUBLIC_URL` and that the proxy keeps `SameSite=Lax` cookies.',
  },
  connect_failed: {
    status: 502,
    retry: 'never',
    message: 'Zoho did not complete the connection. Please press Connect again.',
    meaning: 'Zoho came back with neither code nor error, or refused the code, which lives two minutes.',
    byItself: 'nothing was connected.',
    toDo: "Connect again. Repeatedly: compare the redirect URI in Zoho's API console with `PUBLIC_URL/integrations/zoho-books/callback`, letter for letter.",
  },
  connect_no_refresh_token: {
    status: 502,
    retry: 'never',
    message: 'Zoho granted access but no lasting permission. Please press Connect again and accept.',
    meaning: 'Zoho gave an access token but no refresh token.',
    byItself: 'nothing was connected, the short grant is not kept.',
    toDo: 'Connect again and accept. Repeatedly: Zoho changed what `access_type=offline` and `prompt=consent` do.',
  },
  connect_no_organization: {
    status: 422,
    retry: 'never',
    message: 'This Zoho account has no active Zoho Books organization.',
    meaning: 'the Zoho account has no active Zoho Books organization.',
    byItself: 'nothing was connected.',
    toDo: 'nothing; the client signs in to Zoho with another account.',
  },
  unknown_data_center: {
    status: 400,
    retry: 'never',
    message: 'Zoho named a data centre that we do not know. Nothing was connected.',
    meaning: 'the callback names an accounts server that is not in our table of data centres.',
    byItself: 'no secret is sent there, nothing was connected.',
    toDo: 'if Zoho has opened a data centre, add its row to `src/zoho/data-centers.ts`. Otherwise someone tried to receive our client secret: keep the log lines.',
  },
  already_connected: {
    status: 409,
    retry: 'never',
    message: 'Zoho Books is already connected. Disconnect first to connect another account.',
    meaning: 'the client got connected in another tab meanwhile.',
    byItself: 'the first connection stands; the second grant is revoked.',
    toDo: 'nothing.',
  },
  organization_unknown: {
    status: 422,
    retry: 'never',
    message: 'This organization is not available to the connected Zoho user.',
    meaning: 'the organization to switch to is not among those of the connected Zoho user.',
    byItself: 'the connection stays with its organization.',
    toDo: 'nothing.',
  },
} as const satisfies Record<string, CatalogueEntry>

const tokens = {
  reconnect_required: {
    status: 409,
    retry: 'never',
    fixedBy: 'client',
    message: 'Zoho no longer accepts our access. Please reconnect Zoho Books.',
    meaning:
      'the refresh token is dead: revoked by the user, removed under Connected Apps, or pushed out by newer ones (Zoho keeps 20).',
    byItself:
      'syncs and refreshes stop, the client sees "Reconnect needed"; staged invoices stay, no case is made.',
    toDo: "only the client can fix it. Many clients at the same time: check that nobody rotated or deleted the client in Zoho's API console, and that no second installation uses the same client id.",
  },
  zoho_client_misconfigured: {
    status: 502,
    retry: 'later',
    message: 'The connection to Zoho is disturbed on our side.',
    promise: 'We are on it.',
    meaning: 'Zoho refuses _us_: client id, secret or redirect URI.',
    byItself: 'every grant is kept, tokens in hand are used until they expire, the refresh is tried again.',
    toDo: 'at once, it concerns all connections of a data centre: `ZOHO_CLIENT_ID`, `ZOHO_CLIENT_SECRET`, or the secret of that data centre in `ZOHO_CLIENT_SECRETS`. Restart; then "Retry all of this kind".',
  },
  zoho_token_throttled: {
    status: 503,
    retry: 'later',
    message: 'Zoho asks us to slow down.',
    promise: 'We continue by ourselves.',
    meaning: 'Zoho will not mint more access tokens for this grant now (10 in 10 minutes).',
    byItself:
      'waits out the window; asking earlier would lengthen the block. A token in hand is used meanwhile.',
    toDo: 'nothing for one. Many: something mints in a loop; `token_verdicts_total` shows how often.',
  },
  zoho_token_unclear: {
    status: 502,
    retry: 'later',
    message: 'Zoho did not answer clearly.',
    promise: 'We try again by ourselves.',
    meaning: 'the token endpoint answered 5xx, HTML, nothing, or something unknown.',
    byItself:
      'the grant is kept and the refresh is tried again with backoff. While no token is to be had in the data centre, one of those who wait looks every 90 seconds; the first token makes all of them due, spread over seconds.',
    toDo: 'nothing while Zoho is disturbed. Longer than an hour: can this machine reach the accounts server (proxy, DNS, TLS interception)?',
  },
  zoho_token_refused: {
    status: 502,
    retry: 'now',
    message: 'Zoho no longer accepts our short-lived access.',
    promise: 'We renew it by ourselves.',
    meaning: 'the Books API said 401: the access token is dead or lacks a scope.',
    byItself: 'one forced refresh tells which; it then works, or becomes `zoho_permission_missing`.',
    toDo: 'nothing. Often for one connection: another program mints tokens with the same grant.',
  },
  zoho_permission_missing: {
    status: 403,
    retry: 'never',
    fixedBy: 'client',
    message: 'The connected Zoho user may not read invoices. Please reconnect with a user who may.',
    meaning:
      '401/57 although the token is fresh: the Zoho user has no right to read invoices, or a scope was not granted.',
    byItself: 'the run fails and is looked at again every hour, since a role may be given back.',
    toDo: 'only the client can fix it: give the user the role, which the next hourly look finds, or reconnect with one who has it.',
  },
  token_key_missing: {
    status: 500,
    retry: 'later',
    message: 'The connection is disturbed on our side.',
    promise: 'We are on it.',
    meaning: 'a stored token was encrypted with a key that `TOKEN_ENCRYPTION_KEYS` does not have.',
    byItself: 'the token is kept and tried again.',
    toDo: 'put the key back (`details.keyId` names it), restart, then run `npm run rotate-keys` before a key is removed again. A key that is lost for good: those clients have to reconnect.',
  },
  token_misplaced: {
    status: 500,
    retry: 'later',
    message: 'The connection is disturbed on our side.',
    promise: 'We are on it.',
    meaning:
      'a stored token was encrypted for another connection or column: somebody, or a bad repair, moved it there in the database. It is not used.',
    byItself: 'nothing is read or written with it; it is looked at again every five minutes.',
    toDo: 'treat it as an attack on the database until it is explained: who may write `oauth_tokens`? Then let the client reconnect, which stores new tokens. `details` names the row.',
  },
  key_unknown_to_worker: {
    status: 409,
    retry: 'never',
    message: 'A running worker does not know the new key.',
    promise: 'Nothing was re-encrypted.',
    meaning:
      '`npm run rotate-keys` found a worker whose last sweep is less than a minute old and which was started without the first key of `TOKEN_ENCRYPTION_KEYS`. It could not read what is re-encrypted.',
    byItself: 'nothing.',
    toDo: 'give every server and worker the new key, restart them, then rotate. A worker that was killed counts as running for a minute.',
  },
} as const satisfies Record<string, CatalogueEntry>

const books = {
  zoho_minute_limit: {
    status: 503,
    retry: 'later',
    message: 'Zoho’s limit per minute is reached.',
    promise: 'We continue in a moment.',
    meaning: 'code 44: too many calls of this organization within a minute.',
    byItself:
      'no worker calls this organization until the pause is over; the run goes on from its last page.',
    toDo: 'nothing for one. A wait that cannot be true: the page of the connection shows the headers received, and "Forget limits" ends it. Often: another program of the client calls Zoho too; lower `ZOHO_REQUESTS_PER_MINUTE`.',
  },
  zoho_day_limit: {
    status: 503,
    retry: 'later',
    message: 'Zoho’s limit for today is reached.',
    promise: 'We continue when it resets.',
    meaning: "code 45, or the part of the day's quota that is meant for background work is used up.",
    byItself:
      "syncs wait until the quota resets; a share is kept for a person's own commands. The client sees when it goes on.",
    toDo: 'nothing. A day that cannot be true (it is cut to 24 hours): "Forget limits" on the page of the connection. Every day for one client: its plan is too small for its volume; lengthen `SYNC_INTERVAL_SECONDS`.',
  },
  zoho_concurrency_limit: {
    status: 503,
    retry: 'later',
    message: 'Zoho is busy with this organization.',
    promise: 'We continue in a moment.',
    meaning: 'code 1070: too many calls of this organization at the same time.',
    byItself: 'waits a few seconds and calls with less at once.',
    toDo: 'nothing. Often everywhere: lower `ZOHO_MAX_IN_FLIGHT`.',
  },
  zoho_unavailable: {
    status: 502,
    retry: 'now',
    message: 'Zoho Books is not answering properly.',
    promise: 'We try again by ourselves.',
    meaning:
      "5xx, time-out, reset connection, or a page without Zoho's JSON envelope (HTML, empty), also under 404: a gateway speaks, not Books.",
    byItself:
      'three attempts with backoff, then the row is due again after 30 s, 1 min, 2 min … at most an hour. The run goes on from its last page. The client sees the problem until it works again. While nothing of the data centre answers, one of those who wait looks every minute; its first good answer makes all of them due, spread over seconds.',
    toDo: 'look at Zoho\'s status page. For one that fails alone, "Retry all of this kind" saves the waiting.',
  },
  zoho_answer_invalid: {
    status: 502,
    retry: 'now',
    message: 'Zoho Books gave an answer that we cannot trust.',
    promise: 'We try again by ourselves.',
    meaning: 'a 200 that cannot be trusted: non-zero code, a page that contradicts itself, an unknown shape.',
    byItself: 'as `zoho_unavailable`. Nothing of the answer is stored.',
    toDo: 'once: nothing. For everyone: Zoho changed its API; `details.path` says where. Fix it, deploy, retry.',
  },
  zoho_request_invalid: {
    status: 502,
    retry: 'never',
    message: 'Zoho Books refused our request.',
    promise: 'We are on it.',
    meaning: 'Zoho refused the request itself (codes 2, 5, 37, other codes under 4xx).',
    byItself: 'the run fails and is looked at again every hour.',
    toDo: 'a bug here or a change at Zoho: `details` has status and code. Fix it, deploy, retry.',
  },
  zoho_organization_gone: {
    status: 409,
    retry: 'never',
    fixedBy: 'client',
    message:
      'The connected organization is no longer available to this Zoho user. Please choose another or reconnect.',
    meaning: 'code 6041: the user was removed from the organization, or it was deleted.',
    byItself:
      'syncs are looked at again every hour; the client is asked to choose another organization or to reconnect.',
    toDo: 'only the client can fix it.',
  },
  not_proven: {
    status: 503,
    retry: 'never',
    message: 'Zoho Books could not be asked whether this invoice is still unpaid. Please try again.',
    meaning:
      'the outcome of an invoice of a command: for as long as a command waits, Zoho Books could not be asked whether it is still unpaid, or its answer could not be stored.',
    byItself:
      "before that the command waited and said why, one hour from its last outcome on, 26 hours while a limit of Zoho's was the reason. No case is made.",
    toDo: 'look for the reason in the log lines of the command. The client can try the failed invoices again.',
  },
  zoho_document_invalid: {
    status: 502,
    retry: 'later',
    message: 'Zoho Books gave no usable PDF of this invoice.',
    promise: 'We try again by ourselves.',
    meaning: 'the answer for a PDF was another type, or a PDF without its beginning or end.',
    byItself:
      'nothing of it is stored; asked again after 1, 2, 4 … minutes, at most every six hours and twelve times. Then the case says that it has no copy.',
    toDo: 'open the invoice as PDF in Zoho Books. If that works, "Fetch it again" on the case.',
  },
  zoho_invoice_gone: {
    status: 404,
    retry: 'never',
    message: 'This invoice no longer exists in Zoho Books.',
    meaning: '404 with code 1002: this invoice was deleted in Zoho Books.',
    byItself: 'the staged row is closed as removed; a command leaves it out with this reason.',
    toDo: 'nothing.',
  },
} as const satisfies Record<string, CatalogueEntry>

const running = {
  job_data_invalid: {
    status: 500,
    retry: 'never',
    message: 'An internal task could not be read.',
    meaning: 'a job in the queue does not fit its schema or has a name that nobody knows.',
    byItself: 'nothing is run; the row behind it is swept into a new job.',
    toDo: 'remove it on the dashboard. Many after a deploy: an older version put them there, or another program uses the same Redis with the prefix `{zoho}`.',
  },
  connection_gone: {
    status: 409,
    retry: 'never',
    fixedBy: 'client',
    message: 'The connection was removed in the meantime.',
    meaning: 'the client disconnected while work was queued.',
    byItself: 'the work is dropped.',
    toDo: 'nothing.',
  },
  lease_lost: {
    status: 500,
    retry: 'later',
    message: 'Another worker took this over.',
    meaning:
      'a worker was silent longer than `JOB_LOCK_SECONDS`, so another one took its run or command over.',
    byItself:
      'the first one writes nothing any more; the other goes on from the last committed page or chunk.',
    toDo: 'nothing once. Repeatedly: workers stall; look at `nodejs_eventloop_lag_seconds`, CPU limits and swap.',
  },
  worker_lost: {
    status: 500,
    retry: 'never',
    message: 'The work was interrupted several times.',
    promise: 'We are on it.',
    meaning: 'the worker died or hung five times while it had this job.',
    byItself: 'the queue gives the job up; its row stays due, so a new job comes.',
    toDo: "look for restarts (`process.crashed`, out-of-memory kills) at the job's times; its last log lines say where.",
  },
  database_unavailable: {
    status: 503,
    retry: 'now',
    message: 'Our database is not reachable. Please try again in a moment.',
    meaning: 'PostgreSQL does not answer or gives no connection.',
    byItself: 'requests are refused with 503, jobs are retried, pools reconnect. `/readyz` says so.',
    toDo: 'PostgreSQL, network, `max_connections` against the sum of all pools: `DATABASE_POOL_SIZE` per process, plus 14 where queues live in Postgres, plus one listener per server and per worker.',
  },
  database_full: {
    status: 503,
    retry: 'now',
    message: 'Our database has no room left. Please try again later; nothing was stored.',
    meaning: "PostgreSQL's disk is full (SQLSTATE 53100): it answers what is asked, and stores nothing.",
    byItself:
      'writes are refused with 503 and `Retry-After`, jobs are retried; `/readyz` says so. What was accepted before is kept and goes on when there is room.',
    toDo: 'make room or a larger volume; a slot that nobody reads (`pg_replication_slots`) and an archive command that fails keep WAL. Never delete files in the data directory by hand.',
  },
  document_store_unavailable: {
    status: 503,
    retry: 'now',
    message: 'The store of our documents is not reachable. Please try again later; nothing was stored.',
    meaning: 'the store of `DOCUMENT_STORE_URL` does not answer, or answers that it cannot now.',
    byItself:
      'each request is made three times. Uploads are refused with 503, copies of invoices wait and are fetched when it is back; everything else goes on. `/readyz` says so.',
    toDo: 'bring the store back; the log has its answer. Nothing has to be re-entered.',
  },
  document_store_misconfigured: {
    status: 503,
    retry: 'later',
    message: 'The store of our documents is not set up. Please try again later; nothing was stored.',
    meaning:
      'the store refuses us (wrong key or secret, no right to the bucket, no such bucket), or documents are in a store and `DOCUMENT_STORE_URL` is not set.',
    byItself:
      'uploads are refused with 503, copies of invoices wait; everything else goes on. `/readyz` says so.',
    toDo: 'correct `DOCUMENT_STORE_URL` or the rights: read, write, delete and list. The log has the code of the store.',
  },
  document_lost: {
    status: 500,
    retry: 'never',
    message: 'The content of this document is missing. We have been told.',
    meaning: 'the document store has no object, or another content, for a document whose row is there.',
    byItself: 'nothing is given out; the log has the key.',
    toDo: 'restore the object from the backup of the bucket (`docs/backup.md`). `npm run verify` lists all that are missing.',
  },
  queue_unavailable: {
    status: 503,
    retry: 'now',
    message: 'Our queue is not reachable. Your command is stored and will be carried out.',
    meaning: "Redis (or the queue's Postgres) does not answer, is read-only or out of memory.",
    byItself:
      'commands are stored in rows all the same (`nudge.failed` in the log); the sweep enqueues them when the queue is back, also when it came back empty.',
    toDo: '`READONLY`: a failover is under way, clients reconnect by themselves. `OOM`: raise `maxmemory`, keep `maxmemory-policy noeviction`, clean completed jobs on the dashboard. Nothing has to be re-entered.',
  },
  schema_outdated: {
    status: 500,
    retry: 'never',
    message: 'The database schema does not fit this version.',
    meaning:
      'the database lacks a migration that this version needs, or has one that took away what it uses.',
    byItself: 'the process refuses to start; `/readyz` of a running one says so.',
    toDo: 'run `npm run migrate` with the newest version, before its server and workers start.',
  },
} as const satisfies Record<string, CatalogueEntry>

/** In the order of docs/operations.md. */
export const errorGroups: readonly {
  readonly title: string
  readonly entries: Readonly<Record<string, CatalogueEntry>>
}[] = [
  { title: 'What a caller did', entries: callers },
  { title: 'Connecting', entries: connecting },
  { title: 'Zoho: tokens', entries: tokens },
  { title: 'Zoho: Books API', entries: books },
  { title: 'Running', entries: running },
]

export const errorCatalogue = { ...callers, ...connecting, ...tokens, ...books, ...running }

export type ErrorCode = keyof typeof errorCatalogue

export const errorCodes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]

const entryOf = (code: ErrorCode): CatalogueEntry => errorCatalogue[code]

/** Only the client can end it: trying again helps nobody before that. */
export const onlyClientFixes = (code: ErrorCode): boolean => entryOf(code).fixedBy === 'client'

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCatalogue, code)

/** What a client reads, with what we do about it. */
export const messageOf = (code: ErrorCode): string => {
  const { message, promise } = entryOf(code)
  return promise === undefined ? message : `${message} ${promise}`
}

const sentence = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)

/** For an operator: what it means and what to do. */
export const hintOf = (code: ErrorCode): string => {
  const { meaning, toDo } = entryOf(code)
  return `${sentence(meaning)} ${sentence(toDo)}`
}
