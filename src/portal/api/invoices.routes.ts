/** The staged invoices: what Zoho says is unpaid, in the words of a case. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Ctx } from '../../context.ts'
import { invoiceFilterSchema } from '../../invoices/invoice-filter.ts'
import { invoicesCsv } from '../../invoices/invoices-csv.ts'
import {
  getClientInvoice,
  listClientInvoices,
  summariseClientInvoices,
} from '../../invoices/list-invoices.ts'
import { problemResponses } from '../http/problem.ts'
import { csvFile, sendCsv } from './csv.ts'
import { day, debtorExample, debtorView, money } from './debtor-view.ts'
import { findingView } from './finding-view.ts'
import { limitQuery, pageOf } from './paging.ts'

export const invoiceView = z
  .object({
    zohoInvoiceId: z.string(),
    creditorReference: z.string().nullable(),
    date: day.nullable(),
    dueDate: day.nullable(),
    amountToRecover: money,
    currencyCode: z.string().nullable(),
    claimDescription: z.string().nullable(),
    customerId: z.string().nullable().describe('Zoho’s id of the customer'),
    debtor: debtorView,
    zohoStatus: z.string(),
    paymentExpectedDate: day.nullable().describe('As noted in Zoho Books'),
    subStatus: z.string().nullable().describe('The creditor’s own state of it in Zoho Books'),
    unusedCredits: money.nullable().describe('Credits of the customer that are not applied; null: not known'),
    daysOverdue: z.number().int().nullable().describe('0 until the day after the due date'),
    eligible: z.boolean(),
    eligibleFrom: day.nullable().describe('Day from which it is eligible, as things stand'),
    blockers: z.array(findingView).readonly(),
    warnings: z.array(findingView).readonly(),
    caseId: z.string().nullable(),
    caseReference: z.string().nullable(),
    caseStatus: z.enum(['pending_verification', 'withdrawn']).nullable(),
    zohoUrl: z.string(),
  })
  .meta({
    id: 'Invoice',
    example: {
      zohoInvoiceId: '982000000567114',
      creditorReference: 'INV-00042',
      date: '2026-03-01',
      dueDate: '2026-03-31',
      amountToRecover: '690.00',
      currencyCode: 'EUR',
      claimDescription: 'PO 4711',
      customerId: '982000000000111',
      debtor: debtorExample,
      zohoStatus: 'overdue',
      paymentExpectedDate: null,
      subStatus: null,
      unusedCredits: null,
      daysOverdue: 71,
      eligible: true,
      eligibleFrom: '2026-04-01',
      blockers: [],
      warnings: [],
      caseId: null,
      caseReference: null,
      caseStatus: null,
      zohoUrl: 'https://books.zoho.eu/app/10234695#/invoices/982000000567114',
    },
  })

const invoicePage = pageOf(invoiceView, 'InvoicePage')

const listQuery = invoiceFilterSchema.extend({
  limit: limitQuery(),
  cursor: z.string().max(2000).optional().describe('From `next` or `previous` of an answer'),
  sort: z.enum(['dueDate', 'amount', 'customer', 'invoiceNumber']).default('dueDate'),
  order: z.enum(['asc', 'desc']).default('asc'),
})

const summaryView = z
  .object({
    total: z.number().int(),
    eligible: z.number().int(),
    withCase: z.number().int(),
    sums: z
      .array(
        z
          .object({
            currencyCode: z.string().nullable(),
            count: z.number().int(),
            amount: money,
            eligibleCount: z.number().int(),
            eligibleAmount: money,
            caseCount: z.number().int(),
            caseAmount: money,
            blockedCount: z.number().int().describe('Neither eligible nor a case'),
            blockedAmount: money,
          })
          .meta({ id: 'InvoiceSum' }),
      )
      .readonly(),
  })
  .meta({ id: 'InvoiceSummary' })

export const invoiceRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  app.route({
    method: 'GET',
    url: '/api/invoices',
    schema: {
      tags: ['Invoices'],
      summary: 'Unpaid invoices with what stands between them and a case',
      querystring: listQuery,
      response: {
        200: invoicePage,
        ...problemResponses,
      },
    },
    handler: ({ identity, query }) => {
      const { limit, cursor, sort, order, ...filter } = query
      return listClientInvoices(ctx, identity.clientId, { filter, limit, cursor, sort, order })
    },
  })

  app.route({
    method: 'GET',
    url: '/api/invoices/summary',
    schema: {
      tags: ['Invoices'],
      summary: 'Counts, and sums per currency, of all that match',
      querystring: invoiceFilterSchema,
      response: { 200: summaryView, ...problemResponses },
    },
    handler: ({ identity, query }) => summariseClientInvoices(ctx, identity.clientId, query),
  })

  app.route({
    method: 'GET',
    url: '/api/invoices.csv',
    exposeHeadRoute: false,
    schema: {
      tags: ['Invoices'],
      summary: 'All that match, as CSV',
      querystring: listQuery.omit({ limit: true, cursor: true }),
      response: { 200: csvFile, ...problemResponses },
    },
    handler: ({ identity, query }, reply) => {
      const { sort, order, ...filter } = query
      return sendCsv(reply, 'unpaid-invoices', invoicesCsv(ctx, identity.clientId, { filter, sort, order }))
    },
  })

  app.route({
    method: 'GET',
    url: '/api/invoices/:zohoInvoiceId',
    schema: {
      tags: ['Invoices'],
      summary: 'One invoice',
      params: z.object({ zohoInvoiceId: z.string().min(1).max(100) }),
      response: { 200: invoiceView, ...problemResponses },
    },
    handler: ({ identity, params }) => getClientInvoice(ctx, identity.clientId, params.zohoInvoiceId),
  })
}
