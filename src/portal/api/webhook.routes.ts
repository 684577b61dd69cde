/** Zoho's nudge that an invoice changed. Always 202: who guesses tokens learns nothing, and Zoho never retries in vain. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Ctx } from '../../context.ts'
import { receiveWebhook } from '../../sync/webhook.ts'
import { allowEveryone } from '../http/access.ts'
import { classifyError } from '../http/classify-error.ts'
import { addressKey } from '../http/rate-limits.ts'

/** More than this at once is a flood; the next run finds what changed anyway. */
const MAX_UNDER_WAY = 100

const accepted = { status: 'accepted' as const }
const webhookAccepted = z.object({ status: z.literal('accepted') }).meta({ id: 'WebhookAccepted' })

export const webhookRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  allowEveryone(app)
  const underWay = new Set<Promise<void>>()
  // Answered at once, since a re-read may wait for Zoho; so a closing server waits for what it has promised.
  const carryOut = (what: Promise<void>) => {
    underWay.add(what)
    void what.finally(() => underWay.delete(what))
  }
  app.addHook('onClose', async () => {
    await Promise.all(underWay)
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => {
    const { code } = classifyError(error)
    request.errorCode = code
    ctx.log.info({ event: 'webhook.dropped', code, requestId: request.id })
    return reply.code(202).type('application/json').send(JSON.stringify(accepted))
  })

  app.route({
    method: 'POST',
    url: '/webhooks/zoho-books/:token',
    config: {
      rateLimit: {
        max: 120,
        timeWindow: '1 minute',
        // The path is a secret, and a hundred of them may come from one address of Zoho. Of the URL only the token counts.
        keyGenerator: (request) => `${addressKey(request)} ${(request.params as { token: string }).token}`,
      },
    },
    schema: {
      tags: ['Webhook'],
      summary: 'Nudge from Zoho Books that an invoice changed',
      description:
        'Takes JSON, form `JSONString` and raw bodies up to 1 MB; only the invoice id is used, as a hint.',
      security: [],
      params: z.object({ token: z.string() }),
      response: { 202: webhookAccepted },
    },
    handler: async (request, reply) => {
      const { token } = request.params
      const contentType = request.headers['content-type']
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      if (underWay.size < MAX_UNDER_WAY) carryOut(receiveWebhook(ctx, { token, contentType, body }))
      return reply.code(202).send(accepted)
    },
  })
}
