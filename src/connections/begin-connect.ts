import type { Ctx } from '../context.ts'
import { issueState } from './consent-state.ts'

/** Registered with Zoho; the consent and the exchange must name it byte for byte (contract 2). */
export const redirectUri = (ctx: Ctx): string => `${ctx.config.publicUrl}/integrations/zoho-books/callback`

/** URL of Zoho's consent page for this session; connecting again reconnects. */
export const beginConnect = async (
  ctx: Ctx,
  owner: { readonly clientId: string; readonly subject: string; readonly sessionId: string },
): Promise<string> => {
  const state = await issueState(ctx, owner)
  return ctx.zoho.authorizationUrl({ state, redirectUri: redirectUri(ctx) })
}
