/** `/docs`: the OpenAPI document with its browser, and the list of error codes that problems refer to. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Config } from '../../config.ts'
import { errorCatalogue, errorCodes, messageOf } from '../../errors.ts'
import { allowEveryone } from './access.ts'
import { documentObject, documentRoute } from './api-document.ts'
import { escapeHtml } from './plain-page.ts'
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

const errorRows = () =>
  errorCodes
    .map((code) => {
      const { status, meaning, byItself, toDo } = errorCatalogue[code]
      const cells = [messageOf(code), meaning, byItself, toDo]
      return `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`
    })
    .join('\n')

const errorPage = () => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Error codes</title></head>
<body><main><h1>Error codes</h1>
<table><thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">What a caller reads</th><th scope="col">Meaning</th><th scope="col">What happens by itself</th><th scope="col">What to do</th></tr></thead>
<tbody>
${errorRows()}
</tbody></table></main></body>
</html>
`

export const docsRoutes: FastifyPluginAsync<{ config: Config }> = async (app, { config }) => {
  allowEveryone(app)
  const page = errorPage()
  app.get('/docs/errors', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page),
  )
  // What every problem refers to stays; the description of the API is shown where it was asked for.
  if (!config.apiDocs) return
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: lenientStylePolicy(config),
    uiConfig: { deepLinking: true, persistAuthorization: false },
  })
}
