import type { FastifyInstance } from 'fastify'
import './fastify-types.ts'
import type { Access } from './identity.ts'

/** Declares who may call the routes that this scope adds from here on, unless a route says otherwise itself. */
const allow = (access: Access) => (app: FastifyInstance) => {
  app.addHook('onRoute', (route) => {
    route.config = { access, ...route.config }
  })
}

export const allowEveryone = allow('public')
/** Guards: every route of the scope needs a caller of this role. */
export const requireClient = allow('client')
export const requireOperator = allow('operator')
