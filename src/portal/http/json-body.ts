import type { FastifyInstance } from 'fastify'

/** JSON as Fastify reads it (prototype poisoning refused), but an empty body is no body: `POST` without options is fine. */
export const installJsonParser = (app: FastifyInstance) => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined)
    else void parse(request, body as string, done)
  })
}
