/** The client's cases: what was created, from what, with which proof. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { getBalanceNow, getCase, listClientCases } from '../../cases/get-case.ts'
import type { Ctx } from '../../context.ts'
import { problemResponses } from '../http/problem.ts'
import { zohoCallLimit } from '../http/rate-limits.ts'
import { debtorExample, money } from './debtor-view.ts'
import { invoiceView } from './invoices.routes.ts'
import { pageOf, pageQuery, presentPage, readCursor } from './paging.ts'
import { isoTime } from './values.ts'

const proofView = z.object({
  amount: z.string(),
  currencyCode: z.string(),
  creditorReference: z.string().nullable(),
  claimDescription: z.string().nullable(),
  zohoStatus: z.string(),
  zohoModifiedAt: z.string().nullable(),
  zohoTime: z
    .string()
    .nullable()
    .describe('Zoho’s own clock when it answered; null when it gave none that can be'),
  requestedAt: z.string().describe('Our time just before Zoho was asked: later than the command'),
  source: z.enum(['invoice', 'full_run']).describe('Re-read by id, or seen by a completed full list'),
})

const caseView = z
  .object({
    ...invoiceView.omit({ eligibleFrom: true, caseReference: true }).shape,
    id: z.uuid(),
    reference: z.string(),
    status: z.string(),
    createdAt: isoTime,
    createdBy: z.string(),
    commandId: z.uuid(),
    zohoOrganizationId: z.string(),
    provenAt: isoTime.describe(
      'Zoho was asked after this moment, which is later than the command, and said that the invoice is unpaid',
    ),
    proof: proofView,
  })
  .meta({
    id: 'Case',
    example: {
      id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
      reference: 'K7M2X9QP',
      status: 'pending_verification',
      createdAt: '2026-06-10T12:00:02.000Z',
      createdBy: 'user-1',
      commandId: '0f8fad5b-d9cb-469f-a165-70867728950e',
      zohoOrganizationId: '10234695',
      zohoInvoiceId: '982000000567114',
      creditorReference: 'INV-00042',
      date: '2026-03-01',
      dueDate: '2026-03-31',
      amountToRecover: '690.00',
      currencyCode: 'EUR',
      claimDescription: 'PO 4711',
      debtor: debtorExample,
      zohoStatus: 'overdue',
      daysOverdue: 71,
      eligible: false,
      blockers: [],
      warnings: [],
      caseId: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
      zohoUrl: 'https://books.zoho.eu/app/10234695#/invoices/982000000567114',
      provenAt: '2026-06-10T12:00:01.000Z',
      proof: {
        amount: '690.00',
        currencyCode: 'EUR',
        creditorReference: 'INV-00042',
        claimDescription: 'PO 4711',
        zohoStatus: 'overdue',
        zohoModifiedAt: '2026-05-01T08:00:00.000Z',
        zohoTime: '2026-06-10T12:00:01.000Z',
        requestedAt: '2026-06-10T12:00:01.000Z',
        source: 'invoice',
      },
    },
  })

const caseDetail = caseView
  .extend({
    trail: z
      .array(
        z.object({
          at: isoTime,
          actor: z.string(),
          action: z.string(),
          details: z.record(z.string(), z.unknown()).readonly(),
        }),
      )
      .readonly(),
    now: z
      .object({
        amountToRecover: money,
        zohoStatus: z.string(),
        state: z.enum(['open', 'paid', 'void', 'removed']),
        changedAt: isoTime,
      })
      .nullable()
      .describe('The invoice as last synced; the case itself never changes'),
  })
  .meta({ id: 'CaseDetail' })

const balanceView = z
  .union([
    z.object({
      state: z.literal('found'),
      balance: money,
      currencyCode: z.string().nullable(),
      zohoStatus: z.string(),
      readAt: isoTime,
    }),
    z.object({ state: z.literal('removed'), readAt: isoTime }),
  ])
  .meta({ id: 'BalanceNow' })

/** What stands empty in a form's address means "not asked for". */
const blank = (value: unknown) => (value === '' ? undefined : value)

const caseQuery = pageQuery.extend({
  q: z.preprocess(blank, z.string().trim().max(200).optional()),
  status: z.preprocess(blank, z.string().max(50).optional()),
  currency: z.preprocess(
    blank,
    z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be a currency code')
      .optional(),
  ),
  commandId: z.preprocess(blank, z.uuid().optional()),
  createdFrom: z.preprocess(blank, z.iso.date().optional()),
  createdTo: z.preprocess(blank, z.iso.date().optional()),
  minAmount: z.preprocess(
    blank,
    z
      .string()
      .regex(/^\d{1,13}(\.\d{1,4})?$/, 'must be a decimal number')
      .optional(),
  ),
})

const idParam = z.object({ id: z.uuid() })

export const caseRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  app.route({
    method: 'GET',
    url: '/api/cases',
    schema: {
      tags: ['Cases'],
      summary: 'Cases, newest first',
      querystring: caseQuery,
      response: { 200: pageOf(caseView), ...problemResponses },
    },
    handler: async ({ identity, query }) => {
      const { limit, cursor, ...filter } = query
      const request = { limit, cursor: readCursor(cursor), filter }
      const { items, ...page } = await listClientCases(ctx, identity.clientId, request)
      return presentPage({ ...page, rows: items }, (one) => one)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/cases/:id',
    schema: {
      tags: ['Cases'],
      summary: 'One case with its source, proof and trail',
      params: idParam,
      response: { 200: caseDetail, ...problemResponses },
    },
    handler: ({ identity, params }) => getCase(ctx, { clientId: identity.clientId, caseId: params.id }),
  })

  app.route({
    method: 'GET',
    url: '/api/cases/:id/balance-now',
    exposeHeadRoute: false,
    config: zohoCallLimit,
    schema: {
      tags: ['Cases'],
      summary: 'What Zoho says about the invoice at this moment',
      params: idParam,
      response: { 200: balanceView, ...problemResponses },
    },
    handler: ({ identity, params }) => getBalanceNow(ctx, { clientId: identity.clientId, caseId: params.id }),
  })
}
