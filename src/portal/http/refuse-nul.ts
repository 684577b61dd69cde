/** PostgreSQL has no place for NUL in a text, so no input may carry one. Refused once, at the door. */
import type { FastifyInstance } from 'fastify'
import { invalidRequest } from './classify-error.ts'

const nul = '\0'

const refused = (path: string) => invalidRequest([{ path, message: 'must not contain a NUL character' }])

const containsNul = (value: unknown): boolean => {
  if (typeof value === 'string') return value.includes(nul)
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return false
  return Object.entries(value).some(([key, inner]) => key.includes(nul) || containsNul(inner))
}

export const refuseNul = (app: FastifyInstance) => {
  app.addHook('onRequest', async ({ url }) => {
    if (/%00/.test(url)) throw refused('')
  })
  app.addHook('preValidation', async ({ body }) => {
    if (containsNul(body)) throw refused('')
  })
}
