import type { ErrorCode } from '../errors.ts'

/** Troubles of the token path, which its next success takes back. */
export const tokenProblems: readonly ErrorCode[] = [
  'zoho_client_misconfigured',
  'zoho_token_throttled',
  'zoho_token_unclear',
  'token_key_missing',
  'token_misplaced',
]
