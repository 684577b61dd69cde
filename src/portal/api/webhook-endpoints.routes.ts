/** Where a host is told of events, and how that went. */
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { WebhookEndpoint } from '../../../db/core/schema.ts'
import type { Delivery } from '../../../db/events/event-deliveries.repo.ts'
import { listEndpoints } from '../../../db/events/webhook-endpoints.repo.ts'
import type { Ctx } from '../../context.ts'
import { eventTypeNames } from '../../events/catalogue.ts'
import {
  changeEndpoint,
  createEndpoint,
  type EndpointKeeper,
  type EndpointWithSecret,
  getEndpoint,
  listEndpointDeliveries,
  removeEndpoint,
  replayDelivery,
  replayPeriod,
  rotateSecret,
  testEndpoint,
} from '../../events/webhook-endpoints.ts'
import { problemResponses } from '../http/problem.ts'
import { pageOf, pageQuery, presentPage, readCursor } from './paging.ts'
import { isoTime, optionalTime, time } from './values.ts'

const types = z.array(z.enum(eventTypeNames)).min(1).nullable().describe('Null: all')
const clientIds = z
  .array(z.string().min(1).max(200))
  .min(1)
  .max(1_000)
  .nullable()
  .describe('Null: of all clients')
const settings = {
  url: z.string().min(1).max(2_000).describe('https in production, and no private address'),
  description: z.string().max(200),
  types,
  clientIds,
}

const newEndpoint = z
  .object({
    ...settings,
    description: settings.description.default(''),
    types: types.default(null),
    clientIds: clientIds.default(null),
  })
  .meta({
    id: 'NewWebhookEndpoint',
    example: { url: 'https://host.example.com/events', types: ['case.created'] },
  })

const endpointChange = z
  .object({
    ...settings,
    enabled: z.boolean().describe('True: what waits is due now, with all its attempts before it'),
  })
  .partial()
  .meta({ id: 'WebhookEndpointChange', example: { enabled: true } })

const endpointFields = {
  id: z.uuid(),
  url: z.string(),
  description: z.string(),
  types: z.array(z.string()).nullable(),
  clientIds: z.array(z.string()).nullable(),
  enabled: z.boolean(),
  disabledAt: isoTime.nullable(),
  disabledReason: z
    .enum(['by_hand', 'failing', 'gone'])
    .nullable()
    .describe('failing: it took nothing for three days. gone: it answered 410'),
  failingSince: isoTime.nullable().describe('First attempt that failed since the last one that did not'),
  previousSecretUntil: isoTime.nullable().describe('Until then the secret before signs too'),
  createdAt: isoTime,
  createdBy: z.string(),
}
const endpointView = z.object(endpointFields).meta({ id: 'WebhookEndpoint' })
const endpointWithSecret = z
  .object({ ...endpointFields, secret: z.string().describe('Shown this once') })
  .meta({ id: 'WebhookEndpointWithSecret' })
const endpointList = z.object({ items: z.array(endpointView) }).meta({ id: 'WebhookEndpointList' })

const states = z.enum(['pending', 'delivered', 'failed'])
const attemptView = z
  .object({
    at: isoTime,
    ms: z.number().int(),
    status: z.number().int().nullable(),
    error: z
      .string()
      .nullable()
      .describe('Null: it was taken. address_refused, timeout, connection_failed, redirect, status'),
    answer: z.string().describe('The first kilobyte of what was answered'),
  })
  .meta({ id: 'DeliveryAttempt' })
const deliveryView = z
  .object({
    id: z.uuid(),
    eventId: z.uuid().nullable().describe('Null: a test'),
    type: z.string(),
    sequence: z.number().int().nullable(),
    clientId: z.string().nullable(),
    cause: z.enum(['event', 'replay', 'test']),
    state: states,
    attempts: z.number().int(),
    nextAttemptAt: isoTime.nullable(),
    createdAt: isoTime,
    finishedAt: isoTime.nullable(),
    history: z.array(attemptView),
  })
  .meta({ id: 'EventDelivery' })
const deliveryPage = pageOf(deliveryView, 'EventDeliveryPage')

const rotation = z
  .object({ overlapHours: z.number().int().min(0).max(168).default(24) })
  .meta({ id: 'SecretRotation', example: { overlapHours: 24 } })
const period = z
  .object({ from: z.iso.datetime(), to: z.iso.datetime() })
  .meta({ id: 'Period', example: { from: '2026-06-10T00:00:00Z', to: '2026-06-11T00:00:00Z' } })
const accepted = z.object({ deliveryId: z.uuid() }).meta({ id: 'DeliveryAccepted' })
const acceptedMany = z.object({ deliveries: z.number().int() }).meta({ id: 'DeliveriesAccepted' })

const endpointParams = z.object({ endpointId: z.uuid() })
const deliveryParams = endpointParams.extend({ deliveryId: z.uuid() })

const present = (endpoint: WebhookEndpoint) => ({
  id: endpoint.id,
  url: endpoint.url,
  description: endpoint.description,
  types: endpoint.types,
  clientIds: endpoint.client_ids,
  enabled: endpoint.enabled,
  disabledAt: optionalTime(endpoint.disabled_at),
  disabledReason: endpoint.disabled_reason,
  failingSince: optionalTime(endpoint.failing_since),
  previousSecretUntil: optionalTime(endpoint.previous_secret_until),
  createdAt: time(endpoint.created_at),
  createdBy: endpoint.created_by,
})
const presentWithSecret = ({ endpoint, secret }: EndpointWithSecret) => ({ ...present(endpoint), secret })

