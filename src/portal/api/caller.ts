import type { FastifyRequest } from 'fastify'
import { hashSecret } from '../auth/secret-compare.ts'

/** Who commands something, as the domain functions want it told. */
export const callerOf = ({ identity, ip, id }: FastifyRequest) => ({
  clientId: identity.clientId,
  subject: identity.subject,
  name: identity.name,
  ip,
  requestId: id,
})

/**
 * What a consent is bound to: the browser session. A program with a bearer token has none; it is bound to its user,
 * since the token itself may be renewed between the two redirects.
 */
export const consentSession = ({ identity }: FastifyRequest) =>
  identity.sessionId ?? `bearer:${hashSecret(`${identity.clientId}\0${identity.subject}`)}`
