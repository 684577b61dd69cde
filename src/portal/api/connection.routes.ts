/** The client's connection: its state, sync now, organizations, disconnect. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { disconnect } from '../../connections/disconnect.ts'
import { listOrganizations, switchOrganization } from '../../connections/organizations.ts'
import { rotateWebhookToken, webhookAddress } from '../../connections/webhook-token.ts'
import type { Ctx } from '../../context.ts'
import { requestSync } from '../../sync/request-sync.ts'
import { problemResponses } from '../http/problem.ts'
import { zohoCallLimit } from '../http/rate-limits.ts'
import { callerOf } from './caller.ts'
import { connectionState, connectionView } from './connection-state.ts'
import { zohoId } from './values.ts'

const organizationView = z
  .object({
    id: z.string(),
    name: z.string(),
    isDefault: z.boolean(),
    isActive: z.boolean(),
    currencyCode: z.string().nullable(),
    timeZone: z.string(),
    selected: z.boolean().describe('The connected one'),
  })
  .meta({ id: 'Organization' })

const webhookView = z
  .object({
    url: z
      .string()
      .nullable()
      .describe('Null: made under another PORTAL_JWT_SECRET; it works, but cannot be shown. Rotate it'),
  })
  .meta({ id: 'Webhook' })

const organizationList = z.object({ items: z.array(organizationView) }).meta({ id: 'OrganizationList' })
const syncRequest = z
  .object({ kind: z.enum(['full', 'incremental']).optional() })
  .meta({ id: 'SyncRequest', example: { kind: 'full' } })
const syncAccepted = z.object({ runId: z.uuid() }).meta({ id: 'SyncAccepted' })
const selectOrganization = z
  .object({ organizationId: zohoId })
  .meta({ id: 'SelectOrganization', example: { organizationId: '10234695' } })

export const connectionRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  app.route({
    method: 'GET',
    url: '/api/connection',
    schema: {
      tags: ['Connection'],
      summary: 'State of the connection, with the progress of a running sync',
      response: { 200: connectionView, ...problemResponses },
    },
    handler: ({ identity }) => connectionState(ctx, identity.clientId),
  })

  app.route({
    method: 'DELETE',
    url: '/api/connection',
    schema: {
      tags: ['Connection'],
      summary: 'Disconnects: revokes at Zoho, deletes tokens and staged invoices; cases and audit stay',
      response: { 202: connectionView, ...problemResponses },
    },
    handler: async (request, reply) => {
      await disconnect(ctx, callerOf(request))
      return reply.code(202).send(await connectionState(ctx, request.identity.clientId))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/connection/sync',
    config: zohoCallLimit,
    schema: {
      tags: ['Connection'],
      summary: 'Syncs now; while a run is under way, gives that one',
      body: syncRequest.nullish(),
      response: { 202: syncAccepted, ...problemResponses },
    },
    handler: async (request, reply) => {
      const kind = request.body?.kind
      const { runId } = await requestSync(ctx, { ...callerOf(request), ...(kind ? { kind } : {}) })
      return reply.code(202).send({ runId })
    },
  })

  app.route({
    method: 'GET',
    url: '/api/connection/organizations',
    config: zohoCallLimit,
    schema: {
      tags: ['Connection'],
      summary: 'Organizations of the connected Zoho user, in Zoho’s order',
      response: { 200: organizationList, ...problemResponses },
    },
    handler: async ({ identity }) => {
      const { clientId } = identity
      const [organizations, { organization }] = await Promise.all([
        listOrganizations(ctx, { clientId }),
        connectionState(ctx, clientId),
      ])
      return { items: organizations.map((one) => ({ ...one, selected: one.id === organization?.id })) }
    },
  })

  app.route({
    method: 'PUT',
    url: '/api/connection/organization',
    config: zohoCallLimit,
    schema: {
      tags: ['Connection'],
      summary: 'Connects another organization; staged invoices of the old one go, cases stay',
      body: selectOrganization,
      response: { 200: connectionView, ...problemResponses },
    },
    handler: async (request) => {
      const { organizationId } = request.body
      await switchOrganization(ctx, { ...callerOf(request), organizationId })
      return connectionState(ctx, request.identity.clientId)
    },
  })
  app.route({
    method: 'GET',
    url: '/api/connection/webhook',
    schema: {
      tags: ['Connection'],
      summary: 'The address that Zoho Books may call when an invoice changes',
      response: { 200: webhookView, ...problemResponses },
    },
    handler: async ({ identity }) => ({ url: await webhookAddress(ctx, identity.clientId) }),
  })

  app.route({
    method: 'POST',
    url: '/api/connection/webhook/rotate',
    schema: {
      tags: ['Connection'],
      summary: 'Makes a new address for Zoho Books; the old one is worth nothing from then on',
      response: { 200: webhookView, ...problemResponses },
    },
    handler: async (request) => ({ url: await rotateWebhookToken(ctx, callerOf(request)) }),
  })
}