const presentDelivery = (delivery: Delivery) => ({
  id: delivery.id,
  eventId: delivery.event_id,
  type: delivery.event?.type ?? 'webhook.test',
  sequence: delivery.event?.sequence ?? null,
  clientId: delivery.event?.clientId ?? null,
  cause: delivery.cause,
  state: delivery.state,
  attempts: delivery.attempts,
  nextAttemptAt: optionalTime(delivery.next_attempt_at),
  createdAt: time(delivery.created_at),
  finishedAt: optionalTime(delivery.finished_at),
  history: delivery.history.map((attempt) => ({ ...attempt, at: time(attempt.at) })),
})

const keeperOf = ({ identity, ip }: FastifyRequest): EndpointKeeper => ({
  subject: identity.subject,
  role: identity.role === 'operator' ? 'operator' : 'host',
  ip,
})

export const webhookEndpointRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  const config = { access: 'integration' } as const
  const tags = ['Events']

  app.route({
    method: 'POST',
    url: '/api/webhook-endpoints',
    config,
    schema: {
      tags,
      summary: 'An address that is told of events from now on; the answer has its secret, this once',
      body: newEndpoint,
      response: { 201: endpointWithSecret, ...problemResponses },
    },
    handler: async (request, reply) =>
      reply.code(201).send(presentWithSecret(await createEndpoint(ctx, keeperOf(request), request.body))),
  })

  app.route({
    method: 'GET',
    url: '/api/webhook-endpoints',
    config,
    schema: { tags, summary: 'All of them', response: { 200: endpointList, ...problemResponses } },
    handler: async () => ({ items: (await listEndpoints(ctx.db)).map(present) }),
  })

  app.route({
    method: 'GET',
    url: '/api/webhook-endpoints/:endpointId',
    config,
    schema: {
      tags,
      summary: 'One of them',
      params: endpointParams,
      response: { 200: endpointView, ...problemResponses },
    },
    handler: async ({ params }) => present(await getEndpoint(ctx, params.endpointId)),
  })

  app.route({
    method: 'PATCH',
    url: '/api/webhook-endpoints/:endpointId',
    config,
    schema: {
      tags,
      summary: 'Changes what is given: address, filter, enabled',
      params: endpointParams,
      body: endpointChange,
      response: { 200: endpointView, ...problemResponses },
    },
    handler: async (request) =>
      present(await changeEndpoint(ctx, keeperOf(request), request.params.endpointId, request.body)),
  })

  app.route({
    method: 'DELETE',
    url: '/api/webhook-endpoints/:endpointId',
    config,
    schema: {
      tags,
      summary: 'Forgets it, with its delivery log',
      params: endpointParams,
      response: { 204: z.null(), ...problemResponses },
    },
    handler: async (request, reply) => {
      await removeEndpoint(ctx, keeperOf(request), request.params.endpointId)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/webhook-endpoints/:endpointId/rotate-secret',
    config,
    schema: {
      tags,
      summary: 'Another secret, shown this once; the one before signs too for some hours',
      params: endpointParams,
      body: rotation.nullish(),
      response: { 200: endpointWithSecret, ...problemResponses },
    },
    handler: async (request) => {
      const { overlapHours } = rotation.parse(request.body ?? {})
      const { endpointId } = request.params
      return presentWithSecret(await rotateSecret(ctx, keeperOf(request), endpointId, { overlapHours }))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/webhook-endpoints/:endpointId/test',
    config,
    schema: {
      tags,
      summary: 'Sends one request of type webhook.test; how it went is in the delivery log',
      params: endpointParams,
      response: { 202: accepted, ...problemResponses },
    },
    handler: async (request, reply) =>
      reply
        .code(202)
        .send({ deliveryId: await testEndpoint(ctx, keeperOf(request), request.params.endpointId) }),
  })

  app.route({
    method: 'GET',
    url: '/api/webhook-endpoints/:endpointId/deliveries',
    config,
    schema: {
      tags,
      summary: 'The delivery log, newest first, with every attempt',
      params: endpointParams,
      querystring: pageQuery.extend({ state: states.optional() }),
      response: { 200: deliveryPage, ...problemResponses },
    },
    handler: async ({ params, query }) => {
      const { limit, cursor, state } = query
      const page = await listEndpointDeliveries(ctx, { ...params, state, limit, cursor: readCursor(cursor) })
      return presentPage(page, presentDelivery)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/webhook-endpoints/:endpointId/deliveries/:deliveryId/replay',
    config,
    schema: {
      tags,
      summary: 'Delivers the event of a delivery again',
      params: deliveryParams,
      response: { 202: accepted, ...problemResponses },
    },
    handler: async (request, reply) =>
      reply.code(202).send({ deliveryId: await replayDelivery(ctx, keeperOf(request), request.params) }),
  })

  app.route({
    method: 'POST',
    url: '/api/webhook-endpoints/:endpointId/replay',
    config,
    schema: {
      tags,
      summary: 'Delivers all events of a period that the filter takes, from `from` to before `to`',
      params: endpointParams,
      body: period,
      response: { 202: acceptedMany, ...problemResponses },
    },
    handler: async (request, reply) => {
      const { from, to } = request.body
      const deliveries = await replayPeriod(ctx, keeperOf(request), request.params.endpointId, {
        from: new Date(from),
        to: new Date(to),
      })
      return reply.code(202).send({ deliveries })
    },
  })
}
