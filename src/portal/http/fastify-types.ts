/** What our plugins add to Fastify's types. Imported for its side effect on the type checker. */
import type { FastifyRequest } from 'fastify'
import type { Access, Identity } from './identity.ts'
import type { Problem } from './problem.ts'

/** Turns an error into the body of an HTML page; set by the pages plugin. */
export type HtmlErrorRenderer = (problem: Problem, request: FastifyRequest) => string | Promise<string>

declare module 'fastify' {
  interface FastifyRequest {
    /** The signed-in caller. @throws AppError not_signed_in on a route where nobody was asked to sign in */
    readonly identity: Identity
    /** The caller if there is one: for routes with access `optional`. */
    caller: Identity | null
    /** For the hidden field `_csrf` of a form; empty without a browser session. */
    csrfToken: () => string
    /** Set by the error handler, for the access log. */
    errorCode: string | null
  }
  interface FastifyInstance {
    htmlErrorPage: { render: HtmlErrorRenderer | null }
  }
  interface FastifyContextConfig {
    /** Default: `client`. */
    access?: Access
    /** The route itself looks after how fast its request arrives. */
    arrivesSlowly?: boolean
  }
}
