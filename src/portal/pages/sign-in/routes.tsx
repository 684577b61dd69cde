import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../../context.ts'
import { safePath } from '../../auth/safe-path.ts'
import { homes } from '../../http/identity.ts'
import { isAct } from '../../http/sign-in-url.ts'
import { getPage } from '../page-route.ts'
import { SignInPage } from './sign-in-page.tsx'

const nextOf = (query: unknown, ctx: Ctx): string | undefined => {
  const { next } = query as { next?: unknown }
  const path = typeof next === 'string' ? safePath(next, ctx.config.publicUrl) : undefined
  return path === undefined || isAct(path) ? undefined : path
}

export const signInRoutes = (app: FastifyInstance, ctx: Ctx): void => {
  app.addHook('onRoute', (route) => {
    route.config = { access: 'optional', ...route.config }
  })

  app.get('/', { schema: { hide: true } }, async (request, reply) =>
    reply.redirect(request.caller ? homes[request.caller.role] : '/sign-in', 302),
  )

  getPage(app, ctx, '/sign-in', async (request, reply) => {
    const next = nextOf(request.query, ctx)
    if (request.caller?.sessionId !== undefined) {
      await reply.redirect(next ?? homes[request.caller.role], 302)
      return undefined
    }
    return (
      <SignInPage
        demo={ctx.config.demoSignIn}
        portal={ctx.config.portalSignInUrl !== undefined}
        next={next}
      />
    )
  })
}
