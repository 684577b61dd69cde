/** The one place where an error becomes an answer: problem+json, or a page for a browser. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { classifyError } from './classify-error.ts'
import { plainErrorPage } from './plain-page.ts'
import { type Problem, toProblem } from './problem.ts'
import { allowedMethods } from './route-table.ts'
import { signInUrl } from './sign-in-url.ts'
import { wantsHtml } from './wants-html.ts'

const log = (ctx: Ctx, request: FastifyRequest, error: AppError) => {
  const facts = { requestId: request.id, route: request.routeOptions.url, code: error.code }
  if (error.status >= 500)
    ctx.log.error({ event: 'http.error', ...facts, details: error.details, err: error })
  else ctx.log.debug({ event: 'http.refused', ...facts })
}

const page = async (app: FastifyInstance, problem: Problem, request: FastifyRequest): Promise<string> => {
  try {
    return (await app.htmlErrorPage.render?.(problem, request)) ?? plainErrorPage(problem)
  } catch (cause) {
    // A page about an error must never fail itself.
    request.log.error({ event: 'http.error_page_failed', err: cause })
    return plainErrorPage(problem)
  }
}

const answer = async (
  app: FastifyInstance,
  ctx: Ctx,
  error: AppError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> => {
  log(ctx, request, error)
  request.errorCode = error.code
  const problem = toProblem(error, request.id, ctx.clock.now())
  if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter)
  const html = wantsHtml(request)
  if (html && error.code === 'not_signed_in' && ctx.config.demoSignIn && request.method === 'GET')
    return reply.redirect(signInUrl(request), 302)
  reply.code(error.status)
  if (error.status === 401) reply.header('www-authenticate', 'Bearer')
  if (html) return reply.type('text/html; charset=utf-8').send(await page(app, problem, request))
  // A string: Fastify must not look for a response schema of this status.
  return reply.type('application/problem+json').send(JSON.stringify(problem))
}

/** Installs the error and not-found handlers. */
export const installErrorHandling = (app: FastifyInstance, ctx: Ctx) => {
  app.decorate('htmlErrorPage', { render: null })
  app.decorateRequest('errorCode', null)
  app.setErrorHandler((error, request, reply) => answer(app, ctx, classifyError(error), request, reply))
  app.setNotFoundHandler((request, reply) => {
    const allowed = allowedMethods(app, request.url)
    if (allowed.length === 0) return answer(app, ctx, new AppError('not_found'), request, reply)
    reply.header('allow', allowed.join(', '))
    return answer(app, ctx, new AppError('method_not_allowed'), request, reply)
  })
}
