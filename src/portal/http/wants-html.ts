import type { FastifyRequest } from 'fastify'

const machineOnly = /^\/(api|webhooks|metrics|healthz|readyz|docs\/(json|yaml))(\/|\?|$)/

/** True when a browser is looking at a page: errors are then pages too, and a missing session leads to sign-in. */
export const wantsHtml = (request: FastifyRequest): boolean =>
  !machineOnly.test(request.url) && (request.headers.accept ?? '').includes('text/html')
