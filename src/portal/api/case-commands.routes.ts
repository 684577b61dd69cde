/** A client's case commands: preview, submit, follow, retry. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { getCommandResult, listCommands } from '../../cases/get-command.ts'
import { previewCommand } from '../../cases/preview-command.ts'
import { commandResultCsv } from '../../cases/result-csv.ts'
import { retryCommand } from '../../cases/retry-command.ts'
import { selectionFilterSchema } from '../../cases/selection.ts'
import { submitCommand } from '../../cases/submit-command.ts'
import type { Ctx } from '../../context.ts'
import { problemResponses } from '../http/problem.ts'
import { callerOf } from './caller.ts'
import {
  commandItemView,
  commandView,
  encodeCommand,
  encodeCommandItem,
  outcomeName,
} from './command-view.ts'
import { csvFile, sendCsv } from './csv.ts'
import { money } from './debtor-view.ts'
import { limitQuery, pageOf, pageQuery, presentPage, readCursor } from './paging.ts'
import { invoiceId } from './values.ts'

const idParam = z.object({ id: z.uuid() })
const submitted = z.object({ id: z.uuid() }).meta({ id: 'CaseCommandAccepted' })

const selectionFields = {
  zohoInvoiceIds: z.array(invoiceId).optional().describe('Up to 10,000'),
  filter: selectionFilterSchema
    .meta({ id: 'InvoiceFilter' })
    .optional()
    .describe('All that match when the command is accepted'),
  acceptPaymentInProgress: z
    .array(invoiceId)
    .optional()
    .describe('Invoices that become cases although a payment is under way'),
}

const exactlyOne = ({ zohoInvoiceIds, filter }: { zohoInvoiceIds?: unknown; filter?: unknown }) =>
  (zohoInvoiceIds === undefined) !== (filter === undefined)
const exactlyOneMessage = { error: 'give either zohoInvoiceIds or filter', path: ['zohoInvoiceIds'] }

const previewBody = z
  .object(selectionFields)
  .refine(exactlyOne, exactlyOneMessage)
  .meta({ id: 'PreviewCaseCommand' })
const submitBody = z
  .object({
    ...selectionFields,
    confirmUndisputed: z.boolean().optional().describe('Must be true: the claims are undisputed'),
  })
  .refine(exactlyOne, exactlyOneMessage)
  .meta({
    id: 'SubmitCaseCommand',
    example: { zohoInvoiceIds: ['982000000567114'], confirmUndisputed: true },
  })

const previewView = z
  .object({
    counts: z
      .object({
        total: z.number().int(),
        created: z.number().int(),
        duplicate: z.number().int(),
        ineligible: z.number().int(),
      })
      .meta({ id: 'CaseCommandPreviewCounts' }),
    sums: z
      .array(
        z
          .object({ currencyCode: z.string().nullable(), count: z.number().int(), amount: money })
          .meta({ id: 'CurrencySum' }),
      )
      .readonly()
      .describe('Of those that would be created'),
    reasons: z
      .array(
        z
          .object({ code: z.string(), message: z.string(), count: z.number().int() })
          .meta({ id: 'ReasonCount' }),
      )
      .readonly()
      .describe('Why others would not; an invoice with two reasons counts in both'),
    paymentInProgress: z
      .array(z.string())
      .readonly()
      .describe('Held back only by a payment under way; may be accepted one by one'),
  })
  .meta({ id: 'CaseCommandPreview' })

const commandPage = pageOf(commandView, 'CaseCommandPage')
const commandDetail = commandView
  .extend({ items: z.array(commandItemView), next: z.string().nullable() })
  .meta({ id: 'CaseCommandDetail' })

const selectionOf = ({ zohoInvoiceIds, filter }: z.output<typeof previewBody>) =>
  zohoInvoiceIds === undefined ? { filter: filter ?? {} } : { zohoInvoiceIds }

const idempotencyKey = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('The same key with the same body gives the same command'),
})

export const caseCommandRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  app.route({
    method: 'POST',
    url: '/api/case-commands',
    schema: {
      tags: ['Case commands'],
      summary: 'Creates cases for a selection of invoices',
      headers: idempotencyKey,
      body: submitBody,
      response: { 202: submitted, ...problemResponses },
    },
    handler: async (request, reply) => {
      const { body, headers } = request
      const { id } = await submitCommand(ctx, {
        ...callerOf(request),
        idempotencyKey: headers['idempotency-key'],
        selection: selectionOf(body),
        confirmUndisputed: body.confirmUndisputed ?? false,
        acceptPaymentInProgress: body.acceptPaymentInProgress,
      })
      return reply.code(202).send({ id })
    },
  })

  app.route({
    method: 'GET',
    url: '/api/case-commands',
    schema: {
      tags: ['Case commands'],
      summary: 'Commands, newest first',
      querystring: pageQuery,
      response: { 200: commandPage, ...problemResponses },
    },
    handler: async ({ identity, query }) => {
      const request = { limit: query.limit, cursor: readCursor(query.cursor) }
      const { items, ...page } = await listCommands(ctx, { clientId: identity.clientId, ...request })
      return presentPage({ ...page, rows: items }, encodeCommand)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/case-commands/:id',
    schema: {
      tags: ['Case commands'],
      summary: 'One command with the outcome of each invoice',
      params: idParam,
      querystring: z.object({
        limit: limitQuery(200, 1_000),
        cursor: z.coerce
          .number()
          .int()
          .min(0)
          .max(2_147_483_647)
          .optional()
          .describe('From `next` of an answer'),
        outcome: outcomeName.optional(),
      }),
      response: {
        200: commandDetail,
        ...problemResponses,
      },
    },
    handler: async ({ identity, params, query }) => {
      const { items, next, ...command } = await getCommandResult(ctx, identity.clientId, params.id, {
        outcome: query.outcome,
        after: query.cursor,
        limit: query.limit,
      })
      return {
        ...encodeCommand(command),
        items: items.map(encodeCommandItem),
        next: next === null ? null : String(next),
      }
    },
  })

  app.route({
    method: 'GET',
    url: '/api/case-commands/:id/result.csv',
    exposeHeadRoute: false,
    schema: {
      tags: ['Case commands'],
      summary: 'The outcome of each invoice as CSV',
      params: idParam,
      response: {
        200: csvFile,
        ...problemResponses,
      },
    },
    handler: async ({ identity, params }, reply) =>
      sendCsv(
        reply,
        `case-command-${params.id}`,
        await commandResultCsv(ctx, { clientId: identity.clientId, commandId: params.id }),
      ),
  })

  app.route({
    method: 'POST',
    url: '/api/case-commands/:id/retry',
    schema: {
      tags: ['Case commands'],
      summary: 'Submits the failed items of a completed command once more, as a command of its own',
      params: idParam,
      response: { 202: submitted, ...problemResponses },
    },
    handler: async (request, reply) => {
      const { id } = await retryCommand(ctx, { ...callerOf(request), commandId: request.params.id })
      return reply.code(202).send({ id })
    },
  })

  app.route({
    method: 'POST',
    url: '/api/case-commands/preview',
    schema: {
      tags: ['Case commands'],
      summary: 'What a command would come to: counts, sums per currency, reasons',
      body: previewBody,
      response: { 200: previewView, ...problemResponses },
    },
    handler: ({ identity, body }) =>
      previewCommand(ctx, {
        clientId: identity.clientId,
        selection: selectionOf(body),
        acceptPaymentInProgress: body.acceptPaymentInProgress,
      }),
  })
}
