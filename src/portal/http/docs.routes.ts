/** `/docs`: the OpenAPI document with its browser. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Config } from '../../config.ts'
import { allowEveryone } from './access.ts'
import { documentObject, documentRoute } from './api-document.ts'
import { lenientStylePolicy } from './security-headers.ts'

const description = `Zoho Books invoices as collection cases.

**Signing in**: \`Authorization: Bearer <JWT>\` signed HS256 with the secret shared with the host portal; claims \`sub\`, \`client_id\`,
\`role\` (\`client\`, \`operator\`, or \`host\` for events), \`exp\` (at most 24 hours ahead), optional \`name\`, \`client_name\`. A browser gets its session by
\`GET /session?token=<JWT>&next=<path>\`; writes from a browser session need a CSRF token (\`x-csrf-token\` or the field \`_csrf\`) or the
browser's own word that the request comes from this origin.

**Errors** are \`application/problem+json\` with a stable \`code\`: see [the list](/docs/errors).`

/** Has to come before the routes, since it collects them. */
export const collectApiDocument = (app: FastifyInstance, config: Config) =>
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Zoho Books collector', version: '1', description },
      servers: [{ url: config.publicUrl }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          session: { type: 'apiKey', in: 'cookie', name: 'portal_session' },
        },
      },
      security: [{ bearer: [] }, { session: [] }],
    },
    // Pages carry no tag: the document lists what programs may rely on.
    hideUntagged: true,
    transform: documentRoute,
    transformObject: documentObject,
  })

export const docsRoutes: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  allowEveryone(app)
  if (!config.apiDocs) return
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: lenientStylePolicy(config),
    uiConfig: { deepLinking: true, persistAuthorization: false },
  })
}
