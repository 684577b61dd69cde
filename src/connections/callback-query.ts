import { z } from 'zod'
import type { Ctx } from '../context.ts'
import { AppError, isAppError } from '../errors.ts'

const text = z.string().max(4096)

/** What Zoho sends back (contract 1 and 2). A parameter that comes twice is an array and so no text. */
const callbackQuery = z.object({
  state: text.optional(),
  code: text.optional(),
  error: text.optional(),
  location: text.optional(),
  'accounts-server': text.optional(),
})

export interface Callback {
  readonly state: string | undefined
  readonly code: string | undefined
  readonly error: string | undefined
  readonly location: string | undefined
  readonly accountsServer: string | undefined
}

/** @throws AppError connect_state_invalid for a query that Zoho would not send. */
export const readCallback = (query: Readonly<Record<string, unknown>>): Callback => {
  const parsed = callbackQuery.safeParse(query)
  if (!parsed.success) throw new AppError('connect_state_invalid')
  const { state, code, error, location } = parsed.data
  return { state, code, error, location, accountsServer: parsed.data['accounts-server'] }
}

/**
 * The accounts server that may have the code. Without `accounts-server` the `location` tells, if it is a known one;
 * without both it is where the consent started (contract 1). Unchecked: the client takes exact members of its table only.
 */
export const accountsServerOf = (ctx: Ctx, { accountsServer, location }: Callback): string | undefined => {
  if (accountsServer !== undefined || location === undefined) return accountsServer
  try {
    return ctx.zoho.dataCenter(location).accountsUrl
  } catch (error) {
    if (isAppError(error, 'unknown_data_center')) return undefined
    throw error
  }
}
