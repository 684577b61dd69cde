/** The operator's pages about endpoints. A secret stands only in the answer to the form that made it. */
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { VNode } from 'preact'
import { z } from 'zod'
import type { Cursor } from '../../db/core/keyset-page.ts'
import { countDeliveries } from '../../db/events/event-deliveries.repo.ts'
import { listEndpoints } from '../../db/events/webhook-endpoints.repo.ts'
import type { Ctx } from '../context.ts'
import { eventTypeNames } from '../events/catalogue.ts'
import {
  changeEndpoint,
  createEndpoint,
  type EndpointKeeper,
  getEndpoint,
  listEndpointDeliveries,
  removeEndpoint,
  replayDelivery,
  replayPeriod,
  rotateSecret,
  testEndpoint,
} from '../events/webhook-endpoints.ts'
import { plainContextOf } from '../portal/pages/page-context-of.ts'
import { renderPage } from '../portal/pages/render.tsx'
import { WebhookPage } from './webhook-page.tsx'
import { WebhooksPage } from './webhooks-page.tsx'
import { webhooksRoutes as words } from './words.tsx'

const perPage = 50
/** Long enough to change a secret over during a day's work. */
const overlapHours = 24

const endpointParams = z.object({ endpointId: z.uuid() })
const deliveryParams = endpointParams.extend({ deliveryId: z.uuid() })

/** `a, b` as a list; nothing: null, which is all. */
const list = <Item extends z.ZodType<unknown, string>>(item: Item) =>
  z
    .string()
    .max(10_000)
    .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
    .pipe(z.array(item))
    .transform((items) => (items.length === 0 ? null : items))

const newEndpoint = z.object({
  url: z.string().trim().min(1).max(2_000),
  description: z.string().trim().max(200),
  types: list(z.enum(eventTypeNames)),
  clientIds: list(z.string().max(200)),
})

/** What a browser sends for a date with a time: without a zone, which is UTC here. */
const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/)
  .transform((text) => new Date(`${text}Z`))
const period = z.object({ from: moment, to: moment })

const outcomes = {
  enabled: () => words.itIsEnabledWhatWaits,
  disabled: () => words.itIsDisabled,
  tested: () => words.aTestIsOnIts,
  replayed: words.deliveriesAreOnTheirWay,
  deleted: () => words.theEndpointIsDeleted,
} as const
const doneQuery = z.object({
  done: z
    .enum(Object.keys(outcomes) as [keyof typeof outcomes])
    .optional()
    .catch(undefined),
  count: z.coerce.number().int().min(0).optional().catch(undefined),
})
const doneText = ({ done, count }: z.infer<typeof doneQuery>) =>
  done === undefined ? undefined : outcomes[done](count ?? 0)

const pageQuery = doneQuery.extend({ after: z.uuid().optional(), before: z.uuid().optional() })

const cursorOf = ({ after, before }: z.infer<typeof pageQuery>): Cursor | undefined => {
  if (after !== undefined) return { direction: 'next', id: after }
  return before === undefined ? undefined : { direction: 'previous', id: before }
}

const keeperOf = ({ identity, ip }: FastifyRequest): EndpointKeeper => ({
  subject: identity.subject,
  role: 'operator',
  ip,
})

export const webhookRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  const html = (request: FastifyRequest, page: VNode) => renderPage(plainContextOf(ctx, request), page)
  const onePage = async (
    request: FastifyRequest,
    endpointId: string,
    {
      done,
      cursor,
      secret,
    }: { done?: string | undefined; cursor?: Cursor | undefined; secret?: string } = {},
  ) => {
    const endpoint = await getEndpoint(ctx, endpointId)
    const page = await listEndpointDeliveries(ctx, { endpointId, limit: perPage, cursor })
    const address = `/operator/webhooks/${endpointId}`
    return html(
      request,
      <WebhookPage
        endpoint={endpoint}
        deliveries={page.rows}
        next={page.next && `${address}?after=${page.next.id}`}
        previous={page.previous && `${address}?before=${page.previous.id}`}
        done={done}
        secret={secret}
      />,
    )
  }

  app.get('/webhooks', { schema: { hide: true, querystring: doneQuery } }, async (request) => {
    const [endpoints, counts] = await Promise.all([listEndpoints(ctx.db), countDeliveries(ctx.db)])
    const lines = endpoints.map((endpoint) => ({
      endpoint,
      pending: counts.get(endpoint.id)?.pending ?? 0,
      failed: counts.get(endpoint.id)?.failed ?? 0,
    }))
    return html(request, <WebhooksPage lines={lines} types={eventTypeNames} done={doneText(request.query)} />)
  })

  app.post('/webhooks', { schema: { hide: true, body: newEndpoint } }, async (request, reply) => {
    const { endpoint, secret } = await createEndpoint(ctx, keeperOf(request), request.body)
    reply.header('cache-control', 'no-store')
    return onePage(request, endpoint.id, { secret })
  })

  app.get(
    '/webhooks/:endpointId',
    { schema: { hide: true, params: endpointParams, querystring: pageQuery } },
    (request) =>
      onePage(request, request.params.endpointId, {
        done: doneText(request.query),
        cursor: cursorOf(request.query),
      }),
  )

  app.post(
    '/webhooks/:endpointId/rotate',
    { schema: { hide: true, params: endpointParams } },
    async (request, reply) => {
      const { endpointId } = request.params
      const { secret } = await rotateSecret(ctx, keeperOf(request), endpointId, { overlapHours })
      reply.header('cache-control', 'no-store')
      return onePage(request, endpointId, { secret })
    },
  )

  const writes = [
    {
      path: 'enable',
      done: 'enabled',
      write: (keeper: EndpointKeeper, id: string) => changeEndpoint(ctx, keeper, id, { enabled: true }),
    },
    {
      path: 'disable',
      done: 'disabled',
      write: (keeper: EndpointKeeper, id: string) => changeEndpoint(ctx, keeper, id, { enabled: false }),
    },
    {
      path: 'test',
      done: 'tested',
      write: (keeper: EndpointKeeper, id: string) => testEndpoint(ctx, keeper, id),
    },
  ] as const
  for (const { path, done, write } of writes)
    app.post(
      `/webhooks/:endpointId/${path}`,
      { schema: { hide: true, params: endpointParams } },
      async (request, reply) => {
        const { endpointId } = request.params
        await write(keeperOf(request), endpointId)
        return reply.redirect(`/operator/webhooks/${endpointId}?done=${done}`, 303)
      },
    )

  app.post(
    '/webhooks/:endpointId/delete',
    { schema: { hide: true, params: endpointParams } },
    async (request, reply) => {
      await removeEndpoint(ctx, keeperOf(request), request.params.endpointId)
      return reply.redirect('/operator/webhooks?done=deleted', 303)
    },
  )

  app.post(
    '/webhooks/:endpointId/replay',
    { schema: { hide: true, params: endpointParams, body: period } },
    async (request, reply) => {
      const { endpointId } = request.params
      const count = await replayPeriod(ctx, keeperOf(request), endpointId, request.body)
      return reply.redirect(`/operator/webhooks/${endpointId}?done=replayed&count=${count}`, 303)
    },
  )

  app.post(
    '/webhooks/:endpointId/deliveries/:deliveryId/replay',
    { schema: { hide: true, params: deliveryParams } },
    async (request, reply) => {
      await replayDelivery(ctx, keeperOf(request), request.params)
      return reply.redirect(`/operator/webhooks/${request.params.endpointId}?done=replayed&count=1`, 303)
    },
  )
}
