import { z } from 'zod'
import { makeDueNow } from '../db/jobs/due-rows.repo.ts'
import { refreshAccessToken, tokenRefreshFailed } from '../src/tokens/refresh-access-token.ts'
import { defineJob } from './define-job.ts'

/** Gets a new access token before the old one expires. */
export const refreshTokenJob = defineJob({
  queue: 'token-refresh',
  name: 'refresh-token',
  data: z.object({ connectionId: z.uuid() }),
  retry: { attempts: 5, baseMs: 2_000, maxMs: 60_000 },
  key: ({ connectionId }) => connectionId,
  run: (ctx, { connectionId }) => refreshAccessToken(ctx, connectionId),
  failed: (ctx, { connectionId }, { error, last }) => tokenRefreshFailed(ctx, connectionId, error, { last }),
  rearm: (ctx, { connectionId }) => makeDueNow(ctx.db, 'refresh-token', connectionId),
})
