/** Mounts the operators' pages (queue dashboard) behind their guard. What they allow and audit is their own business. */
import type { FastifyPluginAsync } from 'fastify'
import { requireOperator } from './access.ts'

export const operatorRoutes: FastifyPluginAsync<{ dashboard: FastifyPluginAsync }> = async (
  app,
  { dashboard },
) => {
  requireOperator(app)
  await app.register(dashboard, { prefix: '/operator' })
}
