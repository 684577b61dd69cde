import { z } from 'zod'
import { makeDueNow } from '../db/jobs/due-rows.repo.ts'
import { revokeToken, tokenRevocationFailed } from '../src/tokens/revoke-token.ts'
import { defineJob } from './define-job.ts'

/** Revokes a disconnected connection's grant at Zoho until Zoho says that it is gone. */
export const revokeTokenJob = defineJob({
  queue: 'housekeeping',
  name: 'revoke-token',
  data: z.object({ revocationId: z.uuid() }),
  retry: { attempts: 5, baseMs: 5_000, maxMs: 300_000 },
  key: ({ revocationId }) => revocationId,
  run: (ctx, { revocationId }) => revokeToken(ctx, revocationId),
  failed: (ctx, { revocationId }, { error, last }) =>
    tokenRevocationFailed(ctx, revocationId, error, { last }),
  rearm: (ctx, { revocationId }) => makeDueNow(ctx.db, 'revoke-token', revocationId),
})
