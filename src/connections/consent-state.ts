/** The `state` of a consent: who started it, from which browser session, once. Only hashes are stored. */
import { createHash, randomBytes } from 'node:crypto'
import { insertOauthState, useOauthState, wasOauthStateUsed } from '../../db/connections/oauth-states.repo.ts'
import type { Ctx } from '../context.ts'

const lifetimeSeconds = 600

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')

interface Owner {
  readonly clientId: string
  readonly sessionId: string
}

const keyOf = (state: string, { clientId, sessionId }: Owner) => ({
  stateHash: sha256(state),
  sessionHash: sha256(sessionId),
  clientId,
})

/** A new state for this session, valid for ten minutes. */
export const issueState = async (ctx: Ctx, owner: Owner & { readonly subject: string }): Promise<string> => {
  const state = randomBytes(32).toString('base64url')
  await insertOauthState(ctx.db, { ...keyOf(state, owner), createdBy: owner.subject, lifetimeSeconds })
  return state
}

/** Uses the state up. `used_before`: this very session had used it, so this is a double submit. */
export const consumeState = async (
  ctx: Ctx,
  state: string,
  owner: Owner,
): Promise<'valid' | 'used_before' | 'invalid'> => {
  const key = keyOf(state, owner)
  if (await useOauthState(ctx.db, key)) return 'valid'
  return (await wasOauthStateUsed(ctx.db, key)) ? 'used_before' : 'invalid'
}
