import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../context.ts'
import { listSessions, SESSION_HOURS } from '../../auth/sessions.ts'
import { getPage } from '../page-route.ts'
import { SessionsPage } from './sessions-page.tsx'

/** Where a person is signed in. The forms post to `auth/sign-in.routes.ts`. */
export const sessionRoutes = (app: FastifyInstance, ctx: Ctx): void => {
  getPage(
    app,
    ctx,
    '/sessions',
    async ({ identity, query }) => (
      <SessionsPage
        sessions={await listSessions(ctx, identity)}
        idleMinutes={ctx.config.sessionIdleMinutes}
        hours={SESSION_HOURS}
        ended={(query as { done?: unknown }).done === 'ended'}
      />
    ),
    { access: 'any' },
  )
}
