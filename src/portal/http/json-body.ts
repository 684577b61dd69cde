import type { FastifyInstance } from 'fastify'
import { AppError } from '../../errors.ts'

/** Nothing that we take is nested deeper than five; whatever walks a body may recurse safely. */
const MAX_DEPTH = 32

const isTooDeep = (text: string): boolean => {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]
    if (inString && sign === '\\') at += 1
    else if (sign === '"') inString = !inString
    else if (inString) continue
    else if (sign === '{' || sign === '[') {
      depth += 1
      if (depth > MAX_DEPTH) return true
    } else if (sign === '}' || sign === ']') depth -= 1
  }
  return false
}

/**
 * JSON as Fastify reads it (prototype poisoning refused), but an empty body is no body: `POST` without options is fine.
 * What is nested too deeply is refused before it is parsed.
 */
export const installJsonParser = (app: FastifyInstance) => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body as string
    if (text.length === 0) done(null, undefined)
    else if (isTooDeep(text))
      done(new AppError('invalid_json', { message: `The body is nested deeper than ${MAX_DEPTH} levels.` }))
    else void parse(request, text, done)
  })
}
