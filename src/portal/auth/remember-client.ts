import { ensureClient } from '../../../db/clients/clients.repo.ts'
import type { Ctx } from '../../context.ts'

export type RememberClient = (clientId: string, name: string | undefined) => Promise<void>

const CAPACITY = 10_000

/**
 * Creates a client on first sight. What this process has seen is remembered only to save a statement per request;
 * the table stays the truth.
 */
export const rememberClients = (ctx: Ctx): RememberClient => {
  const seen = new Map<string, string | undefined>()
  return async (clientId, name) => {
    if (seen.has(clientId) && (name === undefined || seen.get(clientId) === name)) return
    await ensureClient(ctx.db, { id: clientId, name })
    if (seen.size >= CAPACITY) seen.clear()
    seen.set(clientId, name)
  }
}
