import type { FastifyRequest } from 'fastify'
import type { Ctx } from '../../../context.ts'
import type { Problem } from '../../http/problem.ts'
import { isAct } from '../../http/sign-in-url.ts'
import { plainContextOf } from '../page-context-of.ts'
import { renderPage } from '../render.tsx'
import { SignInPage } from '../sign-in/sign-in-page.tsx'
import { ErrorPage } from './error-page.tsx'

/** Where to go on after signing in again: the page itself, or, after a form, the page the form was on. */
const placeToReturnTo = (request: FastifyRequest, publicUrl: string): string | undefined => {
  if (request.method === 'GET') return isAct(request.url) ? undefined : request.url
  const referrer = request.headers.referer
  if (referrer === undefined || !URL.canParse(referrer)) return undefined
  const { origin, pathname, search } = new URL(referrer)
  return origin === new URL(publicUrl).origin ? `${pathname}${search}` : undefined
}

/** Asks to sign in; after a form, says that nothing was done. */
const renderSignInRequired = (ctx: Ctx, request: FastifyRequest): string =>
  renderPage(
    { ...plainContextOf(ctx, request), viewer: undefined },
    <SignInPage
      demo={ctx.config.demoSignIn}
      portal={ctx.config.portalSignInUrl !== undefined}
      next={placeToReturnTo(request, ctx.config.publicUrl)}
      ended={request.method !== 'GET' && request.method !== 'HEAD'}
    />,
  )

/** The page for an error. Asks the database for nothing: it may be what the error is about. */
export const renderErrorPage = (ctx: Ctx, problem: Problem, request: FastifyRequest): string =>
  problem.status === 401
    ? renderSignInRequired(ctx, request)
    : renderPage(
        plainContextOf(ctx, request),
        <ErrorPage
          error={{
            status: problem.status,
            code: problem.code,
            message: problem.detail,
            errorId: problem.errorId,
            retrySeconds: request.method === 'GET' ? problem.retryAfter : undefined,
          }}
        />,
      )
