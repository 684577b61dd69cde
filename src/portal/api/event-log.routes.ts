/** The feed of events, for whoever follows it. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Ctx } from '../../context.ts'
import { eventCatalogue, eventTypeNames } from '../../events/catalogue.ts'
import { readEventLog } from '../../events/read-event-log.ts'
import { problemResponses } from '../http/problem.ts'
import { limitQuery } from './paging.ts'
import { isoTime } from './values.ts'

const eventView = z
  .object({
    id: z.uuid().describe('The same in the feed and in every delivery: whoever has seen it passes it over'),
    sequence: z.number().int().describe('Place in the feed, over all clients'),
    type: z.string(),
    clientId: z.string(),
    subject: z.string().describe('Id of the connection, run, command or case'),
    occurredAt: isoTime,
    data: z.record(z.string(), z.unknown()).describe('By type: `GET /api/event-log/types`'),
  })
  .meta({ id: 'Event' })

const eventLogPage = z
  .object({
    items: z.array(eventView).readonly(),
    next: z.number().int().describe('What `after` should be next time, also when there was nothing'),
    more: z.boolean().describe('There is more already'),
  })
  .meta({ id: 'EventLogPage' })

const eventType = z
  .object({
    type: z.enum(eventTypeNames),
    subject: z.enum(['connection', 'run', 'command', 'case']).describe('What the subject is the id of'),
    meaning: z.string(),
    data: z.record(z.string(), z.unknown()).describe('JSON Schema of `data`'),
  })
  .meta({ id: 'EventType' })
const eventTypes = z.object({ items: z.array(eventType) }).meta({ id: 'EventTypes' })

const sequence = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

const typesQuery = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(eventTypeNames)))

const catalogue = Object.entries(eventCatalogue).map(([type, { subject, meaning, data }]) => ({
  type: type as keyof typeof eventCatalogue,
  subject,
  meaning,
  data: z.toJSONSchema(data) as Record<string, unknown>,
}))

const description = `Pass the \`next\` of one answer as \`after\` of the next. No event appears later at or before a \`next\` that was
given, so nothing is skipped, and each event comes once. Events are kept for 30 days; 410 \`events_expired\` says that some after
\`after\` are gone. A client's token gets the events of its client, a token with role \`host\` or \`operator\` those of all.`

export const eventLogRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  app.route({
    method: 'GET',
    url: '/api/event-log',
    config: { access: 'everyone' },
    schema: {
      tags: ['Events'],
      summary: 'Events in order, after a number',
      description,
      querystring: z.object({
        after: sequence.optional().describe('Default: from the oldest event that is kept'),
        types: typesQuery.optional().describe('Separated by commas; default: all'),
        clientId: z.string().min(1).max(200).optional().describe('Roles host and operator only'),
        limit: limitQuery(100, 1_000),
      }),
      response: { 200: eventLogPage, ...problemResponses },
    },
    handler: ({ identity, query }) => {
      const asClient = identity.role === 'client'
      return readEventLog(ctx, {
        ...query,
        clientId: asClient ? identity.clientId : query.clientId,
        asClient,
      })
    },
  })

  app.route({
    method: 'GET',
    url: '/api/event-log/types',
    config: { access: 'everyone' },
    schema: {
      tags: ['Events'],
      summary: 'The catalogue of event types, each with the JSON Schema of its data',
      response: { 200: eventTypes, ...problemResponses },
    },
    handler: async () => ({ items: catalogue }),
  })
}
